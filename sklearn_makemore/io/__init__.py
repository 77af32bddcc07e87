"""Files of fitted models: `save` and `load`."""

from sklearn_makemore.io._model_file import load, save

__all__ = ["load", "save"]
