"""Estimators that hold language models."""
