"""Estimators made of language models. No module internals of the models, no siblings."""
