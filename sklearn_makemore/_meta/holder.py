"""What estimators that hold others, and have no symbols of their own, have in common."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import MetaEstimatorMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._estimators.callbacks import CallbackSupportMixin
from sklearn_makemore._estimators.links import DOCUMENTED

# What scikit-learn keeps in an estimator, the last two while it is fitted.
NOT_LEARNT = ("_sklearn_", "_skl_", "_metadata_request", "_callback_fit_", "_parent_callback_")


@dataclass(frozen=True)
class LearntParts:
    """What an estimator that holds others has learnt, by name, and what checks it."""

    attributes: Mapping[str, Any]
    check: Callable[[Mapping[str, Any]], None]

    def checked(self, vocabulary: None) -> Self:
        """Return itself if a fit could have learnt it."""
        self.check(self.attributes)
        return self


class HolderMixin(CallbackSupportMixin, MetaEstimatorMixin):
    """An estimator that holds others: what :mod:`sklearn_makemore.io` asks of it, callbacks."""

    _doc_link_module, _doc_link_template, _doc_link_url_param_generator = DOCUMENTED

    def _stored_state(self) -> tuple[None, LearntParts]:
        """Return None for symbols, and what was learnt."""
        check_is_fitted(self)
        parameters = self.get_params(deep=False)
        return None, self._learnt_from(
            {
                name: value
                for name, value in vars(self).items()
                if name not in parameters and not name.startswith(NOT_LEARNT)
            }
        )

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> LearntParts:
        return LearntParts(attributes, cls._check_learnt)

    @staticmethod
    def _check_learnt(attributes: Mapping[str, Any]) -> None:
        """Refuse attributes from a file that no fit could have learnt."""

    def _set_fitted(self, vocabulary: None, learnt: LearntParts) -> Self:
        """Store what was read from a file."""
        self.__dict__.update(learnt.attributes)
        return self
