"""What models of your own are built from: bases of estimators, of models and of networks.

The guide on adding an architecture shows them at work. What needs torch is loaded when it is asked
for.
"""

# SPDX-License-Identifier: BSD-3-Clause

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn_makemore._core.context_table import ContextTable as ContextTable
    from sklearn_makemore._core.learnt import Learnt as Learnt
    from sklearn_makemore._core.learnt import check_array as check_array
    from sklearn_makemore._core.models import NextSymbolModel as NextSymbolModel
    from sklearn_makemore._core.models import WindowModel as WindowModel
    from sklearn_makemore._estimators.base import BaseCharLM as BaseCharLM
    from sklearn_makemore._estimators.counting import BaseCountLM as BaseCountLM
    from sklearn_makemore._estimators.counting import LearntCounts as LearntCounts
    from sklearn_makemore._estimators.network import NetworkLM as NetworkLM
    from sklearn_makemore._estimators.parameters import parameter as parameter
    from sklearn_makemore._neural.adamw import AdamW as AdamW
    from sklearn_makemore._neural.modules import SeededDropout as SeededDropout
    from sklearn_makemore._neural.modules import SequenceModule as SequenceModule
    from sklearn_makemore._neural.modules import WindowModule as WindowModule

_PLACES = {
    "AdamW": "_neural.adamw",
    "BaseCharLM": "_estimators.base",
    "BaseCountLM": "_estimators.counting",
    "ContextTable": "_core.context_table",
    "Learnt": "_core.learnt",
    "LearntCounts": "_estimators.counting",
    "NetworkLM": "_estimators.network",
    "NextSymbolModel": "_core.models",
    "SeededDropout": "_neural.modules",
    "SequenceModule": "_neural.modules",
    "WindowModel": "_core.models",
    "WindowModule": "_neural.modules",
    "check_array": "_core.learnt",
    "parameter": "_estimators.parameters",
}

__all__ = [*_PLACES]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"sklearn_makemore.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
