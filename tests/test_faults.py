"""Processes killed while they write, disks full, folders closed, devices."""

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_makemore import NGramCountLM, cli, io
from sklearn_makemore.datasets import fetch_names
from sklearn_makemore.io import _arpa
from tests.conftest import has_loopback

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "evelyn", "lea", "ada"]
LABELS = np.arange(len(WORDS)) % 2
ALPHABET = "".join(sorted(set("".join(WORDS))))
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")

# A server of a file, which takes its time.
SERVER = """
import hashlib, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from sklearn_makemore.datasets import _fetch, fetch_names, load_names

DATA = b"emma\\n" * 100_000

class Slow(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        try:
            for start in range(0, len(DATA), 2**15):
                self.wfile.write(DATA[start : start + 2**15])
                time.sleep(0.002)
        except OSError:  # nobody listens any more
            pass

    def log_message(self, *arguments):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=server.serve_forever, daemon=True).start()
_fetch.URL = f"http://127.0.0.1:{server.server_port}/names.txt"
_fetch.SHA256 = hashlib.sha256(DATA).hexdigest()
"""

# Forks children that write a file, kills each after another time, and prints what was left of each
# kind of file.
KILLED = (
    SERVER
    + """
import json, os, random, shutil, signal
from contextlib import redirect_stdout
from sklearn_makemore import NGramCountLM, cli, io

folder, n_kills = Path(sys.argv[1]), int(sys.argv[2])
words = load_names().data[:3000]
model = NGramCountLM(order=4).fit(words)
text = folder / "words.txt"
text.write_text("\\n".join(words), encoding="utf-8")
place = folder / "place"
options = ["--type", "ngram", "-i", str(text), "-n", "1", "--save", str(place / "model")]
options += ["--overwrite"]
files = {
    "save": ("model", lambda: io.save(model, place / "model")),
    "arpa": ("model.arpa", lambda: io.write_arpa(model, place / "model.arpa")),
    "packed": ("model.arpa.gz", lambda: io.write_arpa(model, place / "model.arpa.gz")),
    "cli": ("model", lambda: cli.main(options)),
    "fetch": (_fetch.FILE_NAME, lambda: fetch_names(data_home=place)),
}

def write_quietly(write):
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        write()

def in_child(write):
    child = os.fork()
    if not child:
        write_quietly(write)
        os._exit(0)
    return child

def seconds(write):
    began = time.perf_counter()
    os.waitpid(in_child(write), 0)
    return time.perf_counter() - began

def after_kills(what, name, write):
    path = place / name
    place.mkdir()
    write_quietly(write)  # imports what it needs: the kills are to hit the writing
    path.unlink()
    took = min(seconds(write) for _ in range(3))  # of a machine that was not busy elsewhere
    new = path.read_bytes()
    old = None if what == "fetch" else b"what was there before"
    if what == "cli":  # which replaces nothing but models
        io.save(NGramCountLM(order=1).fit(["ab"]), path)
        old = path.read_bytes()
    found = {"old": 0, "new": 0, "other": 0}
    draw = random.Random(0)
    for _ in range(n_kills):
        path.unlink(missing_ok=True)
        if old is not None:
            path.write_bytes(old)
        child = in_child(write)
        time.sleep(draw.random() * took)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left = path.read_bytes() if path.exists() else None
        found["old" if left == old else "new" if left == new else "other"] += 1
    leftovers = {p.name for p in place.iterdir()} - {name}
    os.waitpid(in_child(write), 0)
    next_run_copes = path.read_bytes() == new
    shutil.rmtree(place)
    return found, next_run_copes, sorted(leftovers)

found = {what: after_kills(what, *files[what]) for what in sys.argv[3:]}
print(json.dumps(found))
"""
)


@POSIX
@pytest.mark.parametrize("n_kills", [8, pytest.param(200, marks=pytest.mark.long)])
def test_a_kill_leaves_the_old_file_or_the_new(n_kills, tmp_path):
    files = ["save", "arpa", "packed", "cli"] + ["fetch"] * has_loopback()
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(n_kills), *files]
    done = subprocess.run(command, capture_output=True, check=True, timeout=600)
    of_files = json.loads(done.stdout)
    assert list(of_files) == files
    for what, (found, next_run_copes, leftovers) in of_files.items():
        assert found["other"] == 0, what
        assert sum(found.values()) == n_kills
        assert next_run_copes, what
        # What a kill leaves is told by its name, and nothing reads it.
        ending = ".tmp" if what != "fetch" else ".part_"
        assert all(ending in name for name in leftovers), what


# Writes with files limited to some bytes, and prints the error and what is in the folder.
LIMITED = (
    SERVER
    + """
import resource
from sklearn_makemore import NGramCountLM, io

folder = Path(sys.argv[1])
model = NGramCountLM(order=4).fit(load_names().data[:3000])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for write in (
    lambda: io.save(model, folder / "model"),
    lambda: io.write_arpa(model, folder / "model.arpa"),
    lambda: io.write_arpa(model, folder / "model.arpa.gz"),
    lambda: fetch_names(data_home=folder),
):
    try:
        write()
    except OSError as error:
        print(error)
"""
)


@POSIX
def test_files_that_cannot_be_written_whole(tmp_path, loopback):
    paths = [tmp_path / name for name in ("model", "model.arpa", "model.arpa.gz")]
    for path in paths:
        path.write_bytes(b"old")
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    messages = done.stdout.decode().splitlines()
    for path, message in zip([*paths, tmp_path / "makemore_names.txt"], messages, strict=True):
        assert str(path) in message
        assert "File too large" in message
    assert sorted(tmp_path.iterdir()) == paths
    assert all(path.read_bytes() == b"old" for path in paths)


def test_a_full_disk_is_named_with_the_remedy(tmp_path, monkeypatch, capsys):
    def lines(*arguments):
        yield "\\data\\\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "model.arpa"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(_arpa, "lines_of", lines)
    with pytest.raises(OSError, match="free some space or name another folder") as raised:
        io.write_arpa(NGramCountLM().fit(WORDS), path)
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.filename == str(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


CLOSED = """
import os, sys, tempfile, warnings
from functools import partial
from pathlib import Path
from sklearn_makemore import NGramCountLM, cli, io
from sklearn_makemore.datasets import _fetch, fetch_names

_fetch.URL = "http://127.0.0.1:9/names.txt"  # where nobody listens
fetch_names = partial(fetch_names, n_retries=0)
model = NGramCountLM(order=2).fit(["ab"])

def errors():
    for write in (
        lambda: io.save(model, path),
        lambda: io.write_arpa(model, path),
        lambda: fetch_names(data_home=path.parent),
    ):
        try:
            write()
        except OSError as error:
            yield str(error)

with warnings.catch_warnings():  # imports all modules, which another user may not read
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.arpa"
        list(errors())
        cli.main(["--save", str(path), "-n", "1"])
path = Path(sys.argv[1]) / "model.arpa"
if not os.getuid():
    try:
        os.setuid(65534)
    except OSError:
        sys.exit(77)
if not os.access(path, os.R_OK) or os.access(path.parent, os.W_OK):
    sys.exit(77)
print("then", *errors(), sep="\\n")
sys.stderr = sys.stdout
print(cli.main(["--save", str(path)]))
"""


@pytest.fixture
def folder_for_all():
    """A folder in no folder of pytest's: these are for their owner alone."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@POSIX
def test_a_folder_that_may_not_be_written_to(folder_for_all):
    path = folder_for_all / "model.arpa"
    path.write_bytes(b"old")
    folder_for_all.chmod(0o555)
    command = [sys.executable, "-c", CLOSED, str(folder_for_all)]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    folder_for_all.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("no user here who may read this folder and not write to it")
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    lines = done.stdout.decode().splitlines()
    saved, written, fetched, told, status = lines[lines.index("then") + 1 :]
    expected = "Permission denied: name a place that you may write to"
    assert saved == written == f"[Errno 13] {expected}: '{path}'"
    assert str(folder_for_all / "makemore_names.txt") in fetched
    assert "data_home=" in fetched
    assert told.endswith(f"cannot save to {path}: its folder may not be written to")
    assert status == "1"
    assert path.read_bytes() == b"old"
    assert list(folder_for_all.iterdir()) == [path]


@POSIX
def test_pipes_and_devices_are_not_replaced(tmp_path, capsys):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for write in (io.save, io.write_arpa):
        with pytest.raises(OSError, match="Not a regular file") as raised:
            write(NGramCountLM().fit(WORDS), path)
        assert raised.value.filename == str(path)
    assert cli.main(["--save", str(path)]) == 1
    assert f"cannot save to {path}: it is no regular file" in capsys.readouterr().err
    path.rename(tmp_path / "model.safetensors")
    assert cli.main(["--work-dir", str(tmp_path)]) == 1
    assert "model.safetensors: it is no regular file" in capsys.readouterr().err
    assert stat.S_ISFIFO((tmp_path / "model.safetensors").stat().st_mode)


@POSIX
def test_the_folder_of_a_link_is_that_of_what_it_names(tmp_path, capsys):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone" / "model")
    assert cli.main(["--save", str(link)]) == 1
    assert "its folder is missing" in capsys.readouterr().err
    (tmp_path / "gone").mkdir()
    assert cli.main(["--save", str(link)]) == 0
    assert link.is_symlink()
    assert link.is_file()


def test_output_that_cannot_be_written_whole(tmp_path, capsys):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    words = tmp_path / "words.txt"
    words.write_text("emma\nava\n", encoding="utf-8")
    assert cli.main(["score", str(words), "--output", "/dev/full"]) == 1
    assert "cannot write all of /dev/full: No space left" in capsys.readouterr().err


def test_a_table_of_scores_is_whole_or_not_there(tmp_path, monkeypatch, capsys):
    def to_csv(table, path, **form):
        Path(path).write_text("word,log_likeli", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    words, table = tmp_path / "words.txt", tmp_path / "scores.csv"
    words.write_text("emma\nava\n", encoding="utf-8")
    table.write_text("of yesterday", encoding="utf-8")
    command = ["score", str(words), "--output", str(table)]
    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_csv", to_csv)
        assert cli.main(command) == 1
    error = f"cannot write all of {table}: No space left on device; what was there is as before\n"
    assert error in capsys.readouterr().err
    assert table.read_text(encoding="utf-8") == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scores.csv", "words.txt"]
    assert cli.main(command) == 0
    assert len(table.read_text(encoding="utf-8").splitlines()) == 3


def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch):
    url = "http://127.0.0.1:9/names.txt"  # where nobody listens
    monkeypatch.setattr("sklearn_makemore.datasets._fetch.URL", url)
    with pytest.raises(OSError, match=r"names\.txt could not be downloaded to .*data_home="):
        with pytest.warns(UserWarning, match="Retry"):
            fetch_names(data_home=tmp_path, n_retries=1, delay=0)
    assert list(tmp_path.iterdir()) == []
