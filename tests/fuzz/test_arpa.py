"""ARPA files, changed in every way."""

import bz2
import contextlib
import gzip
import lzma
import warnings

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import NGramCountLM
from sklearn_makemore.exceptions import SamplingError
from sklearn_makemore.io import load, read_arpa, save, write_arpa
from tests.fuzz.properties import FOLDER, check_named, check_numbers, check_usable, place_for

MODELS = [
    NGramCountLM(order=1).fit(["ab", "b"]),
    NGramCountLM(order=2, smoothing=0).fit([" ", "a"]),
    NGramCountLM(order=3, handle_unknown="unknown").fit(["ab", "ba", "é", "\ud800"]),
    NGramCountLM(order=5, smoothing="witten_bell").fit(["emma", "ava", "ella"]),
    NGramCountLM(order=3, symbols="token", handle_unknown="unknown").fit(
        [("the", "cat"), ("the", "<s>", " ", "a b"), ("cat",)]
    ),
]
NUMBERS = [
    "0", "-0", "-99", "-100", "1", "0.00001", "-1e400", "1e400", "-1e-400", "nan", "inf", "-inf",
    "-0.30103", "-3", "1_0", "٣", "0x1", "", "-" * 50, "9" * 400, "-98.9", "99", "1e308",
    "5.30103", "98", "-99.999", "-1.#INF", "1.#INF", "-1.#IND", "1e-7", "-1e-300", "-97",
]  # fmt: skip
TOKENS = [
    "a", "b", "<s>", "</s>", "<unk>", "<UNK>", "<U+0020>", "<U+110000>", "<U+D800>", "<U+0000>",
    "é", "\u00a0", "\u2028", "\x0b", "\x1c", "word", "\ufeff", "漢", "\U0001f600", "<S>", "\0",
    "<space>", "<sp>", "<U+0041>x", "the", "</s> a", "<s> <s>",
]  # fmt: skip
LINES = [
    "", "\\data\\", "\\end\\", "\\1-grams:", "\\2-grams:", "\\9-grams:", "ngram 1=0", "ngram 1=1",
    "ngram 1=999999999999", "ngram 2=0", "ngram 2=5", "ngram 3=1", "ngram 99=1", "ngram -1=-1",
    "\r", "a" * 70_000, "\x00", "\ufeff\\data\\", "-1\ta\t0", "-1\ta b\t0", "-1 a b c",
    "iARPA", "-1\t<s> <s>\t0", "-1\t</s> a", "ngram  1=      4", "mmap lm http://kheafield.com/code",
]  # fmt: skip
PACKED = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def check_arpa(data):
    """Hold a file to be read, or refused with its line; return whether it is read."""
    path = place_for("model.arpa", data)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            model = read_arpa(path)
    except ValueError as error:
        check_named(error, [f"{path}, line "])
        return False
    assert len(told) <= 1
    if told:
        check_named(told[0].message, [f"{path} was mended. "])
        with contextlib.suppress(ValueError):
            read_arpa(path, strict=True)
            raise AssertionError("what was mended is not refused")
    if model.symbols == "token":
        check_tokens(model)
    else:
        check_usable(model, 1e-9)
    check_kept(model)
    return True


def check_tokens(model):
    """Hold a model of tokens to score and sample without errors and NaN, over distributions."""
    symbols = [s for s in model.symbols_[1:].tolist() if s != "\ufffd"]
    words = [(), tuple(symbols[:50]), tuple(symbols[:3]) * 5, *((s,) for s in symbols[-20:])]
    check_numbers(model.score_samples(words))
    proba = model.predict_proba(words)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)
    with contextlib.suppress(SamplingError):
        assert {type(word) for word in model.sample(3, random_state=0, max_length=6)} == {tuple}


def check_kept(model):
    """Hold what was read to be saved and written, and to come back the same."""
    path = f"{FOLDER}/kept"
    save(model, path)
    np.testing.assert_array_equal(load(path).ngram_log_proba_, model.ngram_log_proba_)
    write_arpa(model, path)
    again = read_arpa(path, strict=True)
    assert again.symbols_[1:].tolist() == model.symbols_[1:].tolist()


def text_of(model):
    path = f"{FOLDER}/seed.arpa"
    write_arpa(model, path)
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


TEXTS = [text_of(model) for model in MODELS]


@st.composite
def changed_line(draw, line):
    """A line with a field, or all of it, replaced."""
    fields = line.split("\t")
    place = draw(st.integers(0, len(fields)))
    if place == len(fields):
        return draw(st.sampled_from(LINES) | st.text(max_size=20))
    tokens = fields[place].split(" ")
    tokens[draw(st.integers(0, len(tokens) - 1))] = draw(
        st.sampled_from(NUMBERS + TOKENS) | st.floats().map(str)
    )
    fields[place] = " ".join(tokens)
    return "\t".join(fields)


@st.composite
def changed_text(draw):
    """A valid file with lines changed, left out, repeated and exchanged."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(0, 3))):
        place, other = (draw(st.integers(0, len(lines) - 1)) for _ in "12")
        how = draw(st.sampled_from(["change", "change", "drop", "repeat", "exchange"]))
        if how == "drop" and len(lines) > 1:
            del lines[place]
        elif how == "repeat":
            lines.insert(other, lines[place])
        elif how == "exchange":
            lines[place], lines[other] = lines[other], lines[place]
        else:
            lines[place] = draw(changed_line(lines[place]))
    text = draw(st.sampled_from(["", "", "\ufeff"])) + draw(st.sampled_from("\n\n\r")).join(lines)
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


@given(text=changed_text(), how=st.sampled_from(["", *PACKED]), data=st.data())
def test_a_changed_file_is_read_or_refused_with_its_line(text, how, data):
    content = text.encode("utf-8", "surrogatepass")
    if how:
        content = PACKED[how](content)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    check_arpa(content)


@given(
    data=st.binary(max_size=300)
    | st.sampled_from(TEXTS).map(lambda text: b"\xff\xfe" + text.encode("utf-16-le")),
    begins=st.sampled_from([b"", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"SRILM_BINARY_"]),
)
def test_other_bytes_are_refused_with_their_line(data, begins):
    assert not check_arpa(begins + data)


@given(
    line=st.sampled_from(["", "x", "\\data\\", "-1\ta", "ngram 1=1", "x" * 60_000, "-1\t<s> a\t0"]),
    before=st.sampled_from(["", "\\data\\\nngram 1=3\n", "\\data\\\nngram 1=3\n\n\\1-grams:\n"]),
    how=st.sampled_from(["gzip", "xz"]),  # bzip2 takes seconds to pack it
)
def test_a_file_that_unpacks_to_much_more_is_refused_early(line, before, how):
    bomb = PACKED[how]((before + (line + "\n") * (5_000_000 // (len(line) + 1))).encode())
    assert not check_arpa(bomb)
