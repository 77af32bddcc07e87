"""Locales, encodings, line endings, time zones and paths of other machines."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sklearn_makemore import BigramCountLM, CharLMClassifier, NGramCountLM, cli, io

ROOT = Path(__file__).parents[1]

# Reads and writes words beyond ASCII in every way there is.
EVERYTHING = """
import locale
import sys
from pathlib import Path
from sklearn_makemore import NGramCountLM, cli, io
from sklearn_makemore.datasets import load_names

locale.setlocale(locale.LC_ALL, "")  # as programs do that show numbers to people
folder = Path(sys.argv[1])
names = load_names()
assert "è" in "".join(names.data)
words = ["zoë", "søren", "日本", "\\U0001f600", "ñandú"]
model = NGramCountLM(order=2, boundary="é").fit(words)
io.save(model, folder / "model.safetensors")
assert (io.load(folder / "model.safetensors").score_samples(words)
        == model.score_samples(words)).all()
for name in ("model.arpa", "model.arpa.gz"):
    io.write_arpa(model, folder / name)
    read = io.read_arpa(folder / name)
    assert abs(read.score_samples(words) - model.score_samples(words)).max() < 1e-9
source = folder / "noms propres.txt"
source.write_text("\\n".join(words), encoding="utf-8")
assert cli.main(["-i", str(source), "-n", "3", "--seed", "1"]) == 0
assert cli.main(["score", str(source), "-i", str(source)]) == 0
assert cli.main(["score", str(source), "-i", str(source), "--output", str(folder / "o.csv")]) == 0
assert (folder / "o.csv").read_text(encoding="utf-8").split("\\n")[3].startswith("日本,-")
"""


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kathmandu"}


def run(folder, *options, **variables):
    """Run everything with these environment variables.

    Returns what it printed, the files by name, and warnings that name files of the library.
    """
    (folder / "script.py").write_text(EVERYTHING, encoding="utf-8")
    environment = {**os.environ, **variables}
    environment.pop("PYTHONIOENCODING", None)
    places = [str(ROOT), environment.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
    done = subprocess.run(
        [sys.executable, *options, "script.py", "."],  # the path may be shown otherwise
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(files) == 6
    warned = done.stderr.decode(errors="replace").splitlines()
    here = [line for line in warned if "Warning" in line and "sklearn_makemore" in line]
    return done.stdout.decode(), files, here


def test_no_locale_or_time_zone_changes_what_is_read_or_written(tmp_path):
    told, files, warned = run(tmp_path, PYTHONUTF8="1", TZ="UTC")
    assert not warned
    assert "zoë" in told
    assert "日本" in told
    assert run(tmp_path, **PLAIN) == (told, files, [])


def test_every_file_is_opened_with_its_encoding(tmp_path):
    options = ("-X", "warn_default_encoding", "-W", "always::EncodingWarning")
    assert run(tmp_path, *options, PYTHONUTF8="0")[2] == []


def available_locale(*names):
    """Return the first of some locales that this machine has."""
    code = "import locale, sys; locale.setlocale(locale.LC_ALL, sys.argv[1])"
    for name in names:
        command = [sys.executable, "-c", code, name]
        if not subprocess.run(command, capture_output=True, check=False).returncode:
            return name
    pytest.skip(f"none of {names} here")


def test_a_decimal_comma_changes_nothing(tmp_path):
    name = available_locale("de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE", "German_Germany")
    assert run(tmp_path, LC_ALL=name, PYTHONUTF8="0") == run(tmp_path, PYTHONUTF8="1")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_words_of_files_from_other_systems(tmp_path, capsys, ending, mark):
    path = tmp_path / "words.txt"
    path.write_bytes((mark + ending.join(["emma", " zoë ", "", "ava", ""])).encode())
    assert cli.read_words(str(path)) == ["emma", "zoë", "ava"]


def test_arpa_files_with_line_ends_of_windows(tmp_path):
    model = NGramCountLM(order=2).fit(["ab", "ba"])
    io.write_arpa(model, tmp_path / "model.arpa")
    data = (tmp_path / "model.arpa").read_bytes()
    assert b"\r" not in data
    (tmp_path / "model.arpa").write_bytes(data.replace(b"\n", b"\r\n"))
    again = io.read_arpa(tmp_path / "model.arpa")
    np.testing.assert_allclose(again.score_samples(["ab"]), model.score_samples(["ab"]))


@pytest.mark.parametrize("name", ["a b", "naïve 日本", "~", "%41", "#?&", "-o", "x" * 200])
@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_paths_of_every_kind(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)  # so that '~' is a file here, not the home folder
    path = kind(name)
    model = BigramCountLM().fit(["ab"])
    io.save(model, path)
    assert io.load(path).score(["ab"]) == model.score(["ab"])
    if kind is not os.fsencode:
        io.write_arpa(NGramCountLM(order=2).fit(["ab"]), path)
        assert io.read_arpa(path).symbols_.tolist() == [".", "a", "b"]
    assert os.listdir(tmp_path) == [name]


def test_words_that_differ_after_a_nul_are_different():
    """Before 3.1, pandas numbers words up to a NUL."""
    words = ["a\0b", "a\0c", "a", "", "\0"]
    classifier = CharLMClassifier(BigramCountLM()).fit([*words, "b"], [0, 1] * 3)
    rows = classifier.explain(words)
    assert rows.groupby("word").size().tolist() == [len(word) + 1 for word in words]
