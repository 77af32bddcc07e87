"""Words and small helpers that the checks share."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

WORDS = (
    "emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "emma",
    "noah", "liam", "oliver", "elijah", "james", "lucas", "levi", "theo", "ann", "anna",
    "a", "zoë", "björn", "", "b.b", "mia",
)  # fmt: skip
OTHER_WORDS = ("eva", "isla", "noel", "anne", "ola", "", "bella")
METHODS_OF_WORDS = (
    "score",
    "score_samples",
    "score_symbols",
    "perplexity",
    "bits_per_symbol",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "transform",
)


def is_neural(estimator: Any) -> bool:
    """Tell models trained by gradients, which compute in float32, from those that count."""
    return any(name.split("__")[-1] == "device" for name in estimator.get_params())


def tolerance(estimator: Any) -> float:
    """Return the absolute tolerance, in nats, that the arithmetic of the estimator deserves."""
    return 1e-4 if is_neural(estimator) else 1e-12


def raises(
    expected: type[BaseException] | tuple[type[BaseException], ...],
    mentions: str,
    action: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> None:
    """Assert that a call raises, with a message that mentions something."""
    try:
        action(*args, **kwargs)
    except expected as error:
        message = str(error)
        assert mentions in message, f"the error does not mention {mentions!r}: {message}"
    else:
        raise AssertionError(f"{action} with {args!r} {kwargs!r} raised nothing, not {expected}")


def assert_close(actual: Any, expected: Any, atol: float, what: str) -> None:
    """Assert that arrays agree, infinities included."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=atol, err_msg=what)


class Counter:
    """A callback that counts the tasks it is told of, in all estimators below it."""

    max_propagation_depth = None

    def __init__(self) -> None:
        self.estimators: list[str] = []

    def setup(self, estimator: Any, context: Any) -> None:
        pass

    def teardown(self, estimator: Any, context: Any) -> None:
        pass

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.estimators.append(type(estimator).__name__)

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        pass


def checks_in(namespace: dict[str, Any]) -> Iterator[Callable[[str, Any], None]]:
    """Yield the check functions of a module in the order they are written."""
    for name, value in namespace.items():
        if name.startswith("check_") and value.__module__ == namespace["__name__"]:
            yield value
