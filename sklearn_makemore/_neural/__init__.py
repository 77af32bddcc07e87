"""Torch stays below this line: modules, training, devices."""
