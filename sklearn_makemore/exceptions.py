"""Errors of the library that are not scikit-learn's or Python's own."""

# SPDX-License-Identifier: BSD-3-Clause

__all__ = ["SamplingError"]


class SamplingError(RuntimeError):
    """Raised when the constraints on sampled words leave too few of them.

    The message says how many words were found and how many candidates each constraint rejected.

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
    Found 2 of the 3 words asked for among 10300 candidates. Rejected: 10298 by unique=True.
    Loosen these constraints or ask for fewer words.
    """
