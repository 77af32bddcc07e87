"""The published checks by subject; each is ``check_*(name, estimator)`` on an unfitted clone."""
