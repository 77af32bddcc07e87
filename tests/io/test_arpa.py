"""ARPA files: round trips, tokens, and files that are broken in every way."""

import gzip
import time
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_makemore import BigramCountLM, CharLMClassifier, MixtureLM, NGramCountLM
from sklearn_makemore.io import _arpa, _arpa_parser, load, read_arpa, save, write_arpa

WORDS = st.lists(st.text("ab \n\0é\ud800\u2028<", max_size=4), min_size=1, max_size=8)
MODELS = st.sampled_from(
    [
        {"order": 1},
        {"order": 2, "smoothing": 0},
        {"order": 3, "smoothing": 0.5},
        {"order": 4, "smoothing": "witten_bell"},
        {"order": 5},
        {"order": 3, "min_count": 2},
    ]
)
SMALL = """\
Made by hand.

\\data\\
ngram 1=4
ngram 2=3

\\1-grams:
-99\t<s>\t-0.176091
-0.30103\t</s>
-0.60206\ta\t0
-0.60206\t<U+0020>\t0

\\2-grams:
-0.30103\t<s> a
-0.30103\ta </s>
-0.60206\ta a

\\end\\
"""


def as_file(folder, text, name="model.arpa"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@given(words=WORDS, parameters=MODELS, handle_unknown=st.sampled_from(["error", "unknown"]))
def test_what_is_written_is_read_back(tmp_path_factory, words, parameters, handle_unknown):
    path = tmp_path_factory.getbasetemp() / "round_trip.arpa"
    model = NGramCountLM(handle_unknown=handle_unknown, **parameters).fit(words)
    write_arpa(model, path)
    again = read_arpa(path)
    assert again.symbols_.tolist() == model.symbols_.tolist()
    np.testing.assert_array_equal(again.ngram_contexts_, model.ngram_contexts_)
    prefixes = sorted({word[:end] for word in words for end in range(len(word) + 1)})
    proba = again.predict_proba(prefixes)
    np.testing.assert_allclose(proba, model.predict_proba(prefixes), rtol=0, atol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_a_model_from_a_file_keeps_the_whole_contract(tmp_path):
    model = NGramCountLM(handle_unknown="unknown").fit(["emma", "ava", "ella", "mia", "emma"])
    write_arpa(model, tmp_path / "model.arpa.gz")
    assert gzip.decompress((tmp_path / "model.arpa.gz").read_bytes()).startswith(b"\\data\\\n")
    again = read_arpa(tmp_path / "model.arpa.gz")
    assert again.sample(20, random_state=0).tolist() == model.sample(20, random_state=0).tolist()
    assert again.score(["añ"]) == pytest.approx(model.score(["añ"]), rel=1e-12)
    assert again.most_likely(3)[0].tolist() == model.most_likely(3)[0].tolist()
    assert again.transform(["emma"]).shape == (1, 5)
    with pytest.raises(ValueError, match="no counts"):
        again.partial_fit(["emma"])
    assert again.fit(["b"]).counts_.sum() == 2


def test_a_file_is_written_as_others_write_it(tmp_path):
    write_arpa(NGramCountLM(order=2, smoothing=0).fit([" ", "a"]), tmp_path / "model.arpa")
    lines = (tmp_path / "model.arpa").read_text(encoding="utf-8").splitlines()
    third, half = -np.log10(3), -np.log10(2)
    assert lines[:3] == ["\\data\\", "ngram 1=4", "ngram 2=4"]
    assert lines[5] == "-99.0\t<s>\t-99.0"
    assert [line.split("\t")[1] for line in lines[6:9]] == ["</s>", "<U+0020>", "a"]
    assert float(lines[6].split("\t")[0]) == pytest.approx(third)
    assert [line.split("\t")[1] for line in lines[11:15]] == [
        "<s> <U+0020>",
        "<s> a",
        "<U+0020> </s>",
        "a </s>",
    ]
    assert float(lines[11].split("\t")[0]) == pytest.approx(half)
    assert lines[13:] == ["0.0\t<U+0020> </s>", "0.0\ta </s>", "", "\\end\\"]


def test_a_file_by_hand(tmp_path):
    model = read_arpa(as_file(tmp_path, SMALL))
    assert model.symbols_.tolist() == [".", " ", "a"]
    proba = model.predict_proba(["", "a", " "])
    # After <s> half goes to a, the weight of 2/3 to what others have; a has no weight to give.
    expected = [[1 / 3, 1 / 6, 1 / 2], [1 / 2, 1 / 4, 1 / 4], [1 / 2, 1 / 4, 1 / 4]]
    np.testing.assert_allclose(proba, expected, atol=1e-5)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)


BROKEN = {
    "not an ARPA file": (lambda s: "hello\n", "line 2: the file ends without a line"),
    "empty": (lambda s: "", "line 1: the file ends"),
    "no header in sight": (lambda s: "\n" * 2000, r"line 1000: still no \\data\\"),
    "a bad count": (lambda s: s.replace("1=4", "1=x"), "line 4: expected 'ngram 1='"),
    "a length left out": (lambda s: s.replace("2=3", "3=3"), "line 5: expected 'ngram 2='"),
    "no counts": (lambda s: "\\data\\\n\n", "no 'ngram 1='"),
    "too large": (lambda s: s.replace("2=3", "2=99999999999"), "line 5: .* more than 1 GiB"),
    "fewer than said": (lambda s: s.replace("2=3", "2=4"), "line 17: there are fewer n-grams"),
    "more than said": (lambda s: s.replace("2=3", "2=2"), r"line 16: expected \\end\\"),
    "fewer symbols": (lambda s: s.replace("1=4", "1=5"), "line 12: there are fewer"),
    "truncated": (lambda s: s[:-45], "line 14: "),
    "cut off": (lambda s: s[:-7], r"the file ends where \\end\\ should be"),
    "no number": (lambda s: s.replace("-0.60206\ta\t", "x\ta\t"), "line 10: expected a number"),
    "nan": (lambda s: s.replace("-0.60206\ta\t", "nan\ta\t"), "line 10: nan is not"),
    "above 1": (lambda s: s.replace("-0.60206\ta\t", "0.5\ta\t"), "line 10: 0.5 is not"),
    "weight": (lambda s: s.replace("a\t0", "a\tinf"), "line 10: inf is not the logarithm"),
    "unlisted": (lambda s: s.replace("a a\n", "a b\n"), "line 16: 'b' is not among"),
    "no end": (lambda s: s.replace("\t</s>\n-0.6", "\tb\n-0.6"), "there is no </s>"),
    "a long line": (lambda s: s.replace("a a\n", "a" * 70_000), "line 16: a line of 65536 bytes"),
    "latin-1": (
        lambda s: s.encode().replace(b"\ta\t", b"\t\xff\t"),
        "line 10: not UTF-8 .* iconv -f latin1",
    ),
    "nothing may follow": (
        lambda s: (
            s.replace("a\t0", "a\t-99")
            .replace("-0.30103\ta ", "-99\ta ")
            .replace("-0.60206\ta a", "-inf\ta a")
        ),
        "line 10: .* sum to 0, so they cannot be scaled",
    ),
    "no word ends": (
        lambda s: s.replace("-0.30103\t</s>", "-99\t</s>").replace("-0.30103\ta ", "-99\ta "),
        "</s> has probability 0 everywhere",
    ),
    "a weight of 1e100": (lambda s: s.replace("a\t0", "a\t100"), "line 10: 100 is not the log"),
    "no weight": (lambda s: s.replace("a\t0", "a\tnan"), "line 10: nan is not the logarithm"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_with_the_line(tmp_path, name):
    breaks, message = BROKEN[name]
    assert breaks(SMALL) != SMALL
    with pytest.raises(ValueError, match=message) as raised:
        read_arpa(as_file(tmp_path, breaks(SMALL)))
    assert "model.arpa, line " in str(raised.value)


@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz", "MODEL.GZ"])
def test_byte_order_marks_and_windows_lines_are_read(tmp_path, name):
    plain = SMALL.partition("\n\n")[2]
    text = ("\ufeff" + plain.replace("\n", "\r\n")).encode()
    data = gzip.compress(text) if name.lower().endswith(".gz") else text
    model = read_arpa(as_file(tmp_path, data, name))
    expected = read_arpa(as_file(tmp_path, SMALL))
    np.testing.assert_array_equal(model.ngram_log_proba_, expected.ngram_log_proba_)


def test_files_in_capitals_are_compressed(tmp_path):
    write_arpa(NGramCountLM(order=2).fit(["ab"]), tmp_path / "MODEL.GZ")
    assert gzip.decompress((tmp_path / "MODEL.GZ").read_bytes()).startswith(b"\\data\\\n")


def test_large_weights_are_exact(tmp_path):
    """What the weight multiplies is added up: 1 less the rest would be rounding."""
    text = """\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:
-99\t<s>\t0\n-0.3010301\ta\t5.30103\n-7\tb\t0\n-0.3010301\t</s>\n
\\2-grams:\n-0.30103\ta a\n-0.3187588\ta </s>\n\n\\end\\\n"""
    model = read_arpa(as_file(tmp_path, text), strict=True)
    expected = [[0.48, 0.5, 0.02]]
    np.testing.assert_allclose(model.predict_proba(["a"]), expected, rtol=1e-5)
    save(model, tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.predict_proba(["a"]), model.predict_proba(["a"]))


def test_the_largest_weight_gives_distributions_too(tmp_path):
    """The tokens listed have all the mass, so that only the weight says what is left."""
    text = SMALL.replace("-0.30103\t</s>", "0\t</s>").replace("-0.60206", "-20")
    text = text.replace("\ta\t0", "\ta\t99").replace("-0.30103\ta </s>", "0\ta </s>")
    with pytest.warns(UserWarning, match="furthest off in line 10 with 1e"):
        model = read_arpa(as_file(tmp_path, text))
    proba = model.predict_proba(["", "a", " "])
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_a_context_that_is_not_listed(tmp_path):
    text = SMALL.replace("ngram 2=3", "ngram 2=3\nngram 3=1")
    text = text.replace("\\end\\", "\\3-grams:\n-1\t<U+0020> a a\n\n\\end\\")
    with pytest.raises(ValueError, match="line 20: the n-gram without its last token"):
        read_arpa(as_file(tmp_path, text))


def test_a_suffix_that_is_not_listed_is_passed_over(tmp_path):
    """The situation after "aa" is the longest that is listed, a single a."""
    text = SMALL.replace("2=3", "2=2\nngram 3=1").replace("-0.60206\ta a\n", "")
    text = text.replace("\\end\\", "\\3-grams:\n-0.30103\t<s> a a\n\n\\end\\")
    text = text.replace("<s> a\n", "<s> a\t-0.176091\n")
    model = read_arpa(as_file(tmp_path, text))
    expected = [[1 / 3, 1 / 6, 1 / 2], [1 / 2, 1 / 4, 1 / 4]]
    np.testing.assert_allclose(model.predict_proba(["a", "aa"]), expected, atol=1e-5)


@pytest.mark.parametrize("n_bytes", [5, 40, 90])
def test_a_broken_gzip_file(tmp_path, n_bytes):
    data = gzip.compress(SMALL.encode())
    with pytest.raises(ValueError, match=r"line [0-9]+: the compressed file is broken"):
        read_arpa(as_file(tmp_path, data[:n_bytes], "model.arpa.gz"))


@given(st.data())
def test_bytes_changed_at_random_give_a_model_or_a_value_error(tmp_path_factory, data):
    text = bytearray(SMALL.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(b"\n\t -\\09a<>\xff="))
    path = as_file(tmp_path_factory.getbasetemp(), bytes(text), "changed.arpa")
    try:
        with warnings.catch_warnings(action="ignore"):
            model = read_arpa(path)
        outcome = model.predict_proba([() if model.symbols == "token" else ""]).sum()
    except ValueError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert "changed.arpa, line " in outcome
    else:
        assert outcome == pytest.approx(1, abs=1e-9)


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    model = NGramCountLM(order=2).fit(["ab"])
    path = tmp_path / "model.arpa"
    write_arpa(model, path)
    before = path.read_bytes()

    def broken_lines(*args):
        yield "\\data\\\n"
        raise OSError("disk full")

    monkeypatch.setattr(_arpa, "lines_of", broken_lines)
    with pytest.raises(OSError, match="disk full"):
        write_arpa(model, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model.arpa"]


def test_only_fitted_ngram_models_are_written(tmp_path):
    with pytest.raises(NotFittedError):
        write_arpa(NGramCountLM(), tmp_path / "model.arpa")
    bigrams = BigramCountLM(smoothing=0.5).fit(["a"])
    classifier = CharLMClassifier(NGramCountLM()).fit(["a", "b"], [0, 1])
    for other, remedy in (
        (bigrams, r"got BigramCountLM\..* NGramCountLM\(order=2, smoothing=0\.5\)"),
        (MixtureLM([("a", bigrams)]), r"Fit NGramCountLM\(\).*io\.save"),
        (classifier, r"classifier\.estimators_\[k\]"),
        (make_pipeline(NGramCountLM()), r"pipeline\[-1\]"),
        (BigramCountLM, r"the class BigramCountLM\. .* NGramCountLM\(\)\.fit"),
        (["a"], r"NGramCountLM\(\)\.fit\(words\)"),
    ):
        with pytest.raises(TypeError, match=f"ARPA files hold n-gram models.*{remedy}"):
            write_arpa(other, tmp_path / "model.arpa")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("smoothing", [0, 0.5, 1])
def test_bigrams_have_the_same_model_in_ngrams(smoothing, tmp_path):
    words = ["anna", "otto", "emma", ""]
    bigrams = BigramCountLM(smoothing=smoothing).fit(words)
    write_arpa(NGramCountLM(order=2, smoothing=smoothing).fit(words), tmp_path / "model.arpa")
    again = read_arpa(tmp_path / "model.arpa")
    X = [*words, "ann", "mom", "eta"]
    np.testing.assert_allclose(again.score_samples(X), bigrams.score_samples(X), rtol=1e-12)


def test_an_endless_run_of_blank_lines_is_not_read_to_its_end(tmp_path):
    text = SMALL.replace("\n\\2-grams:", "\n" * 100_000 + "\\2-grams:")
    with pytest.raises(ValueError, match="only blank lines"):
        read_arpa(as_file(tmp_path, text))
    assert _arpa_parser.MOST_OTHER_LINES < 100_000


@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz"])
def test_equal_models_give_equal_files_and_links_stay(tmp_path, name, monkeypatch):
    model = NGramCountLM(order=2).fit(["ab", "ba"])
    target, link = tmp_path / name, tmp_path / f"link-{name}"
    write_arpa(model, target)
    first = target.read_bytes()
    target.chmod(0o600)
    link.symlink_to(target)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    write_arpa(model, link)
    assert link.is_symlink()
    assert target.read_bytes() == first
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, link.name])


def test_an_unknown_symbol_costs_no_less_than_the_rarest(tmp_path):
    words = [["S", "T"], ["S", "T"], ["T"], ["S", "ZH"]] * 20
    write_arpa(NGramCountLM(order=2, symbols="token").fit(words), tmp_path / "words.arpa")
    model = read_arpa(tmp_path / "words.arpa")
    single = model.ngram_log_proba_[model.ngram_contexts_ == 0]
    cost = -model.score_symbols([["XX"]])["log_proba"][0]
    assert cost >= -single[np.isfinite(single)].min()
    assert cost == pytest.approx(np.log(max(np.exp(-single.min()), model.n_symbols_) + 1))
