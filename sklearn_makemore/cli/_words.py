"""Files of words."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import Any

from sklearn_makemore.cli._options import PROGRAM, UsageError
from sklearn_makemore.datasets import load_names

HELD_OUT_OF = 10  # of so many distinct words one is held out
NOT_PRINTED = {"Cc", "Zl", "Zp"}  # control characters, line and paragraph separators


def training_words(path: str | None) -> tuple[list[str], str]:
    """Return the words to fit on and what to call them."""
    if path is None:
        return load_names().data.tolist(), "the bundled names"
    return read_words(path), _name_of(path)


def read_words(path: str) -> list[str]:
    """Return the words of a UTF-8 file, of which there must be some."""
    words = read_list(path)
    if not words:
        raise UsageError(f"{_name_of(path)} has no words")
    return words


def read_list(path: str) -> list[str]:
    """Return the words of a UTF-8 file, one a line, spaces around them and empty lines dropped."""
    name = _name_of(path)
    if path == "-" and sys.stdin is None:
        raise UsageError("standard input is closed")
    if path == "-" and sys.stdin.isatty():
        sys.stderr.write(f"{PROGRAM}: reading words from the keyboard, one a line, to Ctrl-D\n")
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {name}: {getattr(error, 'strerror', error)}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8 (byte {data[error.start]:#04x} at offset {error.start})"
        ) from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [word for line in lines if (word := line.strip())]


def _name_of(path: str) -> str:
    return "standard input" if path == "-" else path


def check_one_reader(options: argparse.Namespace, option: str, path: str | None) -> None:
    """Refuse to read standard input twice, as the words to fit on and for another option."""
    if options.input_file == path == "-":
        raise UsageError(f"only one of --input-file and {option} can be standard input")


def words_of(model: Any, lines: list[str]) -> list[Any]:
    """Return lines as a model reads words: those of tokens are separated by spaces."""
    if model.symbols == "token":
        return [tuple(line.split()) for line in lines]
    if model.symbols == "split":  # as `sample` writes them
        return [" ".join(line.split()) for line in lines]
    return list(lines)


def line_of(word: Any) -> str:
    """Return a word as a line of a file, control characters and line separators as escapes.

    A loaded model may make words with these. They would break lines and columns, and a terminal
    obeys some of them.
    """
    line = word if isinstance(word, str) else " ".join(word)
    if line.isprintable():
        return line
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in NOT_PRINTED else c
        for c in line
    )


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Hold out about a tenth of the distinct words; none of fewer than 10.

    Which ones depends on their spelling alone, so that a model which goes on learning, from these
    words or more, has not seen them before.
    """
    distinct = set(words)
    held_out = set()
    if len(distinct) >= HELD_OUT_OF:
        held_out = {word for word in distinct if zlib.crc32(_bytes_of(word)) % HELD_OUT_OF == 0}
    return [w for w in words if w not in held_out], [w for w in words if w in held_out]


def _bytes_of(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
