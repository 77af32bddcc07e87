"""Files of words."""

# SPDX-License-Identifier: BSD-3-Clause

import sys
import zlib
from pathlib import Path
from typing import Any

from sklearn_makemore.cli._options import UsageError
from sklearn_makemore.datasets import load_names

HELD_OUT_OF = 10  # of so many distinct words one is held out


def training_words(path: str | None) -> tuple[list[str], str]:
    """Return the words to fit on and what to call them."""
    if path is None:
        return load_names().data.tolist(), "the bundled names"
    return read_words(path), "standard input" if path == "-" else path


def read_words(path: str) -> list[str]:
    """Return the words of a UTF-8 file, one a line, spaces around them and empty lines dropped."""
    name = "standard input" if path == "-" else path
    if path == "-" and sys.stdin is None:
        raise UsageError("standard input is closed")
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
    words = [word for line in lines if (word := line.strip())]
    if not words:
        raise UsageError(f"{name} has no words")
    return words


def words_of(model: Any, lines: list[str]) -> list[Any]:
    """Return lines as a model reads words: those of tokens are separated by spaces."""
    if model.symbols == "token":
        return [tuple(line.split()) for line in lines]
    if model.symbols == "split":  # as `sample` writes them
        return [" ".join(line.split()) for line in lines]
    return list(lines)


def line_of(word: Any) -> str:
    """Return a word as a line of a file."""
    return word if isinstance(word, str) else " ".join(word)


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
