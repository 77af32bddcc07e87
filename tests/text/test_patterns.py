"""Patterns against Python's own ``re``, over all short words."""

import itertools
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core.automata import TableAutomaton
from sklearn_makemore._text import patterns
from sklearn_makemore._text.patterns import transitions_of
from tests.core.test_automata import accepted, all_words, reachable

# Letters of several scripts, digits of three, spaces, a combining mark, a lone surrogate, and what
# means something in an expression.
SYMBOLS = "aZßя中_7٣²\n \u2003\u0301\ud800\U0001f600-]^\\.$|(*{"
CATEGORIES = [r"\w", r"\W", r"\d", r"\D", r"\s", r"\S"]
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}", "{0,1}"]


def written(symbol):
    """Draw one of the ways to write a symbol."""
    ways = [re.escape(symbol), f"\\U{ord(symbol):08x}"]
    if ord(symbol) < 256:
        ways += [f"\\x{ord(symbol):02x}", f"\\{ord(symbol):03o}"]
    return st.sampled_from(ways)


def a_range(two):
    return st.tuples(*map(written, sorted(two))).map("-".join)


LITERALS = st.sampled_from(SYMBOLS).flatmap(written)
RANGES = st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(SYMBOLS)).flatmap(a_range)
ITEMS = st.one_of(LITERALS, RANGES, st.sampled_from(CATEGORIES))
CLASSES = st.builds(
    "[{}{}{}{}]".format,
    st.sampled_from(["", "^"]),
    st.sampled_from(["", "]"]),  # first it is a symbol
    st.lists(ITEMS, min_size=1, max_size=3).map("".join),
    st.sampled_from(["", "-"]),  # last, too
)
ATOMS = st.one_of(LITERALS, CLASSES, st.sampled_from([".", *CATEGORIES]))


def larger(parts):
    """Draw an expression of smaller ones."""
    repeated = st.builds(
        "{}{}{}{}".format,
        st.one_of(ATOMS, st.builds("{}{})".format, st.sampled_from(["(?:", "(", "(?P<n>"]), parts)),
        st.sampled_from(QUANTIFIERS),
        st.sampled_from(["", "?"]),
        st.sampled_from(["", "", "", r"(?#(?=^\b$)"]),
    )
    sequences = st.lists(st.one_of(repeated, ATOMS), max_size=3).map("".join)
    return st.lists(sequences, min_size=1, max_size=3).map("|".join)


def with_names(expression):
    """Give groups names of their own."""
    numbers = itertools.count()
    return re.sub(r"\(\?P<n>", lambda _: f"(?P<n{next(numbers)}>", expression)


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=6).map(with_names)
ANCHORED = st.builds(
    "{}(?:{}){}|{}".format,
    st.sampled_from(["", "^", r"\A"]),
    EXPRESSIONS,
    st.sampled_from(["", "$", r"\Z"]),
    st.sampled_from(["^a$", "$", "^", r"(^a|\AZ)я", r"a(\n$|\Z)", "Z"]),
)
ALPHABETS = st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=3, unique=True)


def points_of(symbols):
    """Return the code points of codes: of the boundary, symbols, and what is no symbol of words."""
    return np.array([-1, *map(ord, symbols), -1])


def automaton_of(pattern, symbols="ab"):
    return TableAutomaton(*transitions_of(pattern, points_of(symbols)))


def matched(pattern, symbols, words):
    """Tell which words Python says that a pattern matches; none that has what is no symbol."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        match = re.compile(pattern).fullmatch
    none = len(symbols) + 1
    return [
        none not in word and match("".join(symbols[code - 1] for code in word)) is not None
        for word in words
    ]


@given(st.one_of(EXPRESSIONS, ANCHORED), ALPHABETS)
def test_a_pattern_means_what_it_means_to_re(pattern, symbols):
    words = all_words(len(symbols) + 2, 4)
    found = accepted(automaton_of(pattern, symbols), words)
    expected = matched(pattern, symbols, words)
    wrong = [word for word, one, other in zip(words, found, expected, strict=True) if one != other]
    assert not wrong


@given(EXPRESSIONS, ALPHABETS)
def test_the_fewest_states_accept_the_same(pattern, symbols):
    table = transitions_of(pattern, points_of(symbols))
    reduced = TableAutomaton(*table)
    assert reduced.n_states <= len(table.following)
    words = all_words(len(symbols) + 2, 4)
    states = np.zeros(len(words), np.int64)
    for place in range(4):
        here = [at for at, word in enumerate(words) if len(word) > place and states[at] >= 0]
        classes = table.class_of[[words[at][place] for at in here]]
        states[here] = table.following[states[here], classes]
    expected = (states >= 0) & table.accepting[states]
    np.testing.assert_array_equal(accepted(reduced, words), expected)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "(?u)a",
        "a{2}b?",
        r"\141\x62",
        "(?:a|ab)(?:b|)",
        "(a*)*b",
        "(?:a?){3}",
        "[^a]",
        "(?:)*",
        "$|$",
        "a$$",
    ],
)
def test_patterns_that_people_write(pattern):
    words = all_words(4, 5)
    np.testing.assert_array_equal(
        accepted(automaton_of(pattern), words), matched(pattern, "ab", words)
    )


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_are_those_of_every_script(category):
    points = np.array([-1, *range(0, 0x20000, 7)])
    automaton = TableAutomaton(*transitions_of(category, points))
    after = automaton.step(np.zeros(len(points), np.int64), np.arange(len(points)))
    matches = re.compile(category).match
    expected = [bool(matches(chr(point))) for point in points[1:].tolist()]
    np.testing.assert_array_equal(after[1:] >= 0, expected)
    assert after[0] < 0


def test_symbols_that_make_no_difference_are_one_class():
    table = transitions_of("[a-m]x|[a-c]y", np.array([-1, *range(ord("a"), ord("z") + 1)]))
    assert len(set(table.class_of[1:].tolist())) == 5  # a-c, d-m, x, y, others


def test_a_word_of_anything_is_free_where_every_code_is_a_symbol():
    whole = np.array([-1, ord("a"), ord("b")])
    automaton = TableAutomaton(*transitions_of("(?:a|b)*", whole))
    assert automaton.n_states == 1
    assert automaton.is_free(np.zeros(1, np.int64)).all()
    assert not automaton_of("(?:a|b)*").is_free(np.zeros(1, np.int64)).any()


REFUSED = [
    ("a(?=b)", "look-around", 1, "filter the words"),
    (r"[(?=]\(?(?!a)b", "look-around", 8, "filter the words"),
    ("(?<=a)b", "look-around", 0, "filter the words"),
    (r"a\(?<!b(?<!c)", "look-around", 7, "filter the words"),
    ("(?!)", "look-around", 0, "filter the words"),
    (r"(a)[\1]\\1\1", "a back-reference", 10, "alternatives"),
    (r"(a)\101\1", "a back-reference", 7, "alternatives"),
    ("(?P<n>a)[(?P=n)](?P=n)", "a back-reference", 16, "alternatives"),
    (r"(a)?[(?(](?(1)b|c)", "a conditional group", 9, "both alternatives"),
    (r"\(?>(?>a)", "an atomic group", 4, "(?:...)"),
    (r"[*+]\*+a*+", "a possessive repeat", 8, "second +"),
    (r"}+\++a{2,}+", "a possessive repeat", 6, "second +"),
    ("a{x}+b?+", "a possessive repeat", 6, "second +"),
    ("a{,3}+", "a possessive repeat", 1, "second +"),
    ("(?i)a", "flags", 0, "[aA]"),
    ("(?s).", "flags", 0, "[aA]"),
    ("(?x)a b", "flags", 0, "[aA]"),
    (r"[(?i:]\(?i:(?i:a)", "flags", 11, "[aA]"),
    ("a(?-i:b)", "flags", 1, "[aA]"),
    (r"[\b]\\ba\b", r"\b", 8, "whole word"),
    (r"a\Bb", r"\b", 1, "whole word"),
    (r"(?#\b)a\b", r"\b", 7, "whole word"),
    (r"^[^$]\^\$a^", "an anchor within", 10, "leave it out"),
    (r"a$b$", "an anchor within", 1, "leave it out"),
    (r"(^a)b^c", "an anchor within", 5, "leave it out"),
    (r"^a|^b$c", "an anchor within", 5, "leave it out"),
    (r"x(?:a|^b)", "an anchor within", 6, "leave it out"),
    (r"\\Aa\A", "an anchor within", 4, "leave it out"),
    (r"\Z[$]a\Z", "an anchor within", 0, "leave it out"),
    (r"(^a)*", "an anchor within", 1, "leave it out"),
    (r"(?#^$)a(?:^b|c$)", "an anchor within", 10, "leave it out"),
    ("^^a", "an anchor within", 1, "leave it out"),
]


@pytest.mark.parametrize(("pattern", "name", "position", "remedy"), REFUSED)
def test_what_automata_cannot_say_is_named_with_its_place(pattern, name, position, remedy):
    re.compile(pattern)  # Python knows it
    with pytest.raises(ValueError, match=re.escape(f"has {name} at position {position},")) as info:
        automaton_of(pattern)
    assert remedy in str(info.value)
    assert repr(pattern) in str(info.value)


@given(EXPRESSIONS, st.sampled_from([each for each in REFUSED if "anchor" not in each[1]]))
def test_the_place_is_that_after_any_beginning(before, refused):
    pattern, name, position, _ = refused
    if name == "flags" and position == 0:
        return  # they stand at the start alone
    if name in ("a back-reference", "a conditional group"):
        before = re.sub(r"\((?!\?:|\?#)(?:\?P<n\d+>)?", "(?:", before)  # groups keep their numbers
    try:
        re.compile(f"(?:{before}){pattern}")
    except re.error:
        return  # a "(" in a class has been taken for a group
    place = len(before) + 4 + position
    with pytest.raises(ValueError, match=re.escape(f"has {name} at position {place},")):
        automaton_of(f"(?:{before}){pattern}")


@pytest.mark.parametrize(
    ("pattern", "position"),
    [("a(", 1), ("[a", 0), ("a**", 2), ("a)", 1), ("\\", 0), ("(?P<1>a)", 4)],
)
def test_what_is_no_expression_is_named_with_its_place(pattern, position):
    message = rf"no regular expression.* at position {position}\. re\.escape"
    with pytest.raises(ValueError, match=message):
        automaton_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (".{10001}", "more than 10000 symbols one by one"),
        ("(?:a{100}){101}", "more than 10000 symbols one by one"),
        ("(?:(?:a{60000}){60000}){60000}", "more than 10000 symbols one by one"),
        (".*a.{40}", "states"),
        ("(?:a?b?){0,4000}", "states"),
        ("a{99999999999}", "too large"),
        ("(?:" * 300 + "a" + ")*" * 300, "nested too deeply"),
        ("(" * 10_000 + "a" + ")" * 10_000, "nested too deeply"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_too_large_is_refused_soon(pattern, message, monkeypatch):
    monkeypatch.setattr(patterns, "MOST_STATES", 2**12)
    monkeypatch.setattr(patterns, "MOST_STEPS", 2**17)
    with pytest.raises(ValueError, match=message) as info:
        automaton_of(pattern)
    assert len(str(info.value)) < 300


def test_large_sets_of_positions_count_by_their_size(monkeypatch):
    """Few states may take long: each of these stands for thousands of positions."""
    monkeypatch.setattr(patterns, "MOST_STEPS", 2**17)
    unions, plain = [], patterns._union
    monkeypatch.setattr(patterns, "_union", lambda sets: unions.append(1) or plain(sets))
    with pytest.raises(ValueError, match=r"more than \d\d states"):
        automaton_of("(?:.?){0,9999}")
    assert len(unions) < 100


@pytest.mark.parametrize(
    "pattern", ["(?:){4000000000}", "(a{0}){0,4000000000}", "(?:(?:|){9}){9,}"]
)
def test_nothing_repeated_is_nothing(pattern):
    words = all_words(4, 2)
    assert accepted(automaton_of(pattern), words).tolist() == [not word for word in words]


def test_long_patterns_are_read():
    text = "ab" * 2_000
    automaton = automaton_of(text)
    word = (1, 2) * 2_000
    assert accepted(automaton, [word, word[:-1], (*word, 1)]).tolist() == [True, False, False]
    automaton = automaton_of("(?:a|b){0,3000}")
    assert accepted(automaton, [word[:3_000], word[:3_001]]).tolist() == [True, False]


def test_repeats_take_a_state_a_symbol():
    assert automaton_of("a{20}").n_states == 21
    assert automaton_of("a{3,20}").n_states == 21
    assert automaton_of("(?:ab){0,20}").n_states == 41
    assert len(reachable(automaton_of("a+b+"), 3)) == 3
