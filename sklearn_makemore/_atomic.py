"""Replacing a file by a new one, whole or not at all."""

# SPDX-License-Identifier: BSD-3-Clause

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

SPACE = "free some space or name another folder; what was there is as before"
PERMISSION = "name a place that you may write to"
REMEDIES = {
    errno.ENOENT: "make its folder first, or name another",
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EACCES: PERMISSION,
    errno.EPERM: PERMISSION,
    errno.EROFS: PERMISSION,
}


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give the name of an empty file beside `path`, which takes its place if the block succeeds.

    Whatever happens, `path` is the old file or the complete new one. A block that fails leaves
    nothing behind; only a process killed within it leaves the file it was writing.

    Raises
    ------
    OSError
        If `path` is a folder, a device or a pipe, or cannot be written to; errors of the block
        name `path` too.
    """
    target, temporary = _names(path)
    mode = _mode_of(target) if os.path.exists(target) else None
    try:
        _create(temporary)
        if mode is None:
            mode = _mode_of(temporary)
        yield temporary
        _synchronise(temporary, os.O_RDWR)
        os.chmod(temporary, mode)  # some writers make a new file, which nobody else may read
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None:
            raise _naming(path, error) from None
        raise
    if os.name == "posix":
        with suppress(OSError):  # some file systems cannot, and the file is there already
            _synchronise(os.path.dirname(target), os.O_RDONLY)


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Raise at once what `replacing` would raise for a path that cannot be written to."""
    target, temporary = _names(path)
    if os.path.exists(target):
        _mode_of(target)
    try:
        _create(temporary)
        os.unlink(temporary)
    except OSError as error:
        raise _naming(path, error) from None


def _names(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return the file that a path means, a link followed, and a new name beside it."""
    target = os.path.realpath(os.fsdecode(path))
    return target, f"{target}.{secrets.token_hex(8)}.tmp"


def _create(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


def _naming(path: str | os.PathLike[str], error: OSError) -> OSError:
    """Return an error that names the file which the caller asked for, and the remedy."""
    number = error.errno or 0
    remedy = REMEDIES.get(number)
    message = f"{error.strerror}: {remedy}" if remedy else error.strerror
    return OSError(number, message, os.fspath(path))


def _mode_of(path: str) -> int:
    """Return the permissions of a file."""
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory: name a file in it", path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file, which alone can be replaced", path)
    return stat.S_IMODE(found.st_mode)


def _synchronise(path: str, flags: int) -> None:
    """Have the system write a file or folder, opened with `flags`, to the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(file: Any, data: bytes) -> None:
    """Write all of `data` to an open file, which may take less at a time.

    Raises
    ------
    OSError
        If it takes no more.
    """
    left = memoryview(data)
    while left:
        n_written = file.write(left)
        if n_written == 0:
            raise OSError(
                f"the file took {len(data) - len(left)} of {len(data)} bytes, and no more"
            )
        if n_written is None:  # as of files that are no files, and take all
            return
        left = left[n_written:]
