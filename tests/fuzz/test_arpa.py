"""ARPA files, changed in every way."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore import NGramCountLM
from sklearn_makemore.io import write_arpa
from tests.fuzz.properties import FOLDER, check_arpa

MODELS = [
    NGramCountLM(order=1).fit(["ab", "b"]),
    NGramCountLM(order=2, smoothing=0).fit([" ", "a"]),
    NGramCountLM(order=3, handle_unknown="unknown").fit(["ab", "ba", "é", "\ud800"]),
    NGramCountLM(order=5, smoothing="witten_bell").fit(["emma", "ava", "ella"]),
]
NUMBERS = [
    "0", "-0", "-99", "-100", "1", "0.00001", "-1e400", "1e400", "-1e-400", "nan", "inf", "-inf",
    "-0.30103", "-3", "1_0", "٣", "0x1", "", "-" * 50, "9" * 400, "-98.9", "99", "1e308",
]  # fmt: skip
TOKENS = [
    "a", "b", "<s>", "</s>", "<unk>", "<UNK>", "<U+0020>", "<U+110000>", "<U+D800>", "<U+0000>",
    "é", "\u00a0", "\u2028", "\x0b", "\x1c", "word", "\ufeff", "漢", "\U0001f600", "<S>", "\0",
]  # fmt: skip
LINES = [
    "", "\\data\\", "\\end\\", "\\1-grams:", "\\2-grams:", "\\9-grams:", "ngram 1=0", "ngram 1=1",
    "ngram 1=999999999999", "ngram 2=0", "ngram 2=5", "ngram 3=1", "ngram 99=1", "ngram -1=-1",
    "\r", "a" * 70_000, "\x00", "\ufeff\\data\\", "-1\ta\t0", "-1\ta b\t0", "-1 a b c",
]  # fmt: skip
PACKED = ("model.arpa.gz", "MODEL.GZ")


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


@given(text=changed_text(), name=st.sampled_from(["model.arpa", *PACKED]), data=st.data())
def test_a_changed_file_is_read_or_refused_with_its_line(text, name, data):
    content = text.encode("utf-8", "surrogatepass")
    if name in PACKED:
        content = gzip.compress(content)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    check_arpa(content, name)


@given(
    data=st.binary(max_size=300)
    | st.sampled_from(TEXTS).map(lambda text: b"\xff\xfe" + text.encode("utf-16-le")),
    name=st.sampled_from(["model.arpa", *PACKED]),
)
def test_other_bytes_are_refused_with_their_line(data, name):
    assert not check_arpa(data, name)


@given(
    line=st.sampled_from(["", "x", "\\data\\", "-1\ta", "ngram 1=1", "x" * 60_000, "-1\t<s> a\t0"]),
    before=st.sampled_from(["", "\\data\\\nngram 1=3\n", "\\data\\\nngram 1=3\n\n\\1-grams:\n"]),
)
def test_a_file_that_unpacks_to_much_more_is_refused_early(line, before):
    bomb = gzip.compress((before + (line + "\n") * (5_000_000 // (len(line) + 1))).encode())
    assert not check_arpa(bomb, "bomb.arpa.gz")
