"""Reading ARPA files that may be broken, in memory bounded by what they hold."""

# SPDX-License-Identifier: BSD-3-Clause

import gzip
import re
import zlib
from array import array
from dataclasses import dataclass
from typing import IO, NoReturn

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import LARGEST_TABLE_BYTES
from sklearn_makemore._core.ngram_assembly import add_level, find, trie_of_symbols
from sklearn_makemore._core.ngram_trie import NONE, NGramTrie
from sklearn_makemore._text.coded_words import BOUNDARY
from sklearn_makemore.io._arpa_tokens import END, IMPOSSIBLE, START, UNKNOWN, character_of

LONGEST_LINE = 2**16  # bytes
BYTE_ORDER_MARK = "\ufeff"  # which some editors put before the first line
MOST_OTHER_LINES = 1_000  # before \data\, of counts, or blank in one place
BYTES_OF_NGRAM, BYTES_OF_SYMBOL = 96, 4  # held for each while a model is made
COUNT = re.compile(r"ngram\s+(\d{1,9})\s*=\s*(\d{1,18})", re.ASCII)
ROUNDING = 1e-4  # log10 of a probability may be above 0 by so much, and is then 0
LEAST_WEIGHT, LARGEST_WEIGHT = -99.0, 5.0  # of a context, to base 10; beyond is what digits leave


@dataclass(frozen=True)
class ArpaContent:
    """What an ARPA file says.

    Parameters
    ----------
    trie : NGramTrie
        Code 0 is ``</s>`` at the end and ``<s>`` at the start, the last one is ``<unk>``.
    log10_proba, log10_backoff : ndarray of shape (n_nodes,), float64
    lines : ndarray of shape (n_nodes,), int64
        Where each n-gram stands; for the empty one, where those of length 1 begin.
    characters : ndarray of shape (n_characters,), uint32
    has_unknown : bool
    order : int
    """

    trie: NGramTrie
    log10_proba: NDArray[np.float64]
    log10_backoff: NDArray[np.float64]
    lines: NDArray[np.int64]
    characters: NDArray[np.uint32]
    has_unknown: bool
    order: int


class ArpaParser:
    """Reads an ARPA file line by line.

    Parameters
    ----------
    file : file of bytes
    name : str
        What errors call it.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        self._line = 0

    def error(self, what: str, line: int | None = None) -> ValueError:
        return ValueError(f"{self._name}, line {line or self._line}: {what}.")

    def parse(self) -> ArpaContent:
        """Read all of the file.

        Raises
        ------
        ValueError
            Naming the line and what is wrong with it.
        """
        counts = self._counts()
        code_of, log10_proba, log10_backoff, lines = self._symbols(counts[0])
        n_symbols = len(log10_proba) - 1
        trie = trie_of_symbols(n_symbols)
        for length, count in enumerate(counts[1:], 2):
            begin = self._section(length)
            codes, numbers = self._ngrams(length, count, code_of)
            contexts = find(trie, codes[:, :-1])
            lost = np.flatnonzero(contexts == NONE)
            if len(lost):
                raise self.error("the n-gram without its last token is not listed", begin + lost[0])
            keys = contexts * n_symbols + codes[:, -1]
            order = np.argsort(keys, kind="stable")
            again = order[1:][keys[order[1:]] == keys[order[:-1]]]
            if len(again):
                raise self.error("this n-gram is listed twice", int(begin + again.min()))
            if count:
                trie, order = add_level(trie, contexts, codes[:, -1])
            log10_proba = np.append(log10_proba, numbers[order, 0])
            log10_backoff = np.append(log10_backoff, numbers[order, 1])
            lines = np.append(lines, begin + order)
        self._end(len(counts))
        no_context = trie.symbols == BOUNDARY  # nothing goes on from the end of a word
        no_context[trie.levels[1]] = False
        no_context[trie.levels[-1]] = True
        log10_backoff[no_context] = 0.0
        characters = sorted(ord(c) for t in code_of if (c := character_of(t)) is not None)
        has_unknown = UNKNOWN in code_of
        return ArpaContent(
            trie,
            log10_proba,
            log10_backoff,
            lines,
            np.array(characters, np.uint32),
            has_unknown,
            len(counts),
        )

    def _read(self) -> str | None:
        """Return the next line without its end and white space around it, None after the last."""
        self._line += 1
        try:
            line = self._file.readline(LONGEST_LINE)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.error(f"the compressed file is broken here ({error})") from None
        if len(line) == LONGEST_LINE:
            raise self.error(f"a line of {LONGEST_LINE} bytes or more is no n-gram")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(f"not UTF-8 ({error.reason})") from None
        if self._line == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        return text.strip(" \t\r\n") if line else None

    def _read_or_fail(self, wanted: str) -> str:
        line = self._read()
        if line is None:
            raise self.error(f"the file ends where {wanted} should be")
        return line

    def _counts(self) -> list[int]:
        """Read up to the number of n-grams of each length, which must be in order."""
        while self._read_or_fail("\\data\\") != "\\data\\":
            if self._line == MOST_OTHER_LINES:
                raise self.error("still no \\data\\, so this is no ARPA file")
        counts: list[int] = []
        n_bytes = 0
        while line := self._read_or_fail("the number of n-grams"):
            match = COUNT.fullmatch(line)
            if match is None or int(match[1]) != len(counts) + 1:
                raise self.error(f"expected 'ngram {len(counts) + 1}=' and a number, got {line!r}")
            counts.append(int(match[2]))
            n_bytes += counts[-1] * (BYTES_OF_NGRAM + BYTES_OF_SYMBOL * len(counts))
            if n_bytes > LARGEST_TABLE_BYTES:
                raise self.error(f"so many n-grams need {n_bytes / 2**30:.3f} GiB, more than 1 GiB")
            if len(counts) == MOST_OTHER_LINES:
                raise self.error(f"n-grams of {len(counts)} tokens are too long")
        if not counts:
            raise self.error("no 'ngram 1=' after \\data\\")
        return counts

    def _section(self, length: int) -> int:
        """Read up to the first n-gram of a length and return its line."""
        heading = f"\\{length}-grams:"
        line = self._skip_blank(heading)
        if line != heading:
            raise self.error(
                f"expected {heading}, got {line!r}; is the number of n-grams of length "
                f"{length - 1} right?"
                if length > 1
                else f"expected {heading}, got {line!r}"
            )
        return self._line + 1

    def _skip_blank(self, wanted: str) -> str:
        for _ in range(MOST_OTHER_LINES):
            if line := self._read_or_fail(wanted):
                return line
        raise self.error(f"only blank lines where {wanted} should be")

    def _end(self, order: int) -> None:
        line = self._skip_blank("\\end\\")
        if line != "\\end\\":
            raise self.error(
                f"expected \\end\\, got {line!r}; is the number of n-grams of length {order} right?"
            )

    def _ngram(self, length: int) -> tuple[float, list[str], float]:
        """Read the next line: log10 of a probability, tokens, log10 of a weight or nothing."""
        line = self._read_or_fail(f"an n-gram of length {length}")
        fields = line.replace("\t", " ").split(" ")
        if "" in fields:
            fields = [field for field in fields if field]
        if len(fields) == length + 1:
            fields.append("0")
        if len(fields) != length + 2:
            self._fail_on(line, length)
        try:
            proba, backoff = float(fields[0]), float(fields[-1])
        except ValueError:
            self._fail_on(line, length)
        if not proba <= ROUNDING or proba == -np.inf:
            raise self.error(f"{fields[0]} is not the logarithm of a probability")
        if not LEAST_WEIGHT <= backoff <= LARGEST_WEIGHT:
            raise self.error(f"{fields[-1]} is not the logarithm of a weight")
        return min(proba, 0.0), fields[1:-1], backoff

    def _fail_on(self, line: str, length: int) -> NoReturn:
        if line.startswith("\\") or not line:
            raise self.error(f"there are fewer n-grams of length {length} than \\data\\ says")
        raise self.error(
            f"expected a number, {length} tokens and perhaps another number, got {line!r}"
        )

    def _symbols(
        self, count: int
    ) -> tuple[dict[str, int], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Read the single tokens.

        Returns
        -------
        code_of : dict of str to int
        log10_proba, log10_backoff : ndarray of shape (n_symbols + 1,), float64
        lines : ndarray of shape (n_symbols + 1,), int64
        """
        begin = self._section(1)
        found: dict[str, tuple[float, float, int]] = {}
        for _ in range(count):
            proba, (token,), backoff = self._ngram(1)
            if token.lower() == UNKNOWN:
                token = UNKNOWN
            elif token not in (START, END):
                character = character_of(token)
                if character is None:
                    raise self.error(f"{token!r} is not a character")
                token = character
            if token in found:
                raise self.error(f"{token!r} is listed twice")
            found[token] = (proba, backoff, self._line)
        if END not in found:
            raise self.error(f"there is no {END} among the tokens")
        _, backoff_of_start, line_of_start = found.pop(START, (0.0, 0.0, begin))
        proba_of_end, _, _ = found.pop(END)
        unknown = [found.pop(UNKNOWN)] if UNKNOWN in found else []
        characters = sorted(found)
        rows = [
            (0.0, 0.0, begin),
            (proba_of_end, backoff_of_start, line_of_start),
            *(found[c] for c in characters),
            *unknown,
        ]
        code_of = {c: code for code, c in enumerate(characters, 1)}
        if unknown:
            code_of[UNKNOWN] = len(characters) + 1
        numbers = impossible(np.array([row[:2] for row in rows], np.float64))
        lines = np.array([row[2] for row in rows], np.int64)
        return code_of, numbers[:, 0], numbers[:, 1], lines

    def _ngrams(
        self, length: int, count: int, code_of: dict[str, int]
    ) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """Read the n-grams of a length: codes (count, length), log10 of proba and weight."""
        codes, numbers = array("I"), array("d")
        last = length - 1
        for _ in range(count):
            proba, tokens, backoff = self._ngram(length)
            for place, token in enumerate(tokens):
                code = code_of.get(token)
                codes.append(
                    self._other_code(token, place, last, code_of) if code is None else code
                )
            numbers.append(proba)
            numbers.append(backoff)
        return (
            np.array(codes, np.uint32).reshape(-1, length),
            impossible(np.array(numbers, np.float64).reshape(-1, 2)),
        )

    def _other_code(self, token: str, place: int, last: int, code_of: dict[str, int]) -> int:
        """Return the code of a token that is not a character as it stands."""
        if (token == START and place == 0) or (token == END and place == last):
            return BOUNDARY
        if token in (START, END):
            raise self.error(f"{token} stands at a wrong place")
        known = UNKNOWN if token.lower() == UNKNOWN else character_of(token)
        if known is None or known not in code_of:
            raise self.error(f"{token!r} is not among the n-grams of length 1")
        return code_of[known]


def impossible(log10: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read -99 and less as the logarithm of 0."""
    return np.where(log10 <= IMPOSSIBLE, -np.inf, log10)
