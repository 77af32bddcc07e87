"""Bytes of ARPA files: how they are packed, and what other files begin with."""

# SPDX-License-Identifier: BSD-3-Clause

import bz2
import gzip
import io
import lzma
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from sklearn_makemore._atomic import replacing, write_all

HEAD = 512  # bytes by which a file is known
BUFFER = 2**16
XZ_MEMORY = 2**28  # of the unpacker: "xz -9" needs a quarter of it, and a file may ask for any
GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
DATA = re.compile(rb"^[ \t]*\\data\\[ \t\r]*$", re.MULTILINE)
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
TO_ARPA = "read_arpa reads text: give it the ARPA file"
FOREIGN = {
    b"mmap lm http://kheafield.com/code": f"a binary file of KenLM. {TO_ARPA} it was built from",
    b"blmt": f"a binary file of IRSTLM. {TO_ARPA} that 'compile-lm --text yes' makes of it",
    b"iARPA": f"an iARPA file of IRSTLM. {TO_ARPA} that 'compile-lm --text yes' makes of it",
    b"qARPA": f"a quantised file of IRSTLM. {TO_ARPA} it was made from",
    b"Qblmt": f"a binary file of IRSTLM. {TO_ARPA} that 'compile-lm --text yes' makes of it",
    b"SRILM_BINARY_": f"a binary file of SRILM. {TO_ARPA} that 'ngram -lm X -write-lm Y' makes",
    b"Trie Language Model": f"a binary file of pocketsphinx. {TO_ARPA} it was built from",
    b"\xd6\xfd\xb2\x7e": f"a file of OpenFst. {TO_ARPA} that 'ngramprint --ARPA' makes of it",
    b"\x28\xb5\x2f\xfd": "packed with zstd. Unpack it first",
    b"\x04\x22\x4d\x18": "packed with lz4. Unpack it first",
    b"\x1f\x9d": "packed with compress. Unpack it first",
    b"PK\x03\x04": "a zip archive. Unpack it first",
    b"\xff\xfe": "UTF-16. Convert it first: iconv -f utf-16 -t utf-8",
    b"\xfe\xff": "UTF-16. Convert it first: iconv -f utf-16 -t utf-8",
    GZIP: "packed twice. Unpack it once",
    BZIP2: "packed twice. Unpack it once",
    XZ: "packed twice. Unpack it once",
}
WITHIN = {  # what comes after a few bytes of sizes
    b"Darpa Trigram LM": f"a DMP file of Sphinx. {TO_ARPA} it was built from",
    b'{"__metadata__"': "a file of io.save. Read it with io.load",
}


def foreign(line: bytes) -> str | None:
    """Return what a file is that is no ARPA file, by its first line, and what to do with it."""
    begins = (said for magic, said in FOREIGN.items() if line.startswith(magic))
    within = (said for magic, said in WITHIN.items() if magic in line[:64])
    return next(begins, None) or next(within, None)


@contextmanager
def opened(path: Any) -> Iterator[tuple[IO[bytes], str]]:
    """Open a path, or read on in a binary file, through what its first bytes say it is packed with.

    Yields
    ------
    file : file of bytes
    name : str
        What errors call it.

    Raises
    ------
    TypeError
        If it is a text file, or nothing to read from.
    """
    if not hasattr(path, "read"):
        with open(path, "rb") as file:
            yield unpacked(file), os.fsdecode(path)
        return
    name = getattr(path, "name", None)
    yield unpacked(path), name if isinstance(name, str) and name else "the file"


def unpacked(file: Any) -> IO[bytes]:
    """Return a binary file as it is when unpacked."""
    head = b""
    while len(head) < HEAD and (more := file.read(HEAD - len(head))):
        if isinstance(more, str):
            raise TypeError("read_arpa needs a binary file, got a text file: open it with 'rb'.")
        head += more
    whole = io.BufferedReader(Rejoined(head, file), BUFFER)
    if head.startswith(GZIP):
        return cast(IO[bytes], gzip.GzipFile(fileobj=whole))
    if head.startswith(BZIP2):
        return bz2.BZ2File(whole)
    if head.startswith(XZ):
        return io.BufferedReader(Unxz(whole), BUFFER)
    return whole


class Rejoined(io.RawIOBase):
    """A file of which the first bytes have been read; it is not closed."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._rest.read(len(buffer)) or b""
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


class Unxz(io.RawIOBase):
    """An xz file as it is when unpacked, in bounded memory, which `lzma.open` cannot promise."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = b""
        while not data:
            more = b""
            if self._unpacker.eof:  # what follows is padding, or another stream
                more = (self._unpacker.unused_data or self._file.read(BUFFER)).lstrip(b"\0")
                more = more or self._file.read(BUFFER)
                if not more:
                    return 0
                self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)
            elif self._unpacker.needs_input:
                more = self._file.read(BUFFER)
                if not more:
                    raise EOFError("it ends too early")
            data = self._unpacker.decompress(more, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def is_arpa(file: IO[bytes]) -> bool:
    """Tell whether a binary file looks like an ARPA file, packed or not."""
    try:
        return DATA.search(unpacked(file).read(BUFFER)) is not None
    except (*BROKEN, OSError):
        return False


@contextmanager
def writing(path: Any) -> Iterator[IO[str]]:
    """Open a text file that takes the place of `path` in the end, packed if its name says so.

    A binary file is written to as it is, and stays open.

    Raises
    ------
    TypeError
        If it is a text file.
    """
    if hasattr(path, "write"):
        if isinstance(path, io.TextIOBase):
            raise TypeError("write_arpa needs a binary file, got a text file: open it with 'wb'.")
        with as_text(Unclosed(path)) as text:
            yield text
        return
    ending = os.path.splitext(os.fsdecode(path))[1].lower()
    with replacing(path) as temporary, open(temporary, "wb") as file:
        packed: Any = file
        if ending == ".gz":  # neither name nor time, so that equal models give equal files
            packed = gzip.GzipFile("", "wb", fileobj=file, mtime=0)
        elif ending == ".bz2":
            packed = bz2.BZ2File(file, "wb")
        elif ending == ".xz":
            packed = lzma.LZMAFile(file, "wb")
        with packed, as_text(packed) as text:
            yield text


def as_text(file: Any) -> IO[str]:
    return io.TextIOWrapper(file, encoding="utf-8", newline="\n")


class Unclosed(io.BufferedIOBase):
    """A binary file that is written to and stays open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        write_all(self._file, bytes(data))
        return len(data)
