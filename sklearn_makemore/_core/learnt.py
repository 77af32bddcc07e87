"""What a fit has learnt: arrays by name that make a model, and that check themselves."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.guided import words_of
from sklearn_makemore._core.models import NextSymbolModel
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.vocabulary import Vocabulary

LARGEST_WEIGHT = 1e6  # of a network in float32, so that products stay in range
ROUNDING = 1e-6  # how far from 1 probabilities may sum to


@dataclass(frozen=True)
class Learnt(ABC):
    """The fitted attributes of a language model, a field each; one that is None is not there.

    A subclass is a frozen dataclass whose fields are named as the attributes are. It has the method
    `model`, and `checked` if files may hold it.

    See Also
    --------
    sklearn_makemore.base.LearntCounts : For models that count.
    sklearn_makemore.base.check_array : What `checked` is made of.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> vocabulary, learnt = BigramCountLM().fit(["anna"])._stored_state()
    >>> list(learnt.attributes)
    ['counts_', 'transition_proba_']
    >>> learnt.checked(vocabulary) is learnt
    True
    """

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Return what fitted attributes hold; the inverse of `attributes`.

        Parameters
        ----------
        attributes : dict of str to object
            The fitted attributes by name.

        Returns
        -------
        learnt : Learnt
            Not yet checked.

        Raises
        ------
        ValueError
            Naming attributes that are missing, or that there are not.
        """
        known = {each.name: each.default is MISSING for each in fields(cls)}
        missing = [
            name for name, is_needed in known.items() if is_needed and name not in attributes
        ]
        surplus = attributes.keys() - known.keys()
        if missing or surplus:
            raise ValueError(f"attributes missing: {missing}, not known: {sorted(surplus)}")
        return cls(**attributes)

    @abstractmethod
    def model(self, vocabulary: Vocabulary) -> NextSymbolModel:
        """Return the model that the attributes describe.

        It is made when it is first asked for, and knows no parameters, because those may have been
        changed since the fit.

        Parameters
        ----------
        vocabulary : Vocabulary
            What the codes stand for.

        Returns
        -------
        model : NextSymbolModel
            What scores and samples.
        """

    def checked(self, vocabulary: Vocabulary) -> Self:
        """Return itself if a fit could have learnt it: what comes from a file may be anything.

        What makes no more than wrong numbers need not be found, but what `model` relies on must.

        Parameters
        ----------
        vocabulary : Vocabulary
            What the codes stand for.

        Returns
        -------
        self : Learnt
            As it is.

        Raises
        ------
        ValueError
            Saying what is wrong.
        """
        return self

    @property
    def attributes(self) -> dict[str, Any]:
        """The fitted attributes by name."""
        named = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in named if value is not None}


@dataclass(frozen=True)
class ModelMaker:
    """Makes the model of what was learnt when it is asked for first.

    It belongs to one state of an estimator: who takes symbols and model from it has what belongs
    together, whatever is fitted in another thread.
    """

    vocabulary: Vocabulary
    learnt: Learnt

    @cached_property
    def model(self) -> NextSymbolModel:
        return self.learnt.model(self.vocabulary)

    @cached_property
    def own_words(self) -> CodedWords:
        """Words of the model's own, always the same ones."""
        return words_of(self.model, self.vocabulary.unknown_code)


def check_array(
    name: str,
    value: Any,
    shape: tuple[int | None, ...],
    dtype: str = "float64",
    *,
    finite: bool = True,
) -> None:
    """Refuse what is no array of a shape (None: any length from 1) and dtype.

    Parameters
    ----------
    name : str
        What errors call it.
    value : object
        What should be one.
    shape : tuple of (int or None)
        Its lengths.
    dtype : str, default="float64"
        Of its elements.
    finite : bool, default=True
        Whether every element must be finite; weights in float32 then also small enough to score.

    Raises
    ------
    ValueError
        Saying what is wrong.

    See Also
    --------
    sklearn_makemore.base.Learnt : Whose method `checked` calls it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_makemore.base import check_array
    >>> check_array("counts_", np.zeros((2, 2)), (2, None))
    >>> check_array("counts_", np.zeros(2), (2, None))
    Traceback (most recent call last):
    ValueError: counts_ is not an array of shape (2, n) and dtype float64
    """
    if not (
        isinstance(value, np.ndarray)
        and value.dtype == dtype
        and value.ndim == len(shape)
        and all(
            n == wanted or (wanted is None and n)
            for n, wanted in zip(value.shape, shape, strict=True)
        )
    ):
        lengths = ", ".join("n" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} is not an array of shape ({lengths}) and dtype {dtype}")
    if not finite:
        return
    if not np.isfinite(value).all():
        raise ValueError(f"{name} is not finite")
    if dtype == "float32" and (np.abs(value) > LARGEST_WEIGHT).any():
        raise ValueError(
            f"{name} has numbers above {LARGEST_WEIGHT:g}, too large to score: fit with a lower "
            "learning_rate"
        )


def check_type(name: str, value: Any, kind: type) -> None:
    """Refuse what is of another type, or a float that is not finite."""
    if type(value) is not kind:
        raise ValueError(f"{name} is not of type {kind.__name__}")
    if isinstance(value, float) and not np.isfinite(value):
        raise ValueError(f"{name} is not finite")


def check_sums(sums: NDArray[np.float64]) -> None:
    """Refuse sums of probabilities that are not 1."""
    if not (np.abs(sums - 1.0) <= ROUNDING).all():
        raise ValueError("probabilities do not sum to 1")


def check_distributions(probabilities: NDArray[np.float64]) -> None:
    """Refuse rows that are not distributions."""
    if (probabilities < 0).any():
        raise ValueError("a probability is negative")
    check_sums(np.asarray(probabilities.sum(axis=-1)))
