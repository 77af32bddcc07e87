"""Words and small helpers that the checks share."""

# SPDX-License-Identifier: BSD-3-Clause

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from sklearn.utils import get_tags

WORDS = (
    "emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "emma",
    "noah", "liam", "oliver", "elijah", "james", "lucas", "levi", "theo", "ann", "anna",
    "a", "zoë", "björn", "", "b.b", "mia",
)  # fmt: skip
OTHER_WORDS = ("eva", "isla", "noel", "anne", "ola", "", "bella")
METHODS_OF_WORDS = {
    "density_estimator": (
        "score",
        "score_samples",
        "score_symbols",
        "perplexity",
        "bits_per_symbol",
        "predict",
        "predict_proba",
        "predict_log_proba",
        "transform",
    ),
    "classifier": (
        "decision_function",
        "explain",
        "predict",
        "predict_log_proba",
        "predict_proba",
        "transform",
    ),
    "outlier_detector": ("decision_function", "explain", "predict", "score_samples"),
}
Check = Callable[[str, Any], None]


@dataclass(frozen=True)
class Spelling:
    """How checks write words of letters for an estimator, and read those that it makes.

    Each letter is a symbol. Where symbols may be longer it is written twice, so that an estimator
    that takes such a symbol for two is found out.

    Parameters
    ----------
    of : str or re.Pattern
        The parameter `symbols` of the language model.
    """

    of: Any

    @property
    def of_tokens(self) -> bool:
        """Whether a word is a sequence of symbols rather than a string."""
        return bool(self.of == "token")

    def __call__(self, letters: str) -> Any:
        """Return the word of some letters."""
        return self.join(self.symbols(letters))

    def all(self, words: Iterable[str]) -> list[Any]:
        """Return words of letters as the estimator reads them."""
        return [self(letters) for letters in words]

    def forms(self, letters: str) -> list[Any]:
        """Return everything that stands for a word where a single one is asked for."""
        word = self(letters)
        return [word, list(word), np.array(word)] if self.of_tokens else [word]

    def symbol(self, letter: str) -> str:
        """Return the symbol of a letter."""
        is_doubled = self.of in ("split", "token") and letter.isalpha()
        return letter * 2 if is_doubled else letter

    def symbols(self, letters: Iterable[str]) -> list[str]:
        """Return the symbols of some letters."""
        return list(map(self.symbol, letters))

    def join(self, symbols: Iterable[str]) -> Any:
        """Return the word of some symbols."""
        if self.of_tokens:
            return tuple(symbols)
        return (" " if self.of == "split" else "").join(symbols)

    def split(self, word: Any) -> list[str]:
        """Return the symbols of a word."""
        if isinstance(self.of, re.Pattern):
            return [match[0] for match in self.of.finditer(word)]
        if self.of == "grapheme":
            import regex

            return list(regex.findall(r"\X", word))
        return list(word.split() if self.of == "split" else word)


def spelling_of(estimator: Any) -> Spelling:
    """Return how words are written for an estimator, or for the language model that it holds."""
    parameters = estimator.get_params()
    spell = Spelling(parameters.get("symbols", parameters.get("estimator__symbols", "char")))
    letters = "".join(WORDS)
    assert isinstance(spell.of, str) or spell.split(letters) == list(letters), (
        f"the checks write words of single letters, which symbols={spell.of!r} does not split into "
        "letters: give a pattern that does, such as re.compile('.', re.DOTALL)"
    )
    return spell


def object_array(words: Sequence[Any]) -> Any:
    """Return an array of words, of shape (n,) for tuples and lists, too."""
    return np.fromiter(words, object, len(words))


def only_if(condition: Callable[[Any], bool]) -> Callable[[Check], Check]:
    """Make a decorator of checks that are for some estimators."""

    def decorate(check: Check) -> Check:
        vars(check)["is_for"] = condition
        return check

    return decorate


def checks_in(module: ModuleType, estimator: Any) -> Iterator[Check]:
    """Yield the checks of a module that are for an estimator, in the order they are written."""
    for name, value in vars(module).items():
        if name.startswith("check_") and value.__module__ == module.__name__:
            if vars(value).get("is_for", lambda estimator: True)(estimator):
                yield value


def kind_of(estimator: Any) -> str:
    """Return what the tags say that an estimator is."""
    return str(get_tags(estimator).estimator_type)


def is_language_model(estimator: Any) -> bool:
    """Tell language models from the classifiers and outlier detectors that hold some."""
    return kind_of(estimator) == "density_estimator"


def is_of_characters(estimator: Any) -> bool:
    """Tell language models whose symbols are characters, which patterns are over."""
    return bool(estimator.get_params().get("symbols", "char") == "char")


def is_neural(estimator: Any) -> bool:
    """Tell models trained by gradients, which compute in float32, from those that count."""
    return any(name.split("__")[-1] == "device" for name in estimator.get_params())


def tolerance(estimator: Any) -> float:
    """Return the absolute tolerance, in nats, that the arithmetic of the estimator deserves."""
    return 1e-4 if is_neural(estimator) else 1e-12


def tolerance_of_fits(estimator: Any) -> float:
    """Return that of two fits to the same words in another form."""
    return (20 if is_language_model(estimator) else 100) * tolerance(estimator)


def labels_of(estimator: Any, words: Iterable[Any]) -> list[str] | None:
    """Return the target to fit with: two classes of words, none for a language model."""
    if is_language_model(estimator):
        return None
    return ["ends in a" if _ends_in_a(word) else "other" for word in words]


def _ends_in_a(word: Any) -> bool:
    return isinstance(word, Sequence) and str(*word[-1:]).endswith("a")


def fitted(estimator: Any, words: Any = None, sample_weight: Any = None) -> Any:
    """Return the estimator, fitted to words with their target; `WORDS` if none are given."""
    words = spelling_of(estimator).all(WORDS) if words is None else words
    return estimator.fit(words, labels_of(estimator, words), sample_weight=sample_weight)


def scores_of(estimator: Any, words: Any = None) -> Any:
    """Return what a fitted estimator makes of each word, as numbers; of `OTHER_WORDS` if none."""
    words = spelling_of(estimator).all(OTHER_WORDS) if words is None else words
    is_classifier = kind_of(estimator) == "classifier"
    return estimator.transform(words) if is_classifier else estimator.score_samples(words)


def symbols_of(estimator: Any, words: Any) -> Any:
    """Return what a fitted estimator says of each symbol, as a frame."""
    return (
        estimator.score_symbols(words) if is_language_model(estimator) else estimator.explain(words)
    )


def methods_of(estimator: Any) -> list[Callable[[Any], Any]]:
    """Return the methods that take words."""
    return [getattr(estimator, name) for name in METHODS_OF_WORDS[kind_of(estimator)]]


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
