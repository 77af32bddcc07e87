"""Words of a given form, blanks filled and the likeliest words, from the command line."""

import csv
import io
import re
import subprocess
import sys

import numpy as np
import pytest

from sklearn_makemore import BigramCountLM, NGramCountLM
from sklearn_makemore.cli import main
from sklearn_makemore.cli._options import lengths_of
from sklearn_makemore.cli._shell_words import in_shell_words
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.io import load as io_load
from sklearn_makemore.io import save as io_save

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "nora"]


@pytest.fixture
def words_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("\n".join(WORDS), encoding="utf-8")
    return str(path)


@pytest.fixture
def work_dir(tmp_path):
    io_save(NGramCountLM(order=3).fit(WORDS), tmp_path / "model.safetensors")
    return str(tmp_path)


def printed(arguments, capsys):
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def table(arguments, capsys):
    return list(csv.DictReader(io.StringIO(printed(arguments, capsys))))


def error_of(arguments, capsys, status=1):
    try:
        found = main(arguments)
    except SystemExit as end:
        found = end.code
    captured = capsys.readouterr()
    assert found == status
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("sklearn-makemore: error: ")
    return captured.err


class Stdin(io.TextIOWrapper):
    def __init__(self, data):
        super().__init__(io.BytesIO(data), encoding="ascii")


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ("--pattern [^aeiou].*a --length 5-8", "[^aeiou].{3,6}a"),
        ("--pattern .*l.* --ends-with ia --prefix a", "a.*l.*ia"),
        ("--suffix na --starts-with l", "l.*na"),
        ("--length 4", ".{4}"),
        ("--length -3", ".{1,3}"),
        ("--length 6-", ".{6,}"),
        ("--pattern [a-m]*", "[a-m]+"),
    ],
)
def test_words_have_the_form_that_is_asked_for(options, form, words_file, capsys):
    lines = printed(["-i", words_file, "-n", "30", *options.split()], capsys).splitlines()[2:]
    assert len(lines) == 30
    assert all(re.fullmatch(form, line.split("\t")[2]) for line in lines)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("7", (7, 7)), ("5-8", (5, 8)), ("5-", (5, None)), ("-8", (1, 8)), ("0-5", (1, 5))],
)
def test_lengths_are_a_number_or_a_range(text, lengths):
    assert lengths_of(text) == lengths


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--length x", "argument --length: takes 7, 5-8, 5- or -8, got 'x'"),
        ("--length -", "takes 7, 5-8, 5- or -8"),
        ("--length 5-8-", "takes 7, 5-8, 5- or -8"),
        ("--length ٣", "takes 7, 5-8, 5- or -8"),
        ("--length 8-5", "the fewer symbols come first, got 8-5"),
        ("--length 0", "files have no empty words"),
        ("--length -0", "files have no empty words"),
        ("-n 0", "argument -n/--n-samples: takes a whole number, 1 or more, got '0'; see 'skl"),
        ("-n ten", "takes a whole number, 1 or more, got 'ten'"),
        ("complete m? -n 0", "argument -n: takes a whole number, 1 or more"),
        ("enumerate -n -1", "argument -n: takes a whole number, 1 or more"),
        ("enumerate --length 5-8", "only the most is known here, such as -8; for the least, too, "),
        ("enumerate --length 7", "give --pattern '.{7}'; see 'sklearn-makemore enumerate -h'"),
        ("enumerate --length 5-", "give --pattern '.{5,}'"),
        ("enumerate emma", "unrecognized arguments: emma;"),
        ("--depth 3", "unrecognized arguments: --depth 3; see"),
        ("fill m?", "unrecognized arguments: fill m?; verbs (score, complete, enumerate) come"),
        ("-n 3 score", "unrecognized arguments: score; verbs (score, complete, enumerate) come"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(arguments, message, capsys):
    assert message in error_of(arguments.split(), capsys, status=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pattern", ""], "No word of the model meets --pattern '', the empty word left out"),
        (["--pattern", "x*"], "left out. The model does not know 'x'."),
        (["--pattern", "q+", "--top-k", "3"], "meets --pattern 'q+' and --top-k 3 together"),
        (["--pattern", "("], "--pattern '(' is no regular expression: missing ), unterminated"),
        (["--pattern", "a(?=b)"], "--pattern 'a(?=b)' has look-around at position 1"),
        (["--pattern", "a{19999}"], "give smaller repeats, or say lengths with --length."),
        (["--prefix", "emma", "--length", "-3"], "--prefix 'emma' has 4 symbols, more than --le"),
        (["--ends-with", "漢"], "--ends-with '漢': the model does not know '漢', so"),
        (["enumerate", "--pattern", "x*"], "no word of the model is as asked for, the empty word"),
        (["enumerate", "--prefix", "漢"], "--prefix '漢': The model does not know these"),
        (["enumerate", "--prefix", "emma", "--length", "-3"], "more than --length -3."),
        (["enumerate", "--exclude-file", "/no/such"], "cannot read /no/such: No such file"),
        (["enumerate", "-i", "-", "--exclude-file", "-"], "only one of --input-file and --exclude"),
        (["complete", "-i", "-"], "only one of --input-file and WORD can be standard input"),
        (["complete", "m__"], "no blank ? in 'm__': write ? for each missing symbol, or say with"),
        (
            ["complete", "漢?"],
            "WORD '漢?': the model does not know '漢', which is not --blank '?' either",
        ),
        (["complete", "ma?", "--blank", "a"], "--blank 'a' is a symbol of the model, too: write"),
        (["complete", "??", "--blank", "??"], "--blank '??' is no single symbol"),
        (["complete", "q?", "-p", "smoothing=0"], "no word of the model fits q?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_speak_of_options(arguments, message, words_file, capsys):
    options = [] if "-i" in arguments else ["-i", words_file, "-p", "alphabet=aehilmnopqrsuvb"]
    error = error_of([*arguments, *options], capsys)
    assert message in error
    assert not re.search("(?<!-p )\\b[a-z_]+=", error)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("top_k=5 and top_p=0.5", "--top-k 5 and --top-p 0.5"),
        (
            "Rejected: 9 by min_length=3, 2 by max_length=8.",
            "Rejected: 9 by --length 3-, 2 by --le",
        ),
        ("Give a prefix or a max_length, or ask", "Give --prefix or --length, or ask"),
        ("pattern='prefix=a+' is", "--pattern 'prefix=a+' is"),
        ("the model's words: suffix=, prefix= or", "the model's words: --ends-with, --prefix or"),
        ('pattern="it\'s pattern=" has', '--pattern "it\'s pattern=" has'),
        ("exclude, word at position 3: ", "--exclude-file, word at position 3: "),
        ("give prefix=, suffix= or predicate=, or use complete().", "or use the verb complete."),
        ("Fit with alphabet= naming", "Fit with -p alphabet= naming"),
        ("handle_unknown='unknown'", "-p handle_unknown='unknown'"),
        ("The 'smoothing' parameter of X must be", "The 'smoothing' parameter of X must be"),
    ],
)
def test_the_words_of_python_become_those_of_the_shell(message, expected):
    assert expected in in_shell_words(message)


def test_blanks_are_filled_as_the_model_does(work_dir, capsys):
    rows = table(["complete", "-o", work_dir, "em??", "-n", "3", "?va", "-n", "2"], capsys)
    assert [row["given"] for row in rows] == ["em??"] * 2 + ["?va"] * 2
    model = io_load(f"{work_dir}/model.safetensors")
    for given in ("em??", "?va"):
        expected = model.complete(given, 2)
        some = [row for row in rows if row["given"] == given]
        assert [row["word"] for row in some] == expected["word"].tolist()
        assert [float(row["proba"]) for row in some] == expected["proba"].tolist()


@pytest.mark.parametrize("words", [[], ["-"]])
def test_words_with_blanks_come_from_standard_input(words, work_dir, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Stdin(b"em_a\n\n _va\n"))
    rows = table(["complete", "-o", work_dir, "-n", "1", "--blank", "_", *words], capsys)
    assert [(row["given"], row["word"]) for row in rows] == [("em_a", "emma"), ("_va", "ava")]


def test_who_types_words_is_told_so(work_dir, monkeypatch, capsys):
    stdin = Stdin(b"em?a\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["complete", "-o", work_dir]) == 0
    assert capsys.readouterr().err.startswith("sklearn-makemore: reading words from the keyboard")


@pytest.mark.filterwarnings("default:no word of the model fits")
def test_blanks_that_nothing_fills_are_a_warning_beside_others(words_file, capsys):
    assert main(["complete", "-i", words_file, "-p", "smoothing=0", "vo?", "e?ma"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "sklearn-makemore: warning: no word of the model fits vo?\n"
    assert [row["word"] for row in csv.DictReader(io.StringIO(captured.out))] == ["emma"]


def test_the_likeliest_words_in_order(work_dir, tmp_path, capsys):
    model = io_load(f"{work_dir}/model.safetensors")
    rows = table(["enumerate", "-o", work_dir, "-n", "20"], capsys)
    words, log_proba = model.most_likely(20, exclude=[""])
    assert [row["word"] for row in rows] == words.tolist()
    assert [float(row["log_likelihood"]) for row in rows] == log_proba.tolist()
    assert len(table(["enumerate", "-o", work_dir], capsys)) == 100
    seen = tmp_path / "seen.txt"
    seen.write_text("emma\nżółw\n" + "".join(f"{word}\n" for word in words[:3]), encoding="utf-8")
    options = "--pattern [^aeiou]+.* --ends-with a --length -4 -n 5 --exclude-file".split()
    rows = table(["enumerate", "-o", work_dir, *options, str(seen)], capsys)
    expected, _ = model.most_likely(
        5, pattern="[^aeiou]+.*", suffix="a", max_length=4, exclude=["emma", *words[:3]]
    )
    assert [row["word"] for row in rows] == expected.tolist()


def test_no_empty_word_is_listed_and_few_words_are_all_listed(tmp_path, capsys):
    model = BigramCountLM(smoothing=0).fit(["", "", "a", "b,", "\x1b\n"])
    io_save(model, tmp_path / "model.safetensors")
    assert model.most_likely(1)[0].tolist() == [""]
    nothing = tmp_path / "nothing"
    nothing.touch()
    options = ["-o", str(tmp_path), "--exclude-file", str(nothing)]
    out = printed(["enumerate", *options], capsys)
    assert sorted(row["word"] for row in csv.DictReader(io.StringIO(out))) == [
        *("\\x1b\\n", "a", "b,")
    ]
    assert len(out.splitlines()) == 4


def test_a_search_that_is_given_up_ends_with_an_error(work_dir, monkeypatch, capsys):
    def iter_likely(self, **asked):
        yield "emma", -1.5
        raise SamplingError("Found 1 likeliest words. Give a prefix or a max_length.")

    monkeypatch.setattr(NGramCountLM, "iter_likely", iter_likely)
    assert main(["enumerate", "-o", work_dir]) == 1
    captured = capsys.readouterr()
    assert captured.out == "word,log_likelihood\nemma,-1.5\n"
    assert captured.err.endswith("Found 1 likeliest words. Give --prefix or --length.\n")


def test_a_list_that_is_not_read_to_its_end_ends_quietly(work_dir):
    command = f"'{sys.executable}' -m sklearn_makemore enumerate -o '{work_dir}' -n 99999 | head -2"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"word,log_likelihood\n")
    assert done.stdout.count(b"\n") == 2


@pytest.mark.parametrize(
    ("symbols", "given", "word"), [("split", "P  ? T", "P AE T"), ("token", "P ? T", "P AE T")]
)
def test_symbols_that_are_not_characters(symbols, given, word, tmp_path, capsys):
    lines = ["P R AA", "K AE T", "D AO G", "P AE T"]
    words = [tuple(line.split()) for line in lines] if symbols == "token" else lines
    io_save(NGramCountLM(order=3, symbols=symbols).fit(words), tmp_path / "model.safetensors")
    (row,) = table(["complete", "-o", str(tmp_path), given, "-n", "1"], capsys)
    assert (row["given"], row["word"]) == (given, word)
    known = tmp_path / "known.txt"
    known.write_text("K  AE T\n", encoding="utf-8")
    asked = ["--ends-with", "AE T", "--exclude-file", str(known), "--length", "-3", "-n", "1"]
    (row,) = table(["enumerate", "-o", str(tmp_path), *asked], capsys)
    assert row["word"] == word
    error = error_of(["enumerate", "-o", str(tmp_path), "--pattern", "P.*"], capsys)
    assert "give --prefix, --ends-with or grep on the output, or use the verb complete." in error


def test_verbs_fit_and_save_as_score_does(words_file, tmp_path, capsys):
    path = str(tmp_path / "model")
    options = ["-i", words_file, "--type", "ngram", "-p", "order=2"]
    rows = table(["enumerate", *options, "--save", path, "-n", "5"], capsys)
    model = io_load(path)
    assert model.order == 2
    np.testing.assert_allclose(
        [float(row["log_likelihood"]) for row in rows],
        NGramCountLM(order=2, length="calibrated").fit(WORDS).most_likely(5, exclude=[""])[1],
    )
    assert table(["enumerate", "--load", path, "-n", "5"], capsys) == rows
    assert table(["complete", "em??", *options], capsys) == table(
        ["complete", "em??", "--load", path], capsys
    )
