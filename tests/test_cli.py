"""The command line as a person or a pipe uses it."""

import csv
import errno
import io
import os
import subprocess
import sys
import warnings
import zlib
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    NGramCountLM,
    __version__,
)
from sklearn_makemore.cli import main
from sklearn_makemore.cli._models import literal
from sklearn_makemore.cli._options import MODELS
from sklearn_makemore.io import load as io_load
from sklearn_makemore.io import save as io_save
from sklearn_makemore.io import write_arpa
from sklearn_makemore.utils.discovery import all_estimators

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "luna", "nora"]


@pytest.fixture
def words_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("\n".join(WORDS * 2), encoding="utf-8")
    return str(path)


class Stdin(io.TextIOWrapper):
    def __init__(self, data):
        super().__init__(io.BytesIO(data), encoding="ascii")


def test_no_arguments_show_the_main_job(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("# BigramCountLM fitted on 10,505 words of the bundled names")
    assert "held-out score: -2.6" in out[1]
    lines = [line.split("\t") for line in out[2:]]
    assert len(lines) == 10
    assert {line[0] for line in lines} <= {"new", "known"}
    assert all(float(line[1]) < 0 for line in lines)
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines() == out


def test_words_are_marked_and_scored(words_file, capsys):
    assert main(["-i", words_file, "-n", "200", "--seed", "1", "-p", "smoothing=0"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert "on 18 words of" in out[0]
    assert "on 2 other words" in out[1]
    lines = [line.split("\t") for line in out[2:]]
    assert len(lines) == 200
    assert all((word in WORDS) == (mark == "known") for mark, _, word in lines)
    assert {mark for mark, _, _ in lines} == {"new", "known"}


def test_sampling_options(words_file, capsys):
    options = "--prefix em --temperature 0.8 --top-k 5 --top-p 0.95 -n 20".split()
    assert main(["-i", words_file, *options]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert all(line.split("\t")[2].startswith("em") for line in lines)
    assert main(["-i", words_file, "--top-k", "-1"]) == 0
    free = capsys.readouterr().out
    assert main(["-i", words_file]) == 0
    assert capsys.readouterr().out == free


def test_too_few_words_to_hold_some_out(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Stdin(b"ab\nba\n"))
    assert main(["-i", "-"]) == 0
    assert "no held-out score" in capsys.readouterr().out


def test_parameters_and_types(words_file, capsys):
    for name in ("BigramCountLM", "bigram", "BIGRAMCOUNT"):
        assert (
            main(["-i", words_file, "--type", name, "-p", "smoothing=0.5", "--device", "cpu"]) == 0
        )
        assert capsys.readouterr().out.startswith("# BigramCountLM")


def test_score_writes_csv(words_file, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "stdin", Stdin("\ufeffemma\r\n\n  żółw \n".encode()))
    assert main(["score", "-i", words_file]) == 0
    out = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["word"] for row in rows] == ["emma", "żółw"]
    assert [row["n_unknown"] for row in rows] == ["0", "4"]
    assert [row["n_symbols"] for row in rows] == ["5", "5"]
    expected = BigramCountLM().fit(WORDS * 2).score_samples(["emma", "żółw"])
    np.testing.assert_allclose([float(row["log_likelihood"]) for row in rows], expected)
    words, result = tmp_path / "others.txt", tmp_path / "scores.csv"
    words.write_text("emma\nżółw\n", encoding="utf-8")
    assert main(["score", "-i", words_file, str(words), "--output", str(result)]) == 0
    assert capsys.readouterr().out == ""
    assert result.read_text(encoding="utf-8") == out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-i", "/no/such/file"], "cannot read /no/such/file: No such file or directory"),
        (["-i", "{tmp}"], "cannot read {tmp}: Is a directory"),
        (["-i", "{empty}"], "{empty} has no words"),
        (["-i", "{binary}"], "{binary} is not UTF-8 (byte 0xff at offset 2)"),
        (["--type", "perceptron"], "--type perceptron fits none of BagOfCharsLM, BigramCountLM"),
        (["--device", "cuda"], "BigramCountLM has no device to choose, got --device cuda"),
        (["-p", "smoothing"], "--param takes NAME=VALUE"),
        (["-p", "depth=3"], "--param takes NAME=VALUE"),
        (["-p", "random_state=3"], "--param takes NAME=VALUE"),
        (["-p", "smoothing=-1"], "'smoothing' parameter"),
        (["--temperature", "-1"], "--temperature must be a float"),
        (["--top-k", "0"], "--top-k must be an int"),
        (["--prefix", "漢"], "--prefix '漢': The model does not know these characters"),
        (["-i", "a\0b"], "cannot read a\0b: embedded null byte"),
        (["-p", "smoothing={{[]: 1}}"], "'smoothing' parameter"),
        (["-p", "smoothing=" + "(" * 500], "'smoothing' parameter"),
        (["-p", "smoothing=1" + "0" * 400], "'smoothing' parameter"),
        (
            ["-i", "{words}", "--type", "neural", "-p", "solver=gd", "-p", "learning_rate=1e308"],
            "lower learning_rate",
        ),
        (["score", "-i", "-", "-"], "only one of"),
        (["score", "/no/such/file"], "cannot read /no/such/file"),
        (["score", "{words}", "--output", "/no/such/folder/x.csv"], "its folder is missing"),
        (["score", "{words}", "--output", "{words}"], "--output and WORDS both name {words}"),
        (["score", "{words}", "--save", "{tmp}/n", "--output", "{tmp}/n"], "--output and --save"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_are_one_line(arguments, message, tmp_path, words_file, capsys):
    (tmp_path / "empty").write_text(" \n\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"ab\xff")
    places = {
        "tmp": tmp_path,
        "empty": tmp_path / "empty",
        "binary": tmp_path / "binary",
        "words": words_file,
    }
    assert main([argument.format(**places) for argument in arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("sklearn-makemore: error: ")
    assert message.format(**places) in captured.err


@pytest.mark.parametrize(
    "arguments", [["-h"], ["score", "-h"], ["complete", "-h"], ["enumerate", "-h"], ["--version"]]
)
def test_help_and_version(arguments, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    out = capsys.readouterr().out
    assert __version__ in out or "usage: sklearn-makemore" in out
    assert max(map(len, out.splitlines())) < 80


def run(arguments, **options):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-W", "error", "-m", "sklearn_makemore", *arguments]
    return subprocess.run(command, capture_output=True, env=environment, **options)


def test_a_pipe_in_any_locale():
    done = run(["score", "-"], input="żółw\n".encode())
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines()[1].startswith("żółw,")


@pytest.mark.parametrize(
    ("redirection", "message"),
    [("-i - <&-", "standard input is closed"), ("-n 1 >&-", "standard output is closed")],
)
def test_closed_standard_streams(redirection, message):
    command = f"'{sys.executable}' -m sklearn_makemore {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True)
    assert done.returncode == 1
    assert done.stderr.decode() == f"sklearn-makemore: error: {message}\n"


def test_carriage_returns_end_lines(words_file, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Stdin(b"ab\rba\r\nb\n"))
    assert main(["score", "-i", words_file]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split(",")[0] for row in rows] == ["word", "ab", "ba", "b"]


def test_digits_may_be_an_alphabet(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Stdin(b"11\n12\n"))
    assert main(["-i", "-", "-p", "alphabet=123", "-p", "boundary=0", "-n", "3"]) == 0
    assert "4 symbols" in capsys.readouterr().out


def test_words_with_line_breaks_are_printed_on_one_line(tmp_path, capsys):
    path = tmp_path / "model"
    words = ["a\nb", "\tc\r", "\x1b[2J", "\u2028", "\x85", "👩\u200d🚀"]
    model = BigramCountLM(smoothing=0).fit(words)
    io_save(model, path)
    lines = printed(["--load", str(path), "-n", "60"], capsys)[2:]
    assert len(lines) == 60
    expected = model.sample(60, random_state=3407, min_length=1)
    shown = [line.split("\t")[2] for line in lines]
    assert shown == [
        word.translate(str.maketrans({c: repr(c)[1:-1] for c in "\n\t\r\x1b\u2028\x85"}))
        for word in expected
    ]
    assert {"a\\nb", "\\x1b[2J", "\\u2028", "👩\u200d🚀"} <= set(shown)


def test_no_empty_words_are_printed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Stdin(b"a\nb\n"))
    assert main(["-i", "-", "-n", "50"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert all(line.split("\t")[2] for line in lines)


def test_a_closed_pipe_is_no_error():
    command = f"'{sys.executable}' -m sklearn_makemore -n 100000 | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True)
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


def printed(arguments, capsys):
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_a_saved_model_needs_no_words(words_file, tmp_path, capsys):
    path = str(tmp_path / "model.safetensors")
    fitted = printed(["-i", words_file, "-p", "smoothing=0.5", "--save", path], capsys)
    loaded = printed(["--load", path], capsys)
    assert loaded[0] == f"# BigramCountLM loaded from {path}, 15 symbols"
    assert loaded[1] == "# no score: no --input-file"
    assert [line.split("\t")[1:] for line in loaded[2:]] == [
        line.split("\t")[1:] for line in fitted[2:]
    ]
    assert {line.split("\t")[0] for line in loaded[2:]} == {"?"}
    compared = printed(["--load", path, "-i", words_file], capsys)
    assert compared[1].endswith(f"on 20 words of {words_file}")
    assert compared[2:] == fitted[2:]
    assert printed(["--load", path, "--seed", "5"], capsys)[2:] != loaded[2:]


def test_score_with_a_saved_model(words_file, tmp_path, capsys):
    path = str(tmp_path / "model.safetensors")
    fitted = printed(["score", "-i", words_file, words_file, "--save", path], capsys)
    assert printed(["score", "--load", path, words_file], capsys) == fitted
    assert io_load(path).handle_unknown == "penalty"


def test_a_work_directory_is_made_resumed_and_sampled_from(words_file, tmp_path, capsys):
    folder = tmp_path / "new" / "out"
    options = ["-i", words_file, "-o", str(folder), "--seed", "5"]
    model = ["--type", "neural", "-p", "solver=gd", "-p", "max_steps=20"]
    first = printed([*options, *model], capsys)
    assert os.listdir(folder) == ["model.safetensors"]
    before = io_load(folder / "model.safetensors")
    assert before.n_steps_ == 20
    again = printed([*options, "--sample-only"], capsys)
    assert again[2:] == first[2:]
    assert io_load(folder / "model.safetensors").n_steps_ == 20
    resumed = printed([*options, "--resume", "-p", "max_steps=30"], capsys)
    after = io_load(folder / "model.safetensors")
    assert after.n_steps_ == after.max_steps == 30
    assert after.loss_curve_[0] < 0.7 * before.loss_curve_[0]
    assert "model.safetensors and trained on 18 words of" in resumed[0]
    assert resumed[1].startswith("# held-out score")
    assert "the trained model is saved in" in resumed[2]


HELD_OUT = [word for word in WORDS if zlib.crc32(word.encode()) % 10 == 0]


@pytest.fixture
def trained(words_file, tmp_path, capsys):
    """A folder with a model, and the options that train it further."""
    folder = tmp_path / "d"
    options = ["-i", words_file, "-o", str(folder)]
    printed([*options, "--type", "neural", "-p", "solver=gd", "-p", "max_steps=20"], capsys)
    return folder / "model.safetensors", [*options, "--resume"]


@pytest.mark.filterwarnings("ignore:The loss of")
def test_training_that_makes_a_model_worse_leaves_the_file(trained, words_file, capsys):
    path, options = trained
    before, model = path.read_bytes(), io_load(path)
    sampled = printed(["-o", str(path.parent), "--sample-only", "-i", words_file], capsys)
    worse = ["-p", "max_steps=30", "-p", "learning_rate=300"]
    lines = printed([*options, *worse], capsys)
    assert path.read_bytes() == before
    score = f"{model.score(HELD_OUT * 2):.4f}"
    assert lines[0] == f"# NeuralBigramLM loaded from {path}, 15 symbols"
    assert lines[1].startswith(f"# held-out score: {score} nats")
    assert lines[2].startswith(f"# held-out score before the training {score}, after it -")
    assert lines[2].endswith(f"; the model before is kept: {path} is unchanged")
    assert lines[3:] == sampled[2:]
    # Another file, or --overwrite, takes the worse one.
    other = f"{path}.other"
    lines = printed(
        ["-i", words_file, "--load", str(path), "--resume", "--save", other, *worse], capsys
    )
    assert lines[2].endswith(f"; the trained model is saved in {other}")
    assert path.read_bytes() == before
    assert io_load(other).score(HELD_OUT) < model.score(HELD_OUT)
    printed([*options, *worse, "--overwrite"], capsys)
    assert io_load(path).score(HELD_OUT) == io_load(other).score(HELD_OUT)


def test_training_is_not_compared_without_held_out_words(trained, tmp_path, capsys):
    path, options = trained
    few = tmp_path / "few.txt"
    few.write_text("emma\nava", encoding="utf-8")
    before = path.read_bytes()
    lines = printed([*options, "-i", str(few)], capsys)
    assert lines[1] == "# no held-out score: too few different words"
    assert lines[2] == (
        "# not compared with the model before: no held-out words; the trained model is saved in "
        f"{path}"
    )
    assert path.read_bytes() != before


def test_training_without_a_file_to_save_saves_nothing(trained, words_file, capsys):
    path, _ = trained
    before = path.read_bytes()
    lines = printed(["-i", words_file, "--load", str(path), "--resume"], capsys)
    assert lines[2].endswith("; nothing was saved")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "ways"),
    [
        ("-o {d}", "use it with --sample-only, train it further with --resume, replace it with"),
        ("--save {m}", "use it with --load, train it further with --load, --resume and --save,"),
        ("--save {link}", "use it with --load, train it further"),
        ("score {words} --save {m}", "use it with --load, replace it with --overwrite, or"),
        ("--load {other} --resume --save {m}", "use it with --load, train it further"),
    ],
)
def test_a_model_is_replaced_only_if_asked_for(arguments, ways, words_file, tmp_path, capsys):
    places = {"d": tmp_path / "d", "m": tmp_path / "d" / "model.safetensors", "words": words_file}
    places |= {"other": tmp_path / "other", "link": tmp_path / "link"}
    places["link"].symlink_to(places["m"])
    printed(["-i", words_file, "-o", str(places["d"]), "--type", "ngram"], capsys)
    printed(["-i", words_file, "--save", str(places["other"])], capsys)
    before = places["m"].read_bytes()
    options = [*arguments.format(**places).split(), "-i", words_file]
    assert main(options) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert " already holds a model (NGramCountLM): " in captured.err
    assert ways.format(**places) in captured.err
    assert places["m"].read_bytes() == before
    assert main([*options, "--overwrite"]) == 0
    assert type(io_load(places["m"])) is BigramCountLM
    assert places["link"].is_symlink()


@pytest.mark.parametrize("verb", [[], ["score"]])
@pytest.mark.parametrize("flags", [[], ["--overwrite"]])
def test_what_is_no_model_is_not_replaced(verb, flags, words_file, tmp_path, capsys):
    model, broken, empty = (tmp_path / name for name in ("model", "broken", "empty"))
    printed(["-i", words_file, "--save", str(model)], capsys)
    broken.write_bytes(model.read_bytes()[:-1])
    empty.touch()
    words = [words_file] if verb else []
    for path in (words_file, str(broken)):
        before = Path(path).read_bytes()
        assert main([*verb, *words, "--save", path, *flags]) == 1
        error = f"cannot save to {path}: it exists and is no model that can be read"
        assert error in capsys.readouterr().err
        assert Path(path).read_bytes() == before
    printed([*verb, *words, "--save", str(empty), *flags], capsys)
    assert type(io_load(empty)) is BigramCountLM


def test_a_file_that_may_not_be_read_is_not_replaced(words_file, tmp_path, monkeypatch, capsys):
    path = tmp_path / "model"
    printed(["-i", words_file, "--save", str(path)], capsys)
    before = path.read_bytes()

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:  # root may read everything
        patch.setattr("sklearn_makemore.io.load", refuse)
        for flags in ([], ["--overwrite"]):
            assert main(["--save", str(path), *flags]) == 1
            assert "is no model that can be read" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_types_are_the_language_models_that_numbers_and_text_make():
    assert sorted(MODELS) == [
        name for name, kind in all_estimators() if "estimators" not in signature(kind).parameters
    ]


def test_models_that_count_do_without_torch(words_file, tmp_path):
    code = (
        "import sys\n"
        "from sklearn_makemore.cli import main\n"
        "words, model = sys.argv[1:]\n"
        "commands = ['-i {w} --type ngram --save {m}', '-i {w} -p smoothing=0.1',\n"
        "    '--load {m} -n 3', '-i {w} --load {m} --resume --save {m}', 'score {w} --load {m}',\n"
        "    '-i {w} --type bigram+ngram', 'score -i {w} {w} --output {m}.csv',\n"
        "    'complete --load {m} e?ma', 'enumerate --load {m} -n 3 --pattern .*a']\n"
        "for command in commands:\n"
        "    assert main(command.format(w=words, m=model).split()) == 0\n"
        "    print('torch' in sys.modules, command, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, words_file, str(tmp_path / "model")]
    done = subprocess.run(command, capture_output=True, check=True)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 9
    assert all(line.startswith("False ") for line in lines), lines


def test_a_loaded_model_is_trained_and_saved_elsewhere(words_file, tmp_path, capsys):
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    printed(["-i", words_file, "--save", old], capsys)
    printed(["-i", words_file, "--load", old, "--resume", "--save", new], capsys)
    np.testing.assert_array_equal(io_load(new).counts_, 2 * io_load(old).counts_)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--load {m} -o {tmp}", "--load and --work-dir both"),
        ("--save {m} -o {tmp}", "--save and --work-dir both"),
        ("-o {tmp} --resume --sample-only", "--resume trains and --sample-only does not"),
        ("--resume", "give --work-dir DIR or --load FILE"),
        ("--sample-only", "give --work-dir DIR or --load FILE"),
        ("--load {m} --type mlp", "--type is for a new model"),
        ("--load {m} --save {tmp}/n", "a loaded model is not trained without --resume"),
        ("--load {m} -p smoothing=1", "a loaded model is not trained without --resume"),
        ("--load {m} --overwrite", "a loaded model is not trained without --resume"),
        ("--overwrite", "give --save FILE or --work-dir DIR\n"),
        ("score {words} --overwrite", "give --save FILE\n"),
        ("score {words} --output {m}", "--output {m} holds a BigramCountLM"),
        ("-o {tmp} --sample-only --device cpu", "a loaded model is not trained without --resume"),
        ("score --load {m} -p smoothing=1", "a loaded model is not trained\n"),
        ("score --load {m} -i {words} {words}", "--input-file is to be fitted on"),
        ("score -o {tmp} -i {words} {words}", "--input-file is to be fitted on"),
        ("score -o {tmp} --save {tmp}/n {words}", "a loaded model is not trained\n"),
        ("score -o {tmp} --load {m} {words}", "--load and --work-dir both say where the model is"),
        ("score -o {tmp}/missing {words}", "cannot read {tmp}/missing/model.safetensors"),
        ("--load {m} --resume -p depth=3", "--param takes NAME=VALUE"),
        ("--load {m} --symbols split", "--symbols is for a new model"),
        ("--symbols words", "--symbols takes char, grapheme, split or re:PATTERN, got 'words'"),
        ("--symbols re:(", "--symbols re:( is no regular expression"),
        ("--symbols re:a*", "matches no empty string"),
        ("-i {words} --symbols re:[a-l]", "nothing at place 1"),
        ("-p symbols=split", "--param takes NAME=VALUE"),
        (
            "-o {tmp}/missing --sample-only",
            "cannot read {tmp}/missing/model.safetensors: No such file",
        ),
        ("-o {words}", "File exists: '{words}'"),
        ("--load {words}", "{words} is cut short or no safetensors file"),
        ("--load {tmp}", "Is a directory"),
        ("--save {tmp}", "cannot save to {tmp}"),
        ("--save {tmp}/no/model", "cannot save to {tmp}/no/model"),
    ],
)
def test_contradicting_model_files_are_one_error(arguments, message, words_file, tmp_path, capsys):
    model = tmp_path / "m"
    printed(["-i", words_file, "--save", str(model)], capsys)
    before = model.read_bytes()
    places = {"m": model, "tmp": tmp_path, "words": words_file}
    assert main([argument.format(**places) for argument in arguments.split()]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message.format(**places) in captured.err
    assert model.read_bytes() == before


def test_escapes_that_mean_nothing_are_read_without_a_warning():
    with warnings.catch_warnings(action="error"):
        assert literal(r"'\d'") == r"\d"


def test_a_number_is_one_where_the_default_is_a_word(words_file, tmp_path, capsys):
    path = str(tmp_path / "model")
    options = ["--type", "ngram", "-p", "smoothing=0.5", "-p", "order=2", "-p", "boundary=5"]
    printed(["-i", words_file, *options, "-p", "handle_unknown=unknown", "--save", path], capsys)
    model = io_load(path)
    assert (model.smoothing, model.order, model.boundary) == (0.5, 2, "5")
    assert model.handle_unknown == "unknown"


def test_a_mixture_is_fitted_and_trained_further(words_file, tmp_path, capsys):
    path = str(tmp_path / "model")
    options = ["-i", words_file, "--type", "bigram+mlp", "--device", "cpu", "-p", "weights=[1, 3]"]
    options += ["-p", "bigram__smoothing=0.5", "-p", "mlp__max_steps=20", "--save", path]
    out = printed(options, capsys)
    assert out[0].startswith("# MixtureLM fitted on 18 words")
    mixture = io_load(path)
    assert mixture.weights_.tolist() == [0.25, 0.75]
    assert mixture.named_estimators_["bigram"].smoothing == 0.5
    assert mixture.named_estimators_["mlp"].n_steps_ == 20
    assert mixture.named_estimators_["mlp"].device == "cpu"
    printed(["-i", words_file, "--load", path, "--resume", "--save", path], capsys)
    before, after = (m.named_estimators_["bigram"].counts_ for m in (mixture, io_load(path)))
    np.testing.assert_array_equal(after, 2 * before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--type bigram+mixture", "--type mixture fits none of"),
        ("--type bigram+n", "--type n may be any of NGramCountLM, NeuralBigramLM"),
        ("--type bigram+", "--type '' may be any of"),
        ("--type bigram+bigram", "names bigram twice: write it in two ways"),
        ("--type bigram+ngram --device cuda", "MixtureLM has no device to choose"),
        ("--type bigram+ngram -p smoothing=1", "one of alphabet, bigram, bigram__random_state"),
        ("--type bigram+ngram -p ngram__alphabet=ab", "got 'ngram__alphabet=ab'"),
        ("--type bigram+ngram -p ngram__boundary=x", "got 'ngram__boundary=x'"),
        ("--type bigram+ngram -p ngram__handle_unknown=unknown", "got 'ngram__handle_unknown"),
        ("--type bigram+ngram -p estimators=[]", "--param takes NAME=VALUE"),
    ],
)
def test_wrong_mixtures_are_one_error(options, message, words_file, capsys):
    assert main(["-i", words_file, *options.split()]) == 1
    assert message in capsys.readouterr().err


def test_a_type_twice_is_written_in_two_ways_and_spaces_do_not_matter(words_file, tmp_path, capsys):
    path = str(tmp_path / "model")
    options = ["--type", "ngram + NGramCount", "-p", "NGramCount__order=2", "--save", path]
    printed(["-i", words_file, *options], capsys)
    assert [model.order for model in io_load(path).estimators_] == [5, 2]


@pytest.mark.filterwarnings("default:lbfgs has not converged")
def test_a_warning_is_one_line(words_file, capsys):
    before = warnings.showwarning
    assert main(["-i", words_file, "--type", "neural", "-p", "max_steps=2"]) == 0
    line = "sklearn-makemore: warning: lbfgs has not converged in 2 steps: raise max_steps or tol."
    assert capsys.readouterr().err == line + "\n"
    assert warnings.showwarning is before


def test_no_folder_is_made_for_a_model_that_is_not_there(words_file, tmp_path, capsys):
    assert main(["-i", words_file, "-o", str(tmp_path / "nowhere"), "--resume"]) == 1
    assert "No such file" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "estimator",
    [CharLMClassifier(), CharLMOutlierDetector(), CrossFitTransformer(BigramCountLM())],
    ids=repr,
)
@pytest.mark.parametrize("verb", [[], ["score"], ["--resume"]])
def test_files_of_other_estimators_are_for_python(estimator, verb, words_file, tmp_path, capsys):
    path = tmp_path / "model"
    io_save(estimator.fit(WORDS, np.arange(len(WORDS)) % 2), path)
    assert main([*verb, "--load", str(path), *([words_file] if verb == ["score"] else [])]) == 1
    message = f"{path} holds a {type(estimator).__name__} and no language model"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("symbols", "lines", "marks"),
    [
        ("split", ["the  cat sat", "a cat", "the cat sat"], "known"),
        ("re:Cl|Br|.", ["CCl", "CBr", "CCl"], "known"),
        ("grapheme", ["e\u0301a", "ae\u0301"], "known"),
        ("char", ["ab", "ba"], "known"),
    ],
)
def test_symbols_of_every_kind(symbols, lines, marks, tmp_path, capsys):
    pytest.importorskip("regex")
    path, model = tmp_path / "words.txt", str(tmp_path / "model")
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    chosen = ["--symbols", symbols, "-p", "smoothing=0", "-n", "30"]
    out = printed(["-i", str(path), *chosen, "--save", model], capsys)
    rows = [line.split("\t") for line in out if not line.startswith("#")]
    assert marks in {row[0] for row in rows}
    fitted = io_load(model)
    assert set(fitted.symbols_[1:]) == set().union(
        *(
            [*"".join(lines)] if symbols == "char" else fitted._vocabulary.kind.split(line)
            for line in lines
        )
    )
    again = printed(["-i", str(path), "--load", model, "-n", "30"], capsys)
    assert [line for line in again if line[0] != "#"] == [line for line in out if line[0] != "#"]
    scores = printed(["score", "--load", model, str(path)], capsys)
    assert len(scores) == len(lines) + 1


def test_arpa_files_are_loaded(tmp_path, capsys):
    lists = [["the", "cat"], ["a", "cat"], ["the", "mat"]] * 3
    path = tmp_path / "words.arpa.gz"
    write_arpa(NGramCountLM(order=2, symbols="token").fit(lists), path)
    out = printed(["--load", str(path), "-n", "5"], capsys)
    assert out[0].startswith("# NGramCountLM loaded from")
    assert len(out) == 7
    words = tmp_path / "words.txt"
    words.write_text("the  cat\na dog\n", encoding="utf-8")
    rows = list(csv.DictReader(printed(["score", "--load", str(path), str(words)], capsys)))
    assert [(row["word"], row["n_symbols"], row["n_unknown"]) for row in rows] == [
        ("the  cat", "3", "0"),
        ("a dog", "3", "1"),
    ]
    assert main(["--load", str(path), "--resume", "--save", str(tmp_path / "n")]) == 1
    assert "cannot learn from more words" in capsys.readouterr().err


def test_arpa_files_are_not_saved_and_broken_ones_are_named(words_file, tmp_path, capsys):
    path = tmp_path / "words.arpa.gz"
    assert main(["-i", words_file, "--save", str(path)]) == 1
    assert "ARPA files are written from Python" in capsys.readouterr().err
    assert not path.exists()
    path.write_text("\\1-grams:\n-1 a\n", encoding="utf-8")
    assert main(["--load", str(path)]) == 1
    assert "the file ends without a line \\data\\" in capsys.readouterr().err
