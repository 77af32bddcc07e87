"""What estimators that hold others, and have no symbols of their own, have in common."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from typing import Any, Self

from sklearn.base import MetaEstimatorMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._estimators.callbacks import CallbackSupportMixin
from sklearn_makemore._estimators.links import DocumentedMixin
from sklearn_makemore._text.vocabulary import Vocabulary

# What scikit-learn keeps in an estimator, the last two while it is fitted.
NOT_LEARNT = ("_sklearn_", "_skl_", "_metadata_request", "_callback_fit_", "_parent_callback_")


class HolderMixin(DocumentedMixin, CallbackSupportMixin, MetaEstimatorMixin):
    """An estimator that holds others: what :mod:`sklearn_makemore.io` asks of it, callbacks."""

    def _stored_state(self) -> tuple[None, dict[str, Any]]:
        """Return None for symbols and, by name, what was learnt."""
        check_is_fitted(self)
        parameters = self.get_params(deep=False)
        return None, {
            name: value
            for name, value in vars(self).items()
            if name not in parameters and not name.startswith(NOT_LEARNT)
        }

    def _set_fitted(self, vocabulary: None, attributes: dict[str, Any]) -> Self:
        """Store what was read from a file."""
        self.__dict__.update(attributes)
        return self

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary | None) -> dict[str, Any]:
        return {}

    @staticmethod
    def _check_values(attributes: Mapping[str, Any], vocabulary: Vocabulary | None) -> None:
        return None
