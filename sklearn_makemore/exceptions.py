"""Errors of the library that are not scikit-learn's or Python's own."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterable

__all__ = ["SamplingError", "SamplingQualityWarning"]


class SamplingError(RuntimeError):
    """Raised when the constraints on sampled words leave too few of them.

    The message says how many words were found and how many candidates each constraint rejected.

    Parameters
    ----------
    message : str
        What is wrong, and the remedy.
    effective_sample_size : float, default=None
        As a share of their number, where it is what is wrong with the proposals of words.
    words : list of str, or of tuple of str, default=()
        The words that `sample` has found, in their order, fewer than were asked for.

    Attributes
    ----------
    effective_sample_size : float or None
        As given.
    words : list of str, or of tuple of str
        As given; empty where nothing was drawn, as by a search for likely words, of which
        `iter_likely` gives those that it finds one by one.

    See Also
    --------
    sklearn_makemore.BigramCountLM.sample : Where the constraints are given.

    Examples
    --------
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.exceptions import SamplingError
    >>> model = BigramCountLM(smoothing=0).fit(["ab", "ac"])
    >>> try:
    ...     model.sample(3, unique=True, random_state=0)
    ... except SamplingError as error:
    ...     print(error)
    ...     print(error.words)
    Found 2 of the 3 words asked for among 10300 candidates. Rejected: 10298 by unique=True.
    Loosen these constraints or ask for fewer words.
    ['ab', 'ac']
    """

    def __init__(
        self,
        message: str,
        effective_sample_size: float | None = None,
        words: Iterable[str | tuple[str, ...]] = (),
    ) -> None:
        super().__init__(message)
        self.effective_sample_size = effective_sample_size
        self.words = list(words)


class SamplingQualityWarning(UserWarning):
    """Warns that words come not very close to the distribution that is asked for.

    It is about models without states to sum over, such as networks, given a pattern or an ending:
    their words are taken from weighted proposals, whose effective sample size the message says.

    See Also
    --------
    sklearn_makemore.MLPCharLM.sample : Where patterns and endings are given.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_makemore.exceptions import SamplingQualityWarning
    >>> warnings.simplefilter("error", SamplingQualityWarning)  # rather an error than such words
    """
