"""Placeholder."""


class TorchCharLM:
    pass
