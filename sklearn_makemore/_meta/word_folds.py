"""Folds that a word belongs to by its spelling, and quantiles of weighted scores."""

# SPDX-License-Identifier: BSD-3-Clause

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from sklearn_makemore._meta.words import FloatArray, IntArray
from sklearn_makemore._text.symbols import Word

SMALLEST_VARIANCE = 1e-6  # nats squared; only to divide by, where all words score the same
RARE_LENGTH = 0.05  # words of a length, beside those of the most frequent one
PULL_TO_PROPORTION = 0.1  # symbols squared: a variance of lengths that says as much
MAD_TO_SPREAD = 1.4826  # median absolute deviation to standard deviation, if normal


def folds_of(spellings: Iterable[Word], n_folds: int, salt: int) -> IntArray:
    """Return the fold of each word, of shape (n,): a hash of its spelling, and so always the same.

    Another salt gives other folds.
    """
    key = salt.to_bytes(8, "little")
    hashes = (
        hashlib.blake2b(bytes_of(word), digest_size=8, key=key).digest() for word in spellings
    )
    numbers = np.frombuffer(b"".join(hashes), "<u8")
    return (numbers % np.uint64(n_folds)).astype(np.int64)


def bytes_of(word: Word) -> bytes:
    """Return bytes that no other word has; those of its string for a sequence of characters."""
    if isinstance(word, str) or all(len(symbol) == 1 for symbol in word):
        return "".join(word).encode("utf-8", "surrogatepass")
    # A byte that UTF-8 has not, so that no two sequences read alike.
    return b"".join(symbol.encode("utf-8", "surrogatepass") + b"\xff" for symbol in word)


def first_even_folds(
    distinct: list[Word], n_folds: int, counted: NDArray[np.bool_]
) -> tuple[int, IntArray]:
    """Return the first salt with which no fold has more than half of the words, and the folds.

    Half is rounded up, and of the words in the mask `counted`. Without it, a fold of a handful of
    words might leave none to fit to.
    """
    most, salt = (counted.sum() + 1) // 2, 0
    while True:
        fold = folds_of(distinct, n_folds, salt)
        if np.bincount(fold[counted]).max() <= most:
            return salt, fold
        salt += 1


def quantile(scores: FloatArray, weights: FloatArray, allowed: float) -> float:
    """Return the largest score below which a weight of at most `allowed` lies; -inf if negative.

    Parameters
    ----------
    scores : ndarray of shape (n,), float64
    weights : ndarray of shape (n,), float64
    allowed : float
        Less than the sum of the weights.
    """
    if allowed < 0:
        return -np.inf
    order = np.argsort(scores, kind="stable")
    at_or_below = np.cumsum(weights[order])
    rounding = 1e-9 * max(allowed, 1e-300)
    place = int(np.searchsorted(at_or_below, allowed + rounding, side="right"))
    return float(scores[order[min(place, len(order) - 1)]])


def lower_fence(scores: FloatArray, weights: FloatArray) -> float:
    """Return Tukey's lower fence, 1.5 interquartile ranges below the first quartile."""
    total = weights.sum()
    first, third = (quantile(scores, weights, share * total) for share in (0.25, 0.75))
    return first - 1.5 * (third - first) if third > first else first


def moments_by_length(
    totals: FloatArray, n_symbols: IntArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Estimate the mean and the variance of log-likelihoods as functions of length.

    A log-likelihood is a sum over symbols, so the mean is taken to be linear in their number. The
    variance has a linear part too, from symbols that vary independently, and a quadratic one,
    because some words are odd throughout. Both are least squares on the medians and the median
    absolute deviations of each length, weighted by its words, and reach to lengths that did not
    occur.

    Odd words hardly move them: not the medians of frequent lengths, and lengths that are rare
    beside the most frequent one are left out, because there odd words may be the majority. Where
    lengths vary too little to tell, the mean is proportional to length.

    Parameters
    ----------
    totals : ndarray of shape (n,), float64
        Log-likelihoods; infinite ones are left out.
    n_symbols : ndarray of shape (n,), int64
    weights : ndarray of shape (n,), float64

    Returns
    -------
    mean : ndarray of shape (2,), float64
        Intercept and slope, in nats.
    variance : ndarray of shape (3,), float64
        Coefficients of rising powers, in nats squared; not negative.
    """
    kept = np.isfinite(totals) & (weights > 0)
    if not kept.any():
        return np.zeros(2), np.array([1.0, 0.0, 0.0])
    frequency = np.bincount(n_symbols[kept], weights[kept])
    frequent = frequency >= RARE_LENGTH * frequency.max()
    kept &= frequent[np.minimum(n_symbols, len(frequent) - 1)]
    totals, n_symbols, weights = totals[kept], n_symbols[kept], weights[kept]
    lengths, of_length = np.unique(n_symbols, return_inverse=True)
    share = np.bincount(of_length, weights) / weights.sum()
    medians = _medians(totals, weights, of_length)
    level, centre = share @ medians, share @ lengths
    covariance = share @ ((lengths - centre) * (medians - level))
    pull = PULL_TO_PROPORTION
    slope = (covariance + pull * level / centre) / (share @ (lengths - centre) ** 2 + pull)
    mean = np.array([level - slope * centre, slope])
    spreads = _medians(np.abs(totals - mean[0] - slope * n_symbols), weights, of_length)
    powers = lengths[:, np.newaxis].astype(np.float64) ** np.arange(3)
    root = np.sqrt(share)
    variance = nnls(root[:, np.newaxis] * powers, root * (MAD_TO_SPREAD * spreads) ** 2)[0]
    return mean, np.asarray(variance, np.float64)


def _medians(values: FloatArray, weights: FloatArray, group: IntArray) -> FloatArray:
    """Return the weighted median of each group, of shape (n_groups,)."""
    members = [group == number for number in range(group.max() + 1)]
    return np.array([quantile(values[m], weights[m], weights[m].sum() / 2) for m in members])
