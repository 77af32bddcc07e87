"""The command line with any arguments, files and standard input."""

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import BigramCountLM
from sklearn_makemore.io import save
from tests.fuzz.properties import check_command_line

WORDS = b"emma\nolivia\nava\nisabella\nsophia\nmia\namelia\nella\nluna\nnora\n"
TEXTS = st.sampled_from(
    [
        WORDS, b"", b"\n \n", b"a", b"\xff\xfe", b"\xef\xbb\xbfab\r\nba\r", b"a\0b\n\x1b[2J\n",
        "żółw\n漢\n\u2028x\u2028y\n\x85\n".encode(), b"\xed\xa0\x80\n", b"a" * 3000, b"a,b\n\"c\n",
    ]
) | st.binary(max_size=60) | st.text(max_size=40).map(str.encode)  # fmt: skip
FILES = ["words", "others", "model", "broken", "folder", "missing", "no/such/file", "-", "", "\0"]
PLACES = st.sampled_from(FILES)
NUMBERS = ["0", "1", "3", "-1", "0.5", "nan", "inf", "1e400", "x", "", "9" * 30, "9" * 5000, "٣"]
VALUES = [
    *NUMBERS, "None", "True", "'a'", "[1]", "{[]: 1}", "(" * 500, "'\\d'", "__import__('os')",
    "abc", "unknown", "error", "\ud800", "\n", "1" + "0" * 400, "[0, 1]", "kneser_ney", "..",
]  # fmt: skip
NAMES = ["smoothing", "order", "alphabet", "boundary", "handle_unknown", "min_count", "depth", ""]
OPTIONS = st.one_of(
    st.tuples(st.sampled_from(["-i", "--load", "--save", "-o", "--output"]), PLACES),
    st.tuples(st.sampled_from(["-n", "--top-k", "--top-p", "--temperature", "--seed"]),
              st.sampled_from(NUMBERS[:-3]) | st.sampled_from(NUMBERS[-1:])),
    st.tuples(st.just("--prefix"), st.text(max_size=3)),
    st.tuples(st.just("--prefix"), st.sampled_from(["a", "em", "--", "\ud800"])),
    st.tuples(st.just("--type"), st.sampled_from(["bigram", "ngram", "n", "", "x", "BIGRAMC"])),
    st.tuples(st.just("--device"), st.sampled_from(["cpu", "auto", "cuda:99", "x", ""])),
    st.tuples(
        st.just("-p"),
        st.builds("{}={}".format, st.sampled_from(NAMES), st.sampled_from(VALUES))
        | st.sampled_from(VALUES),
    ),
    st.sampled_from(
        ["--resume", "--sample-only", "--overwrite", "-h", "--version", "score", "--"]
    ).map(lambda word: (word,)),
    st.text(st.characters(exclude_characters="/"), max_size=4).map(lambda text: (text,)),
)  # fmt: skip


VERBS = [
    [], ["-i", "words"], ["-i", "words", "-n", "3"], ["-i", "-"], ["--load", "model"],
    ["score", "-i", "words"], ["score", "-i", "words", "others"], ["score", "--load", "model"],
]  # fmt: skip


def model_with_line_breaks(path):
    save(BigramCountLM().fit(["a\nb", "\x1b[2J", "\u2028", "\ud800\t"]), path)


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


@given(
    verb=st.sampled_from(VERBS),
    options=st.lists(OPTIONS, max_size=4),
    texts=st.tuples(TEXTS, TEXTS, TEXTS),
)
def test_any_command_ends_well_or_in_one_line(verb, options, texts):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "folder").mkdir()
        Path(folder, "words").write_bytes(texts[0])
        Path(folder, "others").write_bytes(texts[1])
        Path(folder, "broken").write_bytes(texts[1])
        model_with_line_breaks(Path(folder, "model"))
        held = contents(folder)
        arguments = [*verb, *(part for option in options for part in option)]
        os.chdir(folder)
        try:
            check_command_line(arguments, texts[2])
        finally:
            os.chdir(before)
        if not {"--resume", "--overwrite", "--output"} & set(arguments):
            lost = [name for name in held if held[name] and contents(folder)[name] != held[name]]
            assert not lost, f"{arguments} lost {lost}"


@given(words=st.lists(st.text(max_size=5), min_size=1, max_size=8), n=st.integers(1, 20))
def test_every_word_of_any_model_is_one_line(words, n):
    with tempfile.TemporaryDirectory() as folder:
        save(
            BigramCountLM(alphabet="a").fit([""]) if not any(words) else BigramCountLM().fit(words),
            Path(folder, "model"),
        )
        status, printed = check_command_line(["--load", f"{folder}/model", "-n", str(n)], b"")
    assert status == 0
    lines = printed.splitlines()
    assert len(lines) == n + 2
    assert all(line.count("\t") == 2 for line in lines[2:])
