"""Replacing a file by a new one, whole or not at all."""

# SPDX-License-Identifier: BSD-3-Clause

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give the name of an empty file beside `path`, which takes its place if the block succeeds.

    Whatever happens, `path` is the old file or the complete new one. A block that fails leaves
    nothing behind; only a process killed within it leaves the file it was writing.

    Raises
    ------
    OSError
        If `path` is a folder or its folder cannot be written to.
    """
    target = os.path.realpath(os.fsdecode(path))  # a link stays one
    temporary = f"{target}.{secrets.token_hex(8)}.tmp"
    mode = _mode_of(target) if os.path.exists(target) else None
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None
    if mode is None:
        mode = _mode_of(temporary)
    try:
        yield temporary
        _synchronise(temporary, os.O_RDWR)
        os.chmod(temporary, mode)  # some writers make a new file, which nobody else may read
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        with suppress(OSError):  # some file systems cannot, and the file is there already
            _synchronise(os.path.dirname(target), os.O_RDONLY)


def _mode_of(path: str) -> int:
    """Return the permissions of a file."""
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory: name a file in it", path)
    return stat.S_IMODE(found.st_mode)


def _synchronise(path: str, flags: int) -> None:
    """Have the system write a file or folder, opened with `flags`, to the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
