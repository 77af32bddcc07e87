"""N-gram models in ARPA files, the format of KenLM, SRILM and others."""

# SPDX-License-Identifier: BSD-3-Clause

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._core.ngram_assembly import normalise
from sklearn_makemore._core.ngram_trie import ROOT, NGramTrie
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.bigram_count import BigramCountLM
from sklearn_makemore._estimators.ngram_count import LARGEST_LOG_BACKOFF, LearntNGrams, NGramCountLM
from sklearn_makemore._estimators.reading import Reading, checked_shown
from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._meta.within import kind_given, what_to_give
from sklearn_makemore._text.coded_words import BOUNDARY
from sklearn_makemore._text.symbols import CHARACTERS, TOKENS
from sklearn_makemore._text.vocabulary import PENALTY, UNKNOWN, Vocabulary
from sklearn_makemore.io._arpa_bytes import opened, writing
from sklearn_makemore.io._arpa_mends import Mend
from sklearn_makemore.io._arpa_parser import ArpaContent, ArpaParser, Unigrams
from sklearn_makemore.io._arpa_tokens import (
    END,
    IMPOSSIBLE,
    START,
    check_tokens,
    meanings,
    token_of,
)
from sklearn_makemore.io._arpa_tokens import UNKNOWN as UNKNOWN_TOKEN

LONGEST_ODDS = 60.0  # nats, of what is said to have been seen
LN_10 = np.log(10.0)
MOST_OFF = 1e-3  # how far from 1 the four digits of some programs let sums be; more is mended


def write_arpa(
    estimator: NGramCountLM,
    path: str | os.PathLike[str] | IO[bytes],
    *,
    tokens: Mapping[str, str] | None = None,
) -> None:
    """Write an n-gram model to an ARPA file.

    KenLM and others give the same scores: a symbol is a token, the boundary is ``<s>`` before the
    word and ``</s>`` after it, the unknown symbol is ``<unk>``. What cannot be part of a token
    (white space, control characters, lone surrogates), or would be read as something else, is
    written as its code point, so that a space is ``<U+0020>``. Log-probabilities are to base 10,
    and -99 stands for those of 1e-99 and less, which are read as 0.

    Parameters
    ----------
    estimator : NGramCountLM
        A fitted model with any smoothing and any symbols. The file does not say of which kind they
        are.
    path : str, path-like or binary file
        File to write, compressed if its name ends in ``.gz``, ``.bz2`` or ``.xz``, in capitals or
        not. It takes its place only when it is complete; another file of that name is replaced. A
        binary file that is open is written to, uncompressed, and stays open.
    tokens : dict of str to str, default=None
        Other tokens for some symbols, such as ``{"<space>": " "}``, which `read_arpa` and many
        programs know.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is another estimator, naming what to give, `tokens` is no dict of strings, or a file
        is no binary one.
    ValueError
        If one of `tokens` cannot stand in a file, or has another meaning there, or the model was
        fitted with ``length="calibrated"``.

    See Also
    --------
    read_arpa : Read such a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.io import read_arpa, write_arpa
    >>> model = NGramCountLM(order=2).fit(["ab", "ba"])
    >>> with TemporaryDirectory() as folder:
    ...     write_arpa(model, Path(folder, "model.arpa"))
    ...     print(Path(folder, "model.arpa").read_text()[:24])
    \\data\\
    ngram 1=4
    ngram 2
    """
    if not isinstance(estimator, NGramCountLM):
        raise TypeError(
            f"ARPA files hold n-gram models, got {kind_given(estimator)}. "
            f"{_n_grams_instead(estimator)}"
        )
    check_is_fitted(estimator)
    model = estimator._model
    if not isinstance(model, NGramModel):
        raise ValueError(
            "ARPA files hold n-grams alone, and this model calibrates the lengths of words: fit "
            "NGramCountLM(length='free'), or save this one with io.save."
        )
    named = tokens_of(estimator._vocabulary, check_tokens(tokens))
    log_proba = shown(np.minimum(model.log_proba, 0.0))  # rounding may leave 1e-16 above 0
    log_backoff = shown(model.log_backoff)
    with writing(path) as file:
        file.writelines(lines_of(model.trie, named, log_proba, log_backoff))


def _n_grams_instead(given: Any) -> str:
    """Say what to give in place of an object or a class that is no model of n-grams."""
    if isinstance(given, BigramCountLM):
        same = f"NGramCountLM(order=2, smoothing={float(given.smoothing)})"
        return f"The same model in n-grams is {same}: fit that to the words."
    if isinstance(given, BaseCharLM):
        return "Fit NGramCountLM() to the words, or save this one by io.save."
    return what_to_give(NGramCountLM if isinstance(given, type) else given, "NGramCountLM")


def read_arpa(
    path: str | os.PathLike[str] | IO[bytes],
    *,
    tokens: Mapping[str, str] | None = None,
    boundary: str | None = None,
    strict: bool = False,
) -> NGramCountLM:
    """Read an n-gram model from an ARPA file.

    Where every token is one character, so is every symbol. In other files a symbol is a token, and
    a word is a sequence of them: a sentence, of words. ``<space>``, ``<sp>`` and ``<SPACE>`` stand
    for a space, and code points for characters as `write_arpa` writes them.

    Probabilities and weights are scaled so that the symbols after every context sum to 1 exactly.
    In a file of which they do but for its digits, scores are those of KenLM. Else a score is that
    of KenLM less the logarithm of each sum that was divided out, and a warning says so.

    What other programs write and KenLM reads is mended, with one warning that counts it: n-grams
    with a boundary inside, n-grams listed twice (the first counts), sums that are not 1, weights of
    the longest n-grams, no ``<s>``.

    Parameters
    ----------
    path : str, path-like or binary file
        File to read. Its first bytes say whether it is packed with gzip, bzip2 or xz.
    tokens : dict of str to str, default=None
        Symbols that tokens stand for, such as ``{"_": " "}``, where they are not what they look
        like.
    boundary : str, default=None
        How the start and end of a word are shown, as in the estimators.
    strict : bool, default=False
        Whether to refuse a file instead of mending it.

    Returns
    -------
    estimator : NGramCountLM
        Fitted, with ``symbols="char"`` or ``"token"``, and ``handle_unknown="unknown"`` where the
        file has ``<unk>``, else ``"penalty"``. It has no counts, so that ``partial_fit`` is a
        ValueError.

    Raises
    ------
    ValueError
        If the file is no complete ARPA file, or no model of words, or its n-grams would need more
        than 1 GiB; the line and what is wrong with it are named.
    TypeError
        If `tokens` is no dict of strings, or a file is no binary one.
    OSError
        If the file cannot be opened.

    See Also
    --------
    write_arpa : Write such a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_makemore import NGramCountLM
    >>> from sklearn_makemore.io import read_arpa, write_arpa
    >>> model = NGramCountLM(order=2).fit(["ab", "ba"])
    >>> with TemporaryDirectory() as folder:
    ...     write_arpa(model, Path(folder, "model.arpa.gz"))
    ...     again = read_arpa(Path(folder, "model.arpa.gz"))
    >>> again.score_samples(["ab"]).round(6) == model.score_samples(["ab"]).round(6)
    array([ True])
    """
    given = check_tokens(tokens)
    Reading.of("char", None, boundary, PENALTY)
    with opened(path) as (file, name):
        parser = ArpaParser(file, name, given, bool(strict))
        content = parser.parse()
    learnt = normalised(content, parser)
    if message := parser.mends.message():
        warn(message, UserWarning)
    symbols = content.unigrams.symbols
    kind = CHARACTERS if all(len(symbol) == 1 for symbol in symbols) else TOKENS
    handle_unknown = UNKNOWN if content.unigrams.has_unknown else PENALTY
    vocabulary = Vocabulary.of_alphabet(symbols, boundary, handle_unknown, kind)
    vocabulary = vocabulary.having_seen(as_many_as_seem(learnt))
    estimator = NGramCountLM(
        order=content.order,
        symbols=kind.parameter,
        boundary=boundary,
        handle_unknown=handle_unknown,
    )
    return estimator._set_fitted(checked_shown(vocabulary), learnt)


def as_many_as_seem(learnt: LearntNGrams) -> float:
    """Return how many predictions a file seems to be made of, which it does not say.

    As many as would make the rarest single symbol one that was seen once, so that an unknown symbol
    never costs less than that does.
    """
    single = learnt.ngram_log_proba_[learnt.ngram_contexts_ == ROOT]
    rarest = single[np.isfinite(single)].min(initial=0.0)
    return float(np.exp(min(-rarest, LONGEST_ODDS)))


def normalised(content: ArpaContent, parser: ArpaParser) -> LearntNGrams:
    """Return the n-grams of a file, scaled so that what follows every context sums to 1."""
    trie = content.trie
    log_proba, log_backoff = content.log10_proba * LN_10, content.log10_backoff * LN_10
    has_end = trie.symbols == BOUNDARY
    has_end[ROOT] = False
    if not (log_proba[has_end] > -np.inf).any():
        raise parser.error(f"{END} has probability 0 everywhere, so no word ends")
    try:
        log_proba, log_backoff, sums = normalise(trie, log_proba, log_backoff)
    except ValueError as error:
        raise parser.error(str(error)) from None
    is_context = np.zeros(trie.n_nodes, bool)
    is_context[trie.contexts[1:]] = True
    empty = np.flatnonzero(is_context & ~((sums > 0) & np.isfinite(sums)))
    if len(empty):
        raise parser.error(
            f"the probabilities after this context sum to {sums[empty[0]]:.4g}, so they cannot be "
            "scaled to sum to 1",
            int(content.lines[empty[0]]),
        )
    if not (log_backoff <= LARGEST_LOG_BACKOFF).all():
        worst = int(content.lines[np.argmax(log_backoff)])
        raise parser.error("the backoff weight of this context is too large", worst)
    report_sums(content, sums, parser)
    return LearntNGrams.of_trie(trie, log_proba, log_backoff)


def report_sums(content: ArpaContent, sums: NDArray[np.float64], parser: ArpaParser) -> None:
    """Count the contexts after which probabilities did not sum to 1, and say why."""
    off = np.flatnonzero(np.abs(sums - 1.0) > MOST_OFF)
    if not len(off):
        return
    worst = off[np.argmax(np.abs(np.log(np.maximum(sums[off], 1e-300))))]
    about = f", where they sum to {sums[off[0]]:.4g}"
    if off[0] == ROOT:
        about += why_not_1(content.unigrams, sums[ROOT])
    if worst != off[0]:
        about += f"; furthest off in line {content.lines[worst]} with {sums[worst]:.4g}"
    parser.mend(Mend.SUM, int(content.lines[off[0]]), len(off), about)


def why_not_1(unigrams: Unigrams, total: float) -> str:
    """Return what makes the sum of single tokens another than 1, if that can be seen."""
    if unigrams.log10_proba[ROOT + 1 + BOUNDARY] > -MOST_OFF:
        return f", as {END} has probability 1"
    if abs(total + unigrams.proba_of_start - 1.0) <= MOST_OFF:
        return f", as {START}, which nothing predicts, has a share of {unigrams.proba_of_start:.4g}"
    return ""


def tokens_of(vocabulary: Vocabulary, given: Mapping[str, str]) -> list[str]:
    """Return the token of every code, that of the boundary as the end of a word."""
    taken = meanings(given)
    spelt = {symbol: token for token, symbol in [*given.items()][::-1]}
    symbols = [token_of(symbol, spelt, taken) for symbol in vocabulary.alphabet]
    return [END, *symbols, *[UNKNOWN_TOKEN] * vocabulary.has_unknown]


def shown(logarithms: np.ndarray[Any, np.dtype[np.float64]]) -> list[str]:
    """Write natural logarithms to base 10, with all their digits."""
    to_base_10 = np.maximum(logarithms / LN_10, IMPOSSIBLE) + 0.0  # no negative zeros
    return [repr(value) for value in to_base_10.tolist()]


def lines_of(
    trie: NGramTrie, tokens: list[str], log_proba: list[str], log_backoff: list[str]
) -> Iterator[str]:
    """Yield the lines of an ARPA file.

    Parameters
    ----------
    trie : NGramTrie
    tokens : list of str
        The token of each symbol; that of the boundary as the end of a word.
    log_proba, log_backoff : list of str
        By node, to base 10.
    """
    levels = trie.levels[1:]
    yield "\\data\\\n"
    for length, level in enumerate(levels, 1):
        yield f"ngram {length}={level.stop - level.start + (length == 1)}\n"
    beginnings = {BOUNDARY: ""}
    symbols = trie.symbols.tolist()
    for length, level in enumerate(levels, 1):
        yield f"\n\\{length}-grams:\n"
        has_backoff = length < len(levels)
        if length == 1:
            start = level.start + BOUNDARY
            yield row(str(IMPOSSIBLE), START, log_backoff[start] if has_backoff else None)
        contexts: Iterable[int] = trie.contexts[level].tolist()
        ngrams: dict[int, str] = {}
        for node, context in enumerate(contexts, level.start):
            symbol = symbols[node]
            ngram = f"{beginnings[context]}{tokens[symbol]}"
            is_context = has_backoff and (symbol != BOUNDARY)
            yield row(log_proba[node], ngram, log_backoff[node] if is_context else None)
            ngrams[node] = f"{ngram} "
        if length == 1:
            ngrams[level.start + BOUNDARY] = f"{START} "
        beginnings = ngrams
    yield "\n\\end\\\n"


def row(log_proba: str, ngram: str, log_backoff: str | None) -> str:
    """Write one n-gram; a weight is left out where there is none."""
    return (
        f"{log_proba}\t{ngram}\n"
        if log_backoff is None
        else f"{log_proba}\t{ngram}\t{log_backoff}\n"
    )
