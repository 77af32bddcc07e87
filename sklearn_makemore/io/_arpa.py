"""N-gram models in ARPA files, the format of KenLM, SRILM and others."""

# SPDX-License-Identifier: BSD-3-Clause

import gzip
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore._atomic import replacing
from sklearn_makemore._core.ngram import NGramModel
from sklearn_makemore._core.ngram_assembly import normalise
from sklearn_makemore._core.ngram_trie import NGramTrie
from sklearn_makemore._estimators.ngram_count import LearntNGrams, NGramCountLM
from sklearn_makemore._text.coded_words import BOUNDARY
from sklearn_makemore._text.vocabulary import Vocabulary
from sklearn_makemore.io._arpa_parser import ArpaParser
from sklearn_makemore.io._arpa_tokens import END, IMPOSSIBLE, START, UNKNOWN, token_of

LN_10 = np.log(10.0)
MOST_OFF = 0.01  # how far from 1 the probabilities after a context may sum to in a file


def write_arpa(estimator: NGramCountLM, path: str | os.PathLike[str]) -> None:
    """Write an n-gram model to an ARPA file.

    KenLM and others give the same scores: a symbol is a token, the boundary is ``<s>`` before the
    word and ``</s>`` after it, the unknown symbol is ``<unk>``. A character that cannot be a token
    (white space, control characters, lone surrogates) is written as its code point, so that a
    space is ``<U+0020>``. Log-probabilities are to base 10, and -99 stands for those of
    1e-99 and less, which are read as 0.

    Parameters
    ----------
    estimator : NGramCountLM
        A fitted model with any smoothing.
    path : str or path-like
        File to write, compressed if its name ends in ``.gz`` or ``.GZ``. It takes its place only
        when it is complete; another file of that name is replaced.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is another estimator.

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
        raise TypeError(f"ARPA files hold n-gram models, got a {type(estimator).__name__}.")
    check_is_fitted(estimator)
    model = cast(NGramModel, estimator._model)
    vocabulary = estimator._vocabulary
    tokens = [END, *map(token_of, vocabulary.alphabet)]
    if vocabulary.has_unknown:
        tokens.append(UNKNOWN)
    log_proba = shown(np.minimum(model.log_proba, 0.0))  # rounding may leave 1e-16 above 0
    log_backoff = shown(model.log_backoff)
    with writing(Path(path)) as file:
        file.writelines(lines_of(model.trie, tokens, log_proba, log_backoff))


def read_arpa(path: str | os.PathLike[str]) -> NGramCountLM:
    """Read an n-gram model of characters from an ARPA file.

    Every token must be one character, ``<s>``, ``</s>``, ``<unk>`` or a code point as `write_arpa`
    writes it. Probabilities and weights are scaled so that the symbols after every context sum to
    1 exactly, not only to the digits of the file.

    Parameters
    ----------
    path : str or path-like
        File to read, compressed if its name ends in ``.gz`` or ``.GZ``.

    Returns
    -------
    estimator : NGramCountLM
        Fitted, with ``handle_unknown="unknown"`` where the file has ``<unk>``. It has no counts, so
        that ``partial_fit`` is a ValueError.

    Raises
    ------
    ValueError
        If the file is not a complete and consistent ARPA file, its tokens are not characters, or
        its n-grams would need more than 1 GiB; the line and what is wrong with it are named.

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
    path = Path(path)
    with opened(path) as file:
        parser = ArpaParser(file, str(path))
        content = parser.parse()
    log_proba, log_backoff, sums = normalise(
        content.trie, content.log10_proba * LN_10, content.log10_backoff * LN_10
    )
    bad = np.flatnonzero(~(np.abs(sums - 1.0) <= MOST_OFF))
    if len(bad):
        raise parser.error(
            f"the probabilities after this context sum to {sums[bad[0]]:.4g}, not to 1",
            int(content.lines[bad[0]]),
        )
    handle_unknown = "unknown" if content.has_unknown else "penalty"
    vocabulary = Vocabulary(content.characters, None, handle_unknown)
    estimator = NGramCountLM(order=content.order, handle_unknown=handle_unknown)
    return estimator._set_fitted(
        vocabulary, LearntNGrams.of_trie(content.trie, log_proba, log_backoff)
    )


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


def is_packed(path: Path) -> bool:
    """Tell whether the name of a file says that it is compressed."""
    return path.suffix.lower() == ".gz"


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip if its name says so."""
    return cast(IO[bytes], gzip.open(path) if is_packed(path) else path.open("rb"))


@contextmanager
def writing(path: Path) -> Iterator[IO[str]]:
    """Open a file that takes the place of `path` in the end, through gzip if its name says so."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        if not is_packed(path):
            with io.TextIOWrapper(file, encoding="utf-8", newline="\n") as text:
                yield text
            return
        # Neither name nor time, so that equal models give equal files.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            with io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
                yield text
