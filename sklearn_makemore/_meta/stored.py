"""The fitted state of an estimator that holds others, for files."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Mapping
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._text.vocabulary import Vocabulary

NOT_LEARNT = ("_sklearn_", "_skl_", "_metadata_request")  # what scikit-learn keeps there


class StoredStateMixin:
    """What :mod:`sklearn_makemore.io` asks of an estimator that has no symbols of its own."""

    def _stored_state(self) -> tuple[None, dict[str, Any]]:
        """Return None for symbols and, by name, what was learnt."""
        check_is_fitted(self)
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        return None, {
            name: value
            for name, value in vars(self).items()
            if name not in parameters and not name.startswith(NOT_LEARNT)
        }

    def _set_fitted(self, vocabulary: None, attributes: dict[str, Any]) -> Self:
        """Store what was read from a file."""
        vars(self).update(attributes)
        return self

    @staticmethod
    def _layout(attributes: Mapping[str, Any], vocabulary: Vocabulary | None) -> dict[str, Any]:
        return {}

    @staticmethod
    def _check_values(attributes: Mapping[str, Any], vocabulary: Vocabulary | None) -> None:
        return None
