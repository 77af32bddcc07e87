"""What a symbol is: words are split into symbols and made of them again."""

import functools
import operator
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._text import flat_text
from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.symbols import CHARACTERS, TOKENS, Matches, symbols_of
from sklearn_makemore._text.vocabulary import Vocabulary
from tests.instances import nameable

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
regex = pytest.importorskip("regex")

DOT = re.compile(".", re.DOTALL)
ANY_KIND = ["char", "grapheme", "split", DOT, "token"]
STRINGS = st.lists(st.text(max_size=6), min_size=1)
TOKEN_LISTS = st.lists(st.lists(st.text(min_size=1, max_size=3), max_size=5), min_size=1)


def read(words, kind):
    return kind.read_all(as_column(words))


def symbols_by_hand(word, parameter):
    """The symbols of a word, found in another way."""
    if parameter == "grapheme":
        return [match.group() for match in regex.finditer(r"\X", word)]
    if parameter == "split":
        return [part for part in re.split(r"\s+|[\x1c-\x1f\x85]+", word) if part]
    return list(word)


@pytest.mark.parametrize("parameter", ["char", "grapheme", "split", DOT], ids=str)
@given(words=STRINGS)
def test_strings_are_split_and_joined_again(parameter, words):
    kind = symbols_of(parameter)
    text = read(words, kind)
    assert text.to_lists() == [symbols_by_hand(word, parameter) for word in words]
    expected = [" ".join(word.split()) for word in words] if parameter == "split" else words
    assert kind.words(text) == expected
    assert kind.spellings(as_column(words)) == expected


@given(TOKEN_LISTS)
def test_tokens_are_read_from_every_container(words):
    expected = list(map(tuple, words))
    objects = np.fromiter(words, object, len(words))
    arrays = [np.array(word, dtype=object) for word in words]
    for container in (
        words,
        expected,
        objects,
        arrays,
        pd.Series(words),
        pd.DataFrame({"a": pd.Series(words)}),
        pa.array(words, pa.list_(pa.string())),
        pa.array(words, pa.large_list(pa.large_string())),
        pa.array(words, pa.list_(pa.string_view())),
        pa.array(words, pa.list_(pa.dictionary(pa.int8(), pa.string()))),
        pa.chunked_array([pa.array(words, pa.list_(pa.string()))] * 1),
        pa.array([["x"], *words], pa.list_(pa.string())).slice(1),
        pl.Series(words, dtype=pl.List(pl.String)),
        pd.Series(words, dtype=pd.ArrowDtype(pa.list_(pa.string()))),
    ):
        assert TOKENS.words(read(container, TOKENS)) == expected, type(container)


def test_tokens_of_one_length_are_words_too():
    fixed = pa.array([["a", "b"], ["c", "d"]], pa.list_(pa.string(), 2))
    assert TOKENS.words(read(fixed, TOKENS)) == [("a", "b"), ("c", "d")]
    assert TOKENS.words(read([np.array(["a", "b"])], TOKENS)) == [("a", "b")]
    assert type(TOKENS.words(read([np.array(["a"])], TOKENS))[0][0]) is str


@pytest.mark.parametrize("parameter", ANY_KIND, ids=str)
def test_pieces_make_the_whole(parameter, monkeypatch):
    kind = symbols_of(parameter)
    words = ["ab", "", "b c", "cde", "a", "éf"]
    words = list(map(list, words)) if parameter == "token" else words
    whole = kind.words(read(words, kind))
    vocabulary = Vocabulary.of_text(read(words, kind), None, "error", kind)
    codes = vocabulary.encode(read(words, kind)).codes
    monkeypatch.setattr(flat_text, "WORDS_PER_PIECE", 2)
    pieces = list(kind.pieces(as_column(words)))
    assert [text.n_words for text in pieces] == [2, 2, 2]
    assert [word for text in pieces for word in kind.words(text)] == whole
    parts = [vocabulary.encode(text).codes[1:] for text in pieces]
    np.testing.assert_array_equal(np.concatenate([[0], *parts]), codes)
    text = read(words, kind)
    np.testing.assert_array_equal(vocabulary.encode(text).codes, codes)
    kept = text.keep(np.array([1, 0, 1, 0, 0, 1], bool))
    assert kind.words(kept) == [whole[0], whole[2], whole[5]]
    assert kind.words(text.words(2, 4)) == whole[2:4]


@pytest.mark.parametrize("parameter", ANY_KIND, ids=str)
def test_codes_are_in_the_order_of_symbols_and_back(parameter):
    kind = symbols_of(parameter)
    words = ["ba", "", "é", "a b"]
    words = [tuple(word) for word in words] if parameter == "token" else words
    text = read(words, kind)
    vocabulary = Vocabulary.of_text(text, None, "unknown", kind)
    assert vocabulary.alphabet == sorted(set(functools.reduce(operator.iadd, text.to_lists(), [])))
    assert vocabulary.symbols.tolist() == [".", *vocabulary.alphabet, "\ufffd"]
    coded = vocabulary.encode(text)
    assert vocabulary.decode(coded.codes[1:]) == kind.words(text)
    again = pickle.loads(pickle.dumps(vocabulary))
    assert again.same_symbols(vocabulary)
    assert again.kind == kind
    union = vocabulary | Vocabulary.of_alphabet(["x"], None, "error", kind)
    assert union.alphabet == sorted([*vocabulary.alphabet, "x"])
    assert union.codes_of(vocabulary).tolist() == [
        0, *(union.alphabet.index(s) + 1 for s in vocabulary.alphabet), union.n_known
    ]  # fmt: skip


def test_unknown_symbols_are_spelled():
    vocabulary = Vocabulary.of_alphabet(["a", "Cl"], None, "penalty", TOKENS)
    text = read([["a", "Br", "I"], ["Br"]], TOKENS)
    words = vocabulary.encode(text)
    assert words.codes.tolist() == [0, 2, 3, 3, 0, 3, 0]
    assert words.n_strangers == 3
    assert words.n_known == words.n_symbols == 3
    spelled, shown = vocabulary.spell(text, words)
    assert shown[spelled.codes].tolist() == [".", "a", "Br", "I", ".", "Br", "."]
    with pytest.raises(ValueError, match=r"tokens: 'Br' in the word \('a', 'Br', 'I'\) at pos"):
        vocabulary.encode(text, to_learn=True)


def test_what_is_shown_is_no_symbol():
    for words, shown in (
        ([["a"]], "."),
        ([["a", "."]], "|"),
        ([[".", "|", "$", "\u23ce"]], "<end>"),
        ([[".", "|", "$", "\u23ce", "<end>", "<end1>"]], "<end2>"),
    ):
        vocabulary = Vocabulary.of_text(read(words, TOKENS), None, "unknown", TOKENS)
        assert vocabulary.boundary_shown == shown
    vocabulary = Vocabulary.of_alphabet(["\ufffd", "<unk>"], None, "unknown", TOKENS)
    assert vocabulary.symbols.tolist() == [".", "<unk>", "\ufffd", "<unk1>"]
    characters = Vocabulary.of_alphabet("a\ufffd", None, "unknown")
    assert characters.decode(np.array([1, 3, 0, 2, 0])) == ["a<unk>", "\ufffd"]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["ab"], TypeError, r"lists of symbols .*got str \('ab'\) at position 0.*is \[X\]"),
        ([["a"], None], ValueError, "missing values: None at position 1"),
        ([["a"], float("nan")], ValueError, "missing values: nan at position 1"),
        ([["a"], ["b", ""]], ValueError, r"str \(''\) as item 1 of the word at position 1"),
        ([["a", None]], ValueError, r"NoneType \(None\) as item 1 of the word at position 0"),
        ([["a"], ["b", 3]], TypeError, r"int \(3\) as item 1 of the word at position 1"),
        ([["a", ["b"]]], TypeError, r"list \(\['b'\]\) as item 1"),
        ([{"a", "b"}], TypeError, "got set"),
        ([b"ab"], TypeError, "got bytes"),
        (pa.array([["a"], None]), ValueError, "missing values: None at position 1"),
        (pa.array([["a", None]]), ValueError, "as item 1 of the word at position 0"),
        (pa.array([["a", ""]]), ValueError, "as item 1 of the word at position 0"),
        (pa.array([[1]]), TypeError, r"int \(1\) as item 0"),
        (pa.array(["ab"]), TypeError, "got str"),
        (pl.Series([["a", None]]), ValueError, "as item 1 of the word at position 0"),
        (
            np.array([["a", "b"]]),
            ValueError,
            r"2 columns.*a list of its rows as words of symbols='token'",
        ),
    ],
    ids=nameable,
)
def test_what_is_no_list_of_symbols_is_named(words, error, message):
    with pytest.raises(error, match=message):
        read(words, TOKENS)


def test_lists_where_strings_should_be():
    with pytest.raises(TypeError, match=r"got list \(\['a'\]\) at position 1.*symbols='token'"):
        read(["b", ["a"]], CHARACTERS)


def test_a_pattern_must_cover_every_word():
    kind = symbols_of(re.compile("Cl|C|(O)"))
    assert kind.split("CClO") == ["C", "Cl", "O"]
    with pytest.raises(ValueError, match=r"at position 1: .*nothing at place 2 of 'ClNO'"):
        read(["C", "ClNO"], kind)
    with pytest.raises(ValueError, match="matches nothing at place 1"):
        Matches(re.compile("C|(?=O)")).split("CO")


def test_which_parts_are_symbols():
    assert symbols_of("grapheme").is_symbol("e\u0301")
    assert not symbols_of("grapheme").is_symbol("ab")
    assert not symbols_of("split").is_symbol("a b")
    assert not symbols_of(re.compile("Cl|C")).is_symbol("Br")
    assert TOKENS.is_symbol("a b")
    assert not TOKENS.is_symbol("")
    pattern = symbols_of(re.compile("Cl|C|l"))
    assert not pattern.hold_together(["C", "l"])
    assert pattern.hold_together(["Cl", "l"])
    assert not symbols_of(re.compile(r"a(?!b)|b")).hold_together(["a", "b"])


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("chars", "must be 'char', 'grapheme', 'split', 'token' or a compiled pattern"),
        (r"Cl|.", r"re\.compile"),
        (None, "Got None instead"),
        (regex.compile("."), r"Python's own re\.compile"),
        (re.compile(b"."), "one of bytes"),
        (re.compile("a*"), "matches no empty string"),
    ],
    ids=repr,
)
def test_what_says_nothing_of_symbols(parameter, message):
    with pytest.raises(ValueError, match=message):
        symbols_of(parameter)
