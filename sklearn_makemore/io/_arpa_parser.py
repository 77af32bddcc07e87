"""Reading ARPA files that may be broken, in memory bounded by what they hold."""

# SPDX-License-Identifier: BSD-3-Clause

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._core.models import LARGEST_TABLE_BYTES
from sklearn_makemore._core.ngram_assembly import add_level, find, trie_of_symbols
from sklearn_makemore._core.ngram_trie import NONE, NGramTrie
from sklearn_makemore._text.coded_words import BOUNDARY
from sklearn_makemore.io._arpa_bytes import BROKEN, foreign
from sklearn_makemore.io._arpa_mends import Mend, Mends
from sklearn_makemore.io._arpa_tokens import (
    END,
    IMPOSSIBLE,
    START,
    UNKNOWN,
    UNKNOWNS,
    meanings,
    symbol_of,
)

LONGEST_LINE = 2**16  # bytes
BYTE_ORDER_MARK = "\ufeff"  # which some editors put before the first line
MOST_OTHER_LINES = 1_000  # before \data\, of counts, or blank in one place
BYTES_OF_NGRAM, BYTES_OF_SYMBOL = 96, 4  # held for each while a model is made
BYTES_OF_TOKEN = 400  # held for each single token, beside its text
COUNT = re.compile(r"ngram\s+(\d{1,9})\s*=\s*(\d{1,18})", re.ASCII)
ROUNDING = 1e-4  # log10 of a probability may be above 0 by so much, and is then 0
# To base 10. As a probability of 1e-99 is 0, no greater weight could leave it below 1.
LARGEST_WEIGHT = 99.0
VERTICAL_TAB, FORM_FEED = 0x0B, 0x0C
INFINITE = re.compile(rb"-1\.#INF0*")  # as Microsoft's libraries write it


@dataclass(frozen=True)
class Unigrams:
    """The single tokens of a file.

    Parameters
    ----------
    symbols : list of str
        What the tokens stand for, sorted: the symbols of codes from 1.
    code_of : dict of bytes to int
        By token as it stands in the file; the unknown symbol has the last code.
    log10_proba, log10_backoff : ndarray of shape (n_symbols + 1,), float64
        Of the empty n-gram, then of each code: probabilities of ``</s>``, weights of ``<s>``.
    lines : ndarray of shape (n_symbols + 1,), int64
    proba_of_start : float
        What ``<s>`` has, which nothing predicts.
    """

    symbols: list[str]
    code_of: dict[bytes, int]
    log10_proba: NDArray[np.float64]
    log10_backoff: NDArray[np.float64]
    lines: NDArray[np.int64]
    proba_of_start: float

    @property
    def has_unknown(self) -> bool:
        return UNKNOWN.encode() in self.code_of

    @property
    def n_symbols(self) -> int:
        return len(self.lines) - 1


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
    unigrams : Unigrams
    order : int
    """

    trie: NGramTrie
    log10_proba: NDArray[np.float64]
    log10_backoff: NDArray[np.float64]
    lines: NDArray[np.int64]
    unigrams: Unigrams
    order: int


class ArpaParser:
    """Reads an ARPA file line by line.

    Parameters
    ----------
    file : file of bytes
    name : str
        What errors call it.
    tokens : dict of str to str
        What the caller says that tokens stand for.
    strict : bool
        Whether to refuse what could be mended.
    """

    def __init__(self, file: IO[bytes], name: str, tokens: Mapping[str, str], strict: bool) -> None:
        self._file = file
        self._name = name
        self._tokens = tokens
        self._meaning = meanings(tokens)
        self._strict = strict
        self._line = 0
        self._order = 0
        self.mends = Mends(name)

    def error(self, what: str, line: int | None = None) -> ValueError:
        return ValueError(f"{self._name}, line {line or self._line}: {what}.")

    def mend(self, mend: Mend, line: int | None = None, n: int = 1, about: str = "") -> None:
        """Count what is amiss, or refuse it where files must be strict."""
        line = line or self._line
        if self._strict:
            raise self.error(f"{mend.value[0]}{about}, and strict=True refuses that", line)
        self.mends.add(mend, line, n, about)

    def parse(self) -> ArpaContent:
        """Read all of the file.

        Raises
        ------
        ValueError
            Naming the line and what is wrong with it.
        """
        counts = self._counts()
        self._order = len(counts)
        unigrams = self._unigrams(counts[0])
        trie = trie_of_symbols(unigrams.n_symbols)
        columns: tuple[NDArray[Any], ...]
        columns = unigrams.log10_proba, unigrams.log10_backoff, unigrams.lines
        for length, count in enumerate(counts[1:], 2):
            codes, *more = self._ngrams(length, count, unigrams.code_of)
            contexts, first = self._contexts(trie, codes, more[-1])
            if len(first):
                trie, order = add_level(trie, contexts[first], codes[first, -1])
                pairs = zip(columns, more, strict=True)
                columns = tuple(np.append(each, new[first[order]]) for each, new in pairs)
        self._end()
        log10_proba, log10_backoff, lines = columns
        no_context = trie.symbols == BOUNDARY  # nothing goes on from the end of a word
        no_context[trie.levels[1]] = False
        if trie.order == self._order:
            no_context[trie.levels[-1]] = True
        log10_backoff[no_context] = 0.0
        return ArpaContent(trie, log10_proba, log10_backoff, lines, unigrams, self._order)

    def _contexts(
        self, trie: NGramTrie, codes: NDArray[np.uint32], lines: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Find the contexts of n-grams.

        Returns
        -------
        contexts : ndarray of shape (n,), int64
            Nodes of the trie.
        first : ndarray of shape (n_distinct,), int64
            The places of the n-grams, each the first time that it is listed.
        """
        contexts = find(trie, codes[:, :-1])
        lost = np.flatnonzero(contexts == NONE)
        if len(lost):
            raise self.error(
                "the n-gram without its last token is not listed: add it, or have the program that "
                "made the file write it, which knows its probability",
                int(lines[lost[0]]),
            )
        keys = contexts * trie.n_symbols + codes[:, -1]
        order = np.argsort(keys, kind="stable")
        again = np.zeros(len(keys), bool)
        again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
        if again.any():
            self.mend(Mend.TWICE, int(lines[again].min()), int(again.sum()))
        return contexts, np.flatnonzero(~again)

    def _bytes(self) -> bytes:
        """Return the next line with its end, nothing after the last."""
        self._line += 1
        try:
            line = self._file.readline(LONGEST_LINE)
        except BROKEN as error:
            raise self.error(f"the compressed file is broken here ({error})") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise self.error(f"the compressed file is broken here ({error})") from None
        if len(line) == LONGEST_LINE:
            what = foreign(line) if self._line == 1 else None
            raise self.error(
                f"this is no ARPA file but {what}"
                if what
                else f"a line of {LONGEST_LINE} bytes or more is no n-gram"
            )
        return line

    def _text(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(
                f"not UTF-8 ({error.reason}). If it is Latin-1, convert it first: iconv -f latin1 "
                "-t utf-8"
            ) from None

    def _read(self) -> str | None:
        """Return the next line without its end and white space around it, None after the last."""
        line = self._bytes()
        if self._line == 1 and (what := foreign(line)):
            raise self.error(f"this is no ARPA file but {what}")
        text = self._text(line)
        if self._line == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        return text.strip(" \t\r\n") if line else None

    def _read_or_fail(self, wanted: str) -> str:
        line = self._read()
        if line is None:
            self._cut_short(wanted)
        return line

    def _cut_short(self, wanted: str) -> NoReturn:
        raise self.error(f"the file ends where {wanted} should be: it is cut short, get it anew")

    def _counts(self) -> list[int]:
        """Read up to the number of n-grams of each length, which must be in order."""
        is_first = True
        while (line := self._read()) != "\\data\\":
            if line is None:
                raise self.error(
                    "the file ends without a line \\data\\: it is no ARPA file, or has lost its "
                    "first lines"
                )
            what = foreign(line.encode("utf-8", "surrogatepass")) if is_first else None
            is_first = is_first and not line
            if what:
                raise self.error(f"this is no ARPA file but {what}")
            if self._line == MOST_OTHER_LINES:
                raise self.error("still no \\data\\, so this is no ARPA file")
        counts: list[int] = []
        n_bytes = 0
        while line := self._read_or_fail("the number of n-grams"):
            match = COUNT.fullmatch(line)
            if match is None or int(match[1]) != len(counts) + 1:
                raise self.error(f"expected 'ngram {len(counts) + 1}=' and a number, got {line!r}")
            counts.append(int(match[2]))
            of_one = BYTES_OF_NGRAM + BYTES_OF_SYMBOL * len(counts)
            n_bytes += counts[-1] * (of_one if len(counts) > 1 else BYTES_OF_TOKEN)
            if n_bytes > LARGEST_TABLE_BYTES:
                raise self.error(f"so many n-grams need {n_bytes / 2**30:.3f} GiB, more than 1 GiB")
            if len(counts) == MOST_OTHER_LINES:
                raise self.error(f"n-grams of {len(counts)} tokens are too long")
        if not counts:
            raise self.error("no 'ngram 1=' after \\data\\")
        return counts

    def _section(self, length: int) -> None:
        """Read the heading of the n-grams of a length."""
        heading = f"\\{length}-grams:"
        line = self._skip_blank(heading)
        if line != heading:
            remedy = "" if length == 1 else self._if_more(length - 1)
            raise self.error(f"expected {heading}, got {line!r:.200}{remedy}")

    def _if_more(self, length: int) -> str:
        return f". If it is an n-gram of length {length}, put their number after \\data\\ right"

    def _skip_blank(self, wanted: str) -> str:
        for _ in range(MOST_OTHER_LINES):
            if line := self._read_or_fail(wanted):
                return line
        raise self.error(f"only blank lines where {wanted} should be")

    def _end(self) -> None:
        line = self._skip_blank("\\end\\")
        if line != "\\end\\":
            raise self.error(f"expected \\end\\, got {line!r:.200}{self._if_more(self._order)}")
        for _ in range(MOST_OTHER_LINES):  # packed files say at their end whether they are whole
            if not self._bytes():
                return

    def _ngram(self, length: int) -> tuple[float, list[bytes], float]:
        """Read the next line: log10 of a probability, tokens, log10 of a weight or 0."""
        fields = fields_of(line := self._bytes())
        if not fields:
            line = self._after_blank(line, length)
            fields = fields_of(line)
        has_weight = len(fields) == length + 2
        if not has_weight and len(fields) != length + 1:
            self._fail_on(line, length)
        try:
            proba, backoff = float(fields[0]), float(fields[-1]) if has_weight else 0.0
        except ValueError:
            proba, backoff = number(fields[0]), number(fields[-1]) if has_weight else 0.0
            if np.isnan(proba) or np.isnan(backoff):
                self._fail_on(line, length)
        if not proba <= 0.0:
            proba = self._not_negative(proba, fields[0])
        if backoff and not (backoff <= LARGEST_WEIGHT and (length < self._order or length == 1)):
            self._check_weight(backoff, fields[-1])
        return proba, fields[1:-1] if has_weight else fields[1:], backoff

    def _after_blank(self, line: bytes, length: int) -> bytes:
        """Return the next line that is not blank; `line` is, or is the end of the file."""
        first = self._line
        for _ in range(MOST_OTHER_LINES):
            if not line:
                self._cut_short(f"an n-gram of length {length}")
            line = self._bytes()
            if fields_of(line):
                if line.lstrip().startswith(b"\\"):
                    self._fail_on(line, length, first)
                return line
        raise self.error(f"only blank lines where an n-gram of length {length} should be")

    def _not_negative(self, proba: float, field: bytes) -> float:
        """Return the logarithm of 1 for what is above it by rounding."""
        if not proba <= ROUNDING:
            raise self.error(
                f"{self._text(field)} is not the logarithm of a probability: it is at most 0"
            )
        self.mend(Mend.ABOVE_1)
        return 0.0

    def _check_weight(self, backoff: float, field: bytes) -> None:
        if not backoff <= LARGEST_WEIGHT:
            raise self.error(
                f"{self._text(field)} is not the logarithm of a weight: it is at most "
                f"{LARGEST_WEIGHT:g}"
            )
        self.mend(Mend.LAST_WEIGHT)

    def _fail_on(self, line: bytes, length: int, number: int | None = None) -> NoReturn:
        text = self._text(line).strip(" \t\r\n")
        if text.startswith("\\"):
            raise self.error(
                f"there are fewer n-grams of length {length} than \\data\\ says: the file is "
                "damaged, or its number must be put right",
                number,
            )
        raise self.error(
            f"expected a number, {length} tokens and perhaps another number, got {text!r:.200}; if "
            "nothing follows, the file is cut short: get it anew"
        )

    def _unigrams(self, count: int) -> Unigrams:
        """Read the single tokens."""
        self._section(1)
        begin = self._line + 1
        place_of: dict[str, int] = {}  # by token, START, END and UNKNOWN among them
        numbers, lines, n_bytes = array("d"), array("q"), count * BYTES_OF_TOKEN
        for _ in range(count):
            proba, (spelling,), backoff = self._ngram(1)
            token = self._text(spelling)
            if token in UNKNOWNS:
                # KenLM has the last of these, and of all others the first.
                if place_of.pop(UNKNOWN, None) is not None:
                    self.mend(Mend.TWICE)
                token = UNKNOWN
            elif token in place_of:
                self.mend(Mend.TWICE)
                continue
            place_of[token] = len(lines)
            numbers.extend((proba, backoff))
            lines.append(self._line)
            n_bytes += 4 * len(token)
            if n_bytes > LARGEST_TABLE_BYTES:
                raise self.error("the tokens so far need more than 1 GiB")
        return self._in_order(
            place_of, np.array(numbers, np.float64).reshape(-1, 2), np.array(lines), begin
        )

    def _in_order(
        self,
        place_of: dict[str, int],
        numbers: NDArray[np.float64],
        lines: NDArray[np.int64],
        begin: int,
    ) -> Unigrams:
        """Give codes to tokens, in the order of their symbols.

        Parameters
        ----------
        place_of : dict of str to int
            By token.
        numbers : ndarray of shape (n, 2), float64
        lines : ndarray of shape (n,), int64
        begin : int
            The first line of these.
        """
        if END not in place_of:
            also = f" ({END.upper()} is a token like others)" if END.upper() in place_of else ""
            raise self.error(
                f"there is no {END} among the tokens{also}, so this is no model of words that end: "
                "estimate one with the ends of sentences"
            )
        end, start = place_of.pop(END), place_of.pop(START, None)
        if start is None and self._order > 1:
            self.mend(Mend.NO_START, begin)
        unknown = place_of.pop(UNKNOWN, None)
        token_of = self._symbols(place_of, lines)
        symbols = sorted(token_of)
        places = [end, *(place_of[token_of[symbol]] for symbol in symbols)]
        code_of = {token_of[symbol].encode(): code for code, symbol in enumerate(symbols, 1)}
        if unknown is not None:
            places.append(unknown)
            code_of |= dict.fromkeys(map(str.encode, UNKNOWNS), len(symbols) + 1)
        ordered = np.concatenate([np.zeros((1, 2)), impossible(numbers)[places]])
        where = np.concatenate([[begin], lines[places]])
        ordered[1 + BOUNDARY, 1] = 0.0  # nothing goes on from the end, but from the start
        of_start = 0.0
        if start is not None:
            ordered[1 + BOUNDARY, 1] = impossible(numbers)[start, 1]
            where[1 + BOUNDARY], of_start = lines[start], float(10.0 ** numbers[start, 0])
        return Unigrams(symbols, code_of, ordered[:, 0], ordered[:, 1], where, of_start)

    def _symbols(self, place_of: dict[str, int], lines: NDArray[np.int64]) -> dict[str, str]:
        """Return the token of each symbol.

        Where several are known to stand for one, the others stand for themselves.
        """
        token_of: dict[str, str] = {}
        for token, place in place_of.items():
            symbol = symbol_of(token, self._meaning)
            if symbol in token_of and token not in self._tokens:
                symbol = token
            if symbol in token_of:
                raise self.error(
                    f"{token!r:.80} stands for {symbol!r:.80}, as {token_of[symbol]!r:.80} does: "
                    "give other tokens=",
                    int(lines[place]),
                )
            token_of[symbol] = token
        return token_of

    def _ngrams(
        self, length: int, count: int, code_of: dict[bytes, int]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Read the n-grams of a length.

        Returns
        -------
        codes : ndarray of shape (n, length), uint32
        log10_proba, log10_backoff : ndarray of shape (n,), float64
        lines : ndarray of shape (n,), int64
        """
        self._section(length)
        codes, probas, backoffs, lines = array("I"), array("d"), array("d"), array("q")
        last = length - 1
        for _ in range(count):
            proba, tokens, backoff = self._ngram(length)
            try:
                coded = [code_of[token] for token in tokens]
            except KeyError:
                found = self._other_codes(tokens, last, code_of)
                if found is None:
                    continue
                coded = found
            codes.extend(coded)
            probas.append(proba)
            backoffs.append(backoff)
            lines.append(self._line)
        return (
            np.array(codes, np.uint32).reshape(-1, length),
            impossible(np.array(probas)),
            impossible(np.array(backoffs)),
            np.array(lines),
        )

    def _other_codes(
        self, tokens: list[bytes], last: int, code_of: dict[bytes, int]
    ) -> list[int] | None:
        """Return the codes of tokens that have boundaries among them; None to leave them out."""
        codes = []
        for place, spelling in enumerate(tokens):
            token = self._text(spelling)
            if spelling in code_of:
                codes.append(code_of[spelling])
            elif (token == START and place == 0) or (token == END and place == last):
                codes.append(BOUNDARY)
            elif token in (START, END):
                self.mend(Mend.INSIDE)
                return None
            elif token in UNKNOWNS:
                self.mend(Mend.NO_UNKNOWN)
                return None
            else:
                raise self.error(
                    f"{token!r:.200} is not among the n-grams of length 1: the file is damaged, or "
                    "has lost that line"
                )
        return codes


def fields_of(line: bytes) -> list[bytes]:
    """Split a line at spaces and tabs; other white space may be part of a token."""
    if VERTICAL_TAB not in line and FORM_FEED not in line:
        return line.split()
    fields = line.strip(b" \t\r\n").replace(b"\t", b" ").split(b" ")
    return [field for field in fields if field]


def number(field: bytes) -> float:
    """Return the number of a field that Python need not read as one, NaN for none."""
    try:
        return -np.inf if INFINITE.fullmatch(field) else float(field)
    except ValueError:
        return np.nan


def impossible(log10: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read -99 and less as the logarithm of 0."""
    return np.where(log10 <= IMPOSSIBLE, -np.inf, log10)
