"""ARPA files as tools write them: what is read as it is, mended and counted, or refused."""

import bz2
import gzip
import io
import lzma
import re
import warnings
from itertools import product

import numpy as np
import pytest

from sklearn_makemore import NGramCountLM
from sklearn_makemore.io import load, read_arpa, save, write_arpa

# All sums are 1: </s> 0.4, aa 0.3, b 0.2, <unk> 0.1; after <s> half, after aa 3/4, after b 0.4 are
# listed, so the weights are 0.5 / 0.7, 0.25 / 0.3 and 0.6 / 0.7.
BASE = """\
\\data\\
ngram 1=5
ngram 2=4

\\1-grams:
-99\t<s>\t-0.146128
-0.39794\t</s>
-0.522879\taa\t-0.0791812
-0.69897\tb\t-0.0669468
-1\t<unk>

\\2-grams:
-0.30103\t<s> aa
-0.30103\taa </s>
-0.60206\taa aa
-0.39794\tb aa

\\end\\
"""
BIGRAMS = "-0.30103\t<s> aa\n-0.30103\taa </s>\n-0.60206\taa aa\n-0.39794\tb aa\n"


def changed(*changes):
    """Return the file with parts of it replaced."""
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def one_more(line):
    """Return the file with another n-gram of two tokens."""
    return changed(("2=4", "2=5"), ("-0.30103\t<s> aa\n", f"{line}\n-0.30103\t<s> aa\n"))


def read(text, **parameters):
    data = text if isinstance(text, bytes) else text.encode()
    return read_arpa(io.BytesIO(data), **parameters)


class Reference:
    """The model of a file by definition: backoff, then each sum divided out, n-gram by n-gram."""

    def __init__(self, text):
        self.proba, self.weight, self.sums = {}, {}, {}
        length = 0  # in the end, of the longest
        for line in text.splitlines():
            fields = line.split()
            if heading := re.fullmatch(r"\\(\d+)-grams:\s*", line):
                length = int(heading[1])
            if not length or line.startswith("\\") or not fields:
                continue
            has_weight = len(fields) == length + 2
            tokens = tuple(fields[1 : length + 1])
            if tokens in self.proba or "<s>" in tokens[1:] or "</s>" in tokens[:-1]:
                continue
            self.proba[tokens] = power(fields[0])
            self.weight[tokens] = power(fields[-1]) if has_weight else 1.0
        self.longest_context = length - 1
        self.tokens = [t for (t, *more) in self.proba if not more and t != "<s>"]

    def given(self, context, token):
        """Return p(token | context), with sums divided out, and the product of those."""
        total = self.sum_after(context)
        if (*context, token) in self.proba:
            return self.proba[*context, token] / total, total
        below, sums = self.given(context[1:], token)
        return below * self.weight.get(context, 1.0) / total, sums * total

    def sum_after(self, context):
        if context not in self.sums:
            is_listed = {t: (*context, t) in self.proba for t in self.tokens}
            total = sum(self.proba[*context, t] for t in self.tokens if is_listed[t])
            if context:
                rest = [self.given(context[1:], t)[0] for t in self.tokens if not is_listed[t]]
                total += self.weight.get(context, 1.0) * sum(rest)
            self.sums[context] = total
        return self.sums[context]

    def score(self, word):
        """Return log10 of the probability of a word, and of the sums divided out."""
        return self.of_symbols(word).sum(axis=0)

    def of_symbols(self, word):
        """Return the same by symbol, of shape (n_symbols, 2)."""
        tokens = ["<s>", *word, "</s>"]
        longest = self.longest_context
        steps = [
            self.given(tuple(tokens[max(0, end - longest) : end]), tokens[end])
            for end in range(1, len(tokens))
        ]
        return np.log10(np.array(steps))


def power(field):
    return 0.0 if float(field) <= -99 else 10.0 ** float(field)


WORDS = [word for n in range(4) for word in product(["aa", "b"], repeat=n)]

SAME = {
    "text before": "Made by hand.\n" + BASE,
    "a comment before": "# lmplz -o 2\n\n" + BASE,
    "a blank line before": "\n" + BASE,
    "a byte order mark": "\ufeff" + BASE,
    "Windows": BASE.replace("\n", "\r\n"),
    "spaces": BASE.replace("\t", " "),
    "tabs": BASE.replace(" ", "\t").replace("ngram\t", "ngram "),
    "several spaces": BASE.replace("\t", "   ").replace("aa aa", "aa  aa"),
    "spaces around": changed(("-0.60206\taa aa", " -0.60206\taa aa \t")),
    "spaces in counts": changed(("1=5", "1 = 5"), ("2=4", "2= 4")),
    "spaces after headings": changed(("\\data\\", "\\data\\ "), ("\\2-grams:", "\\2-grams: ")),
    "blank lines among n-grams": changed(("-0.60206\taa aa", "\n\n-0.60206\taa aa")),
    "blank lines after headings": changed(("\\1-grams:\n", "\\1-grams:\n\n")),
    "no blank lines": changed(("\n\n\\", "\n\\")).replace("\\1-", "\n\\1-"),
    "no newline at the end": BASE[:-1],
    "more after the end": BASE + "made in 2010\n",
    "other order": changed((BIGRAMS, "".join(BIGRAMS.splitlines(True)[::-1]))),
    "in capitals": changed(("<unk>", "<UNK>")),
    "the start has probability 1": changed(("-99\t<s>", "0\t<s>")),
    "the start has a share": changed(("-99\t<s>", "-1.2\t<s>")),
    "the start has -inf": changed(("-99\t<s>", "-inf\t<s>")),
    "the start has -99.999": changed(("-99\t<s>", "-99.999\t<s>")),
    "weights of 1 for the longest": BASE.replace(" aa\n", " aa\t0\n"),
    "four zeros": BASE.replace(" aa\n", " aa\t0.0000\n"),
    "a weight for the end": changed(("-0.39794\t</s>", "-0.39794\t</s>\t-0.5")),
    "exponents": changed(("-0.60206\taa", "-6.0206E-01\taa"), ("-1\t<unk>", "-1e+00\t<unk>")),
    "no zero before the point": changed(("-0.60206\taa", "-.60206\taa")),
    "no more n-grams": changed(("2=4", "2=4\nngram 3=0"), ("\\end", "\\3-grams:\n\n\\end")),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_is_read_the_same(name):
    model, expected = read(SAME[name], strict=True), read(BASE, strict=True)
    words = [*WORDS, ("c", "aa")]
    np.testing.assert_array_equal(model.score_samples(words), expected.score_samples(words))
    reference = Reference(BASE)
    log10 = model.score_samples(WORDS) / np.log(10)
    np.testing.assert_allclose(log10, [reference.score(w)[0] for w in WORDS], rtol=0, atol=1e-12)


MENDED = {
    "the start after the end": (one_more("-2\t</s> <s>"), "1 x .* inside .line 13"),
    "the start after the start": (one_more("-2\t<s> <s>"), "1 x .* inside .line 13"),
    "the start after a token": (one_more("-2\taa <s>"), "1 x .* inside .line 13"),
    "a token after the end": (one_more("-2\t</s> aa"), "1 x .* inside .line 13"),
    "longer ones with a boundary inside": (
        changed(
            ("2=4", "2=6\nngram 3=2"),
            ("-0.30103\t<s> aa\n", "-2\t<s> </s>\n-2\t<s> <s>\n-0.30103\t<s> aa\n"),
            ("\\end", "\\3-grams:\n-1\t<s> </s> aa\n-1\t<s> <s> aa\n\n\\end"),
        ),
        "3 x .* inside .the first in line 15",
    ),
    "n-grams twice": (one_more("-0.9\t<s> aa\n-0.1\tb aa").replace("2=5", "2=6"), "2 x .* before"),
    "a token twice": (
        changed(("1=5", "1=6"), ("\tb\t-0.0669468", "\tb\t-0.0669468\n-3\tb\t-2")),
        "1 x an n-gram listed before .line 10",
    ),
    "the start twice": (
        changed(("1=5", "1=6"), ("-0.39794\t</s>", "-99\t<s>\t-2\n-0.39794\t</s>")),
        "1 x an n-gram listed before .line 7",
    ),
    "a context of 0.988": (changed(("-0.60206\taa aa", "-0.62342\taa aa")), "line 8, where they"),
    "single tokens of 1.1": (changed(("-0.69897\tb", "-0.522879\tb")), "line 6, .* sum to 1.1"),
    "a share for the start": (
        changed(("-99\t<s>", "-1\t<s>"), ("-1\t<unk>", "-99\t<unk>")),
        r"line 6, .* sum to 0.9, as <s>, which nothing predicts, has a share of 0.1",
    ),
    "the end has probability 1": (
        changed(("-0.39794\t</s>", "0\t</s>")),
        "line 6, .* sum to 1.6, as </s> has probability 1",
    ),
    "a weight of 0": (changed(("-0.0791812", "-99.999")), "line 8, where they sum to 0.75"),
    "a weight of -inf": (changed(("-0.0791812", "-inf")), "line 8, where they sum to 0.75"),
    "a weight with nothing after": (changed(("-1\t<unk>", "-1\t<unk>\t-0.3")), "line 10, where"),
    "a probability of -inf": (changed(("-0.39794\tb aa", "-inf\tb aa")), "line 9, where they sum"),
    "a weight above 1e5": (changed(("-0.0791812", "6")), "line 8, where they sum to 3e.05"),
    "no longer n-grams": (changed(("2=4", "2=0"), (BIGRAMS, "")), "3 x .* line 6, where"),
}
ALSO_MENDED = {  # what KenLM refuses unless told not to
    "Microsoft's infinity": (changed(("-0.39794\tb aa", "-1.#INF\tb aa")), "line 9, where"),
    "rounded above 1": (
        changed(("-0.39794\t</s>", "0.00001\t</s>")),
        "1 x a logarithm of a probability above 0 .line 7.: read as 0",
    ),
    "a weight of the longest": (
        changed(("-0.60206\taa aa", "-0.60206\taa aa\t-0.5")),
        "1 x a backoff weight of one of the longest n-grams .line 15.: ignored",
    ),
    "no start": (
        changed(("1=5", "1=4"), ("2=4", "2=3"), ("-99\t<s>\t-0.146128\n", ""))
        .replace("-0.30103\t<s> aa\n", ""),
        "no <s> among the single tokens .line 6",
    ),
    "unknown after a token only": (
        changed(("1=5", "1=4"), ("-1\t<unk>\n", ""), ("-0.39794\tb aa", "-0.39794\tb <UNK>")),
        "1 x an n-gram with <unk>, which is not among the single tokens .line 15",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*MENDED, *ALSO_MENDED])
def test_what_can_be_mended_is_counted_or_refused(name):
    text, message = (MENDED | ALSO_MENDED)[name]
    with pytest.warns(UserWarning, match=message) as raised:
        model = read(text)
    assert len(raised) == 1
    assert str(raised[0].message).startswith("the file was mended. ")
    proba = model.predict_proba(WORDS)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match=r"^the file, line [0-9]+: .* strict=True refuses that"):
        read(text, strict=True)


@pytest.mark.parametrize("name", MENDED)
def test_every_sum_is_divided_out(name):
    text = MENDED[name][0]
    with warnings.catch_warnings(action="ignore"):
        model = read(text)
    reference = Reference(text)
    with np.errstate(divide="ignore"):
        expected = [reference.score(word)[0] for word in WORDS]
    log10 = model.score_samples(WORDS) / np.log(10)
    np.testing.assert_allclose(log10, expected, rtol=0, atol=1e-10)


def test_the_last_of_two_unknown_tokens_counts():
    text = changed(("1=5", "1=6"), ("-1\t<unk>", "-3\t<unk>\n-1\t<UNK>"))
    with pytest.warns(UserWarning, match="1 x an n-gram listed before .line 11"):
        model = read(text)
    np.testing.assert_array_equal(model.score_samples([["c"]]), read(BASE).score_samples([["c"]]))


def test_no_start_is_nothing_amiss_in_single_tokens():
    text = changed(("1=5", "1=4"), ("ngram 2=4\n", ""), ("-99\t<s>\t-0.146128\n", ""))
    text = text.replace("\\2-grams:\n" + BIGRAMS, "")
    for number in ("-0.0791812", "-0.0669468"):
        text = text.replace(f"\t{number}", "")
    model = read(text, strict=True)
    assert model.order == 1
    np.testing.assert_allclose(model.predict_proba([()]), [[0.4, 0.3, 0.2, 0.1]], atol=1e-6)


def test_the_kind_of_symbols_and_what_is_unknown():
    words = read(BASE)
    assert words.symbols == "token"
    assert words.handle_unknown == "unknown"
    assert words.symbols_.tolist() == [".", "aa", "b", "\ufffd"]
    characters = read(BASE.replace("aa", "a").replace("-1\t<unk>", "-1\tc"))
    assert characters.symbols == "char"
    assert characters.handle_unknown == "penalty"
    assert np.isfinite(characters.score_samples(["x"])).all()
    assert read(BASE, boundary="|").symbols_[0] == "|"
    assert read(BASE, boundary="|").boundary == "|"
    with pytest.warns(UserWarning, match="boundary='b' is a symbol"):
        read(BASE, boundary="b")
    with pytest.raises(ValueError, match="'boundary' parameter must be a non-empty"):
        read(BASE, boundary="")
    with pytest.raises(ValueError, match="unknown symbol is shown"):
        read(BASE, boundary="\ufffd")
    assert {type(word) for word in words.sample(5, random_state=0)} == {tuple}


@pytest.mark.parametrize("token", ["<space>", "<sp>", "<SPACE>", "<U+0020>"])
def test_tokens_of_a_space(token):
    model = read(BASE.replace("aa", "a").replace("b", token), strict=True)
    assert model.symbols == "char"
    assert model.symbols_.tolist() == [".", " ", "a", "\ufffd"]


def test_other_tokens():
    text = BASE.replace("aa", "_").replace("b", "<space>")
    assert read(text).symbols_.tolist() == [".", " ", "_", "\ufffd"]
    assert read(text, tokens={"_": "-"}).symbols_.tolist() == [".", " ", "-", "\ufffd"]
    # What the caller names takes the place of what is known to mean the same.
    mapped = read(text, tokens={"_": " "})
    assert mapped.symbols_.tolist() == [".", " ", "<space>", "\ufffd"]
    assert mapped.symbols == "token"
    # Of two that are known to mean the same, the second stands for itself.
    both = read(BASE.replace("aa", "<sp>").replace("b", "<space>"))
    assert both.symbols_.tolist() == [".", " ", "<space>", "\ufffd"]
    with pytest.raises(ValueError, match=r"line 9: 'b' stands for 'x', as 'aa' does"):
        read(BASE, tokens={"aa": "x", "b": "x"})


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        ("_ ", TypeError, "must be a dict"),
        ({"_": 1}, TypeError, "must be a dict"),
        ({"_ ": " "}, ValueError, "cannot stand in a file"),
        ({"": " "}, ValueError, "cannot stand in a file"),
        ({"_": ""}, ValueError, "is empty"),
        ({"</s>": "x"}, ValueError, "a meaning of its own"),
        ({"<UNK>": "x"}, ValueError, "a meaning of its own"),
        ({"<U+0020>": "x"}, ValueError, "a meaning of its own"),
    ],
)
def test_tokens_that_cannot_be(tokens, error, message):
    with pytest.raises(error, match=message):
        read(BASE, tokens=tokens)
    with pytest.raises(error, match=message):
        write_arpa(NGramCountLM(order=2).fit(["a"]), io.BytesIO(), tokens=tokens)


ODD = [
    "<s>", "</s>", "<unk>", "<UNK>", "<Unk>", "<space>", "<sp>", "<SPACE>", " ", "a b", "\t", "\n",
    "<U+0020>", "<U+003C>U+0020>", "x<U+0041>y", "<U+110000>", "<U+20>", "\\data\\", "\\end\\",
    "#", "-1", "0", "inf", "\ud800", "\u2028z", "a\x0bb", "\xa0", "\0", "\ufeff", "<U+D800>", "'",
]  # fmt: skip


def test_every_symbol_is_written_and_read_back():
    model = NGramCountLM(order=3, symbols="token").fit([ODD, ODD[::-1], ODD[::3]])
    file = io.BytesIO()
    write_arpa(model, file)
    lines = file.getvalue().decode().split("\n")
    assert all(len(line.split("\t")) in (1, 2, 3) and "\r" not in line for line in lines)
    file.seek(0)
    again = read_arpa(file, strict=True)
    assert again.symbols_.tolist() == model.symbols_.tolist()
    np.testing.assert_array_equal(again.ngram_contexts_, model.ngram_contexts_)
    words = [ODD, ODD[2:5], ODD[::-1]]
    np.testing.assert_allclose(again.score_samples(words), model.score_samples(words), rtol=1e-12)


def test_a_symbol_that_looks_like_a_token_for_a_space_is_none():
    model = NGramCountLM(order=2, symbols="token").fit([["<space>", "<sp>"]])
    file = io.BytesIO()
    write_arpa(model, file)
    again = read(file.getvalue(), strict=True)
    assert again.symbols_.tolist() == [".", "<sp>", "<space>"]


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        ("split", ["new york", "new  delhi", "old york"]),
        ("grapheme", ["e\u0301a", "a\u0308a\u0308"]),
        ("token", [("new york", "<s>"), ("york",)]),
    ],
)
def test_other_symbols_come_back_as_tokens(symbols, words):
    if symbols == "grapheme":
        pytest.importorskip("regex")
    model = NGramCountLM(order=2, symbols=symbols).fit(words)
    file = io.BytesIO()
    write_arpa(model, file)
    again = read_arpa(io.BytesIO(file.getvalue()), strict=True)
    assert again.symbols == "token"
    split = model._vocabulary.kind.split
    expected = model.score_samples(words)
    np.testing.assert_allclose(again.score_samples(list(map(split, words))), expected, rtol=1e-12)


def test_tokens_are_written_as_asked():
    model = NGramCountLM(order=2).fit(["a b", "_"])
    file = io.BytesIO()
    write_arpa(model, file, tokens={"_": " ", "~": " "})
    written = file.getvalue().decode()
    assert "\ta _\n" in written or "\ta _\t" in written
    assert "<U+005F>" in written
    again = read(written, tokens={"_": " "}, strict=True)
    assert again.symbols_.tolist() == model.symbols_.tolist()
    file = io.BytesIO()
    write_arpa(model, file, tokens={"<space>": " "})
    assert read(file.getvalue(), strict=True).symbols_.tolist() == model.symbols_.tolist()


REFUSED = {
    "no end among the tokens": (
        changed(("1=5", "1=4"), ("2=4", "2=3"), ("-0.39794\t</s>\n", ""))
        .replace("-0.30103\taa </s>\n", ""),
        "line 9: there is no </s> among the tokens",
    ),
    "boundaries in capitals": (
        BASE.replace("s>", "S>"), r"there is no </s> among the tokens \(</S> is a token like oth"
    ),
    "NaN": (changed(("-0.60206\taa aa", "nan\taa aa")), "line 15: nan is not the log"),
    "Microsoft's NaN": (changed(("-0.60206\taa aa", "-1.#IND\taa aa")), "line 15: expected a num"),
    "a weight of infinity": (changed(("-0.0669468", "inf")), "line 9: inf is not the log"),
    "Microsoft's infinite weight": (changed(("-0.0669468", "1.#INF")), "line 9: expected a num"),
    "a decimal comma": (changed(("-0.60206\taa aa", "-0,60206\taa aa")), "line 15: expected a nu"),
    "above 1": (changed(("-0.60206\taa aa", "0.5\taa aa")), "line 15: 0.5 is not the logarithm"),
    "cut short": (BASE[:-7], r"line 17: the file ends where \\end\\ should be"),
    "a token that is not listed": (changed(("b aa", "c aa")), "line 16: 'c' is not among the n-g"),
    "an unlisted context": (
        changed(("2=4", "2=4\nngram 3=1"), ("\\end", "\\3-grams:\n-1\tb b aa\n\n\\end")),
        "line 20: the n-gram without its last token is not listed",
    ),
    "fewer n-grams than said": (changed(("2=4", "2=5")), "line 17: there are fewer n-grams of le"),
    "more n-grams than said": (changed(("2=4", "2=3")), r"line 16: expected \\end\\"),
    "a KenLM binary": (b"mmap lm http://kheafield.com/code format version 5\n\0", "file of KenLM"),
    "an IRSTLM binary": (b"blmt 3 100\n", "binary file of IRSTLM.*compile-lm --text yes"),
    "an iARPA file": ("iARPA\n\n" + BASE, "an iARPA file of IRSTLM"),
    "an iARPA file after a blank line": ("\niARPA\n\n" + BASE, "an iARPA file of IRSTLM"),
    "an SRILM binary": (b"SRILM_BINARY_NGRAM_002\n", "a binary file of SRILM"),
    "a DMP file": (b"\x10\0\0\0Darpa Trigram LM\0" + b"\0" * 50, "a DMP file of Sphinx"),
    "a pocketsphinx binary": (b"Trie Language Model\3", "a binary file of pocketsphinx"),
    "a transducer": (b"\xd6\xfd\xb2\x7e\6\0\0\0vector", "a file of OpenFst"),
    "UTF-16": (BASE.encode("utf-16"), "UTF-16. Convert it first"),
    "zstd": (b"\x28\xb5\x2f\xfd\0", "packed with zstd. Unpack it first"),
    "packed twice": (gzip.compress(bz2.compress(BASE.encode())), "packed twice"),
    "a packed KenLM binary": (gzip.compress(b"mmap lm http://kheafield.com/code\n"), "of KenLM"),
    "Latin-1": (BASE.replace("b", "b\xe9").encode("latin-1"), "line 9: not UTF-8 .* iconv"),
    "Latin-1 in longer ones": (
        BASE.replace("b aa", "b\xe9 aa").encode("latin-1"), "line 16: not UTF-8 .* iconv"
    ),
    "one long line": (b"mmap lm http://kheafield.com/code" + b"x" * 70_000, "of KenLM"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_model_is_refused_and_named(name):
    text, message = REFUSED[name]
    with pytest.raises(ValueError, match=message) as raised:
        read(text)
    assert str(raised.value).startswith("the file, line ")


PACKED = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "several gzip": lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),
    "several bzip2": lambda data: bz2.compress(data[:99]) + bz2.compress(data[99:]),
    "several xz": lambda data: lzma.compress(data[:99]) + b"\0" * 4 + lzma.compress(data[99:]),
}


@pytest.mark.parametrize("how", PACKED)
def test_first_bytes_say_how_a_file_is_packed(tmp_path, how):
    path = tmp_path / "model.lm"
    path.write_bytes(PACKED[how](BASE.encode()))
    expected = read(BASE).score_samples(WORDS)
    np.testing.assert_array_equal(read_arpa(path).score_samples(WORDS), expected)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"model.lm, line [0-9]+: the compressed file is broken"):
        read_arpa(path)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".XZ"])
def test_names_say_how_a_file_is_to_be_packed(tmp_path, ending):
    model = NGramCountLM(order=2).fit(["ab"])
    write_arpa(model, tmp_path / f"model.arpa{ending}")
    data = (tmp_path / f"model.arpa{ending}").read_bytes()
    assert b"ngram" not in data
    assert read(data, strict=True).symbols_.tolist() == model.symbols_.tolist()
    plain = tmp_path / f"plain.arpa{ending}"
    write_arpa(model, tmp_path / "plain.arpa")
    (tmp_path / "plain.arpa").rename(plain)
    assert read_arpa(plain).symbols_.tolist() == model.symbols_.tolist()


def test_xz_files_cannot_ask_for_any_memory():
    big = lzma.compress(BASE.encode(), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}])
    with pytest.raises(ValueError, match=r"line 1: the compressed file is broken here .Memory"):
        read(big)


class OnlyReads:
    """A file that gives a few bytes at a time, as a pipe may."""

    def __init__(self, data):
        self._file = io.BytesIO(data)

    def read(self, size=-1):
        return self._file.read(min(size, 7))


def test_files_that_are_open(tmp_path):
    data = gzip.compress(BASE.encode())
    expected = read(BASE).score_samples(WORDS)
    np.testing.assert_array_equal(read_arpa(OnlyReads(data)).score_samples(WORDS), expected)
    (tmp_path / "model").write_bytes(data)
    with open(tmp_path / "model", "rb") as file:
        np.testing.assert_array_equal(read_arpa(file).score_samples(WORDS), expected)
        assert not file.closed
    (tmp_path / "model").write_bytes(b"x\n")
    with open(tmp_path / "model", "rb") as file, pytest.raises(ValueError, match="model, line 2"):
        read_arpa(file)
    with pytest.raises(TypeError, match="binary file, got a text file"):
        read_arpa(io.StringIO(BASE))
    model = NGramCountLM(order=2).fit(["ab"])
    with pytest.raises(TypeError, match="binary file, got a text file"):
        write_arpa(model, io.StringIO())
    with open(tmp_path / "model", "wb") as file:
        write_arpa(model, file)
        assert not file.closed
    write_arpa(model, tmp_path / "other")
    assert (tmp_path / "model").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_model_file_and_an_arpa_file_are_told_apart(tmp_path):
    path = tmp_path / "model"
    save(NGramCountLM(order=2).fit(["ab"]), path)
    with pytest.raises(ValueError, match=r"line 1: this is no ARPA file but a file of io\.save"):
        read_arpa(path)
    for pack in (bytes, gzip.compress, lzma.compress):
        path.write_bytes(pack(("made by hand\n" + BASE).encode()))
        with pytest.raises(ValueError, match=r"model is an ARPA file.* io.read_arpa"):
            load(path)


def test_what_was_mended_is_saved_and_written(tmp_path):
    for name in ("a weight above 1e5", "a context of 0.988", "the end has probability 1"):
        with warnings.catch_warnings(action="ignore"):
            model = read(MENDED[name][0])
        expected = model.score_samples(WORDS)
        save(model, tmp_path / "model")
        np.testing.assert_array_equal(load(tmp_path / "model").score_samples(WORDS), expected)
        write_arpa(model, tmp_path / "arpa")
        again = read_arpa(tmp_path / "arpa", strict=True)
        np.testing.assert_allclose(again.score_samples(WORDS), expected, rtol=1e-12)


def test_tokens_without_end_need_no_more_memory_than_said():
    text = "\\data\\\nngram 1=200\n\n\\1-grams:\n" + "".join(
        f"-1\t{i}{'x' * 60_000}\n" for i in range(200)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_makemore.io._arpa_parser.LARGEST_TABLE_BYTES", 2**20)
        with pytest.raises(ValueError, match="line 9: the tokens so far need more than"):
            read(text)
