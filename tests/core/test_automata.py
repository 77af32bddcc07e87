"""Automata against trying all short words."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._core import automata
from sklearn_makemore._core.automata import (
    ANY,
    DEAD,
    Anything,
    Both,
    Excluded,
    TableAutomaton,
    all_of,
    ends_with,
    fixed_symbols,
)

V = 4  # symbols: the boundary and three others
CODES = st.lists(st.integers(1, V - 1), max_size=5)
SOME_WORDS = st.lists(CODES, max_size=6)


@cache
def all_words(n_symbols, longest):
    """Return all words up to a length, as tuples of codes."""
    codes = range(1, n_symbols)
    return [word for n in range(longest + 1) for word in product(codes, repeat=n)]


def accepted(automaton, words):
    """Tell which words an automaton accepts, read side by side."""
    states = np.zeros(len(words), np.int64)
    lengths = np.array([len(word) for word in words])
    for place in range(lengths.max(initial=0)):
        here = np.flatnonzero((lengths > place) & (states != DEAD))
        codes = np.array([words[each][place] for each in here], np.int64)
        states[here] = automaton.step(states[here], codes)
    alive = states != DEAD
    alive[alive] = automaton.accepts(states[alive])
    return alive


def reachable(automaton, n_symbols):
    """Return the states that words lead to, and those that each leads to."""
    leads_to, to_do = {}, [0]
    while to_do:
        state = to_do.pop()
        if state not in leads_to:
            here = np.full(n_symbols - 1, state)
            leads_to[state] = automaton.step(here, np.arange(1, n_symbols)).tolist()
            to_do += [after for after in leads_to[state] if after != DEAD]
    return leads_to


def free_states(automaton, n_symbols):
    """Return the reachable states from which all words are accepted: what leads to others goes."""
    leads_to = reachable(automaton, n_symbols)
    free = {state for state in leads_to if automaton.accepts(np.array([state]))[0]}
    while wrong := {state for state in free if not free.issuperset(leads_to[state])}:
        free -= wrong
    return free


@st.composite
def tables(draw):
    """Draw following, class_of and accepting of any table that the boundary leads nowhere in."""
    n_states = draw(st.integers(1, 7))
    class_of = draw(st.sampled_from([[2, 0, 0, 1], [0, 1, 2, 3], [1, 0, 0, 0]]))
    row = st.lists(st.integers(-1, n_states - 1), min_size=max(class_of), max_size=max(class_of))
    following = draw(st.lists(row, min_size=n_states, max_size=n_states))
    following = np.insert(following, class_of[0], DEAD, axis=1)
    accepting = draw(st.lists(st.booleans(), min_size=n_states, max_size=n_states))
    return following, np.array(class_of), np.array(accepting)


def read_table(table, word):
    """Tell whether a table as it is accepts a word, one symbol after the other."""
    following, class_of, accepting = table
    state = 0
    for code in word:
        state = following[state, class_of[code]]
        if state == DEAD:
            return False
    return bool(accepting[state])


@given(tables(), st.sampled_from([1, 2**11]))
def test_tables_accept_the_same_once_they_are_reduced(table, most_reduced):
    words = all_words(V, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automata, "MOST_REDUCED", most_reduced)
        found = accepted(TableAutomaton(*table), words)
    np.testing.assert_array_equal(found, [read_table(table, word) for word in words])


@given(tables())
def test_no_two_states_accept_the_same_and_none_is_in_vain(table):
    automaton = TableAutomaton(*table)
    leads_to = reachable(automaton, V)
    accepts = {state: bool(automaton.accepts(np.array([state]))[0]) for state in leads_to}
    # What is accepted of words of up to 0, 1, 2, ... symbols tells states apart.
    told_apart = {**accepts, DEAD: False}
    for _ in leads_to:
        told_apart = {DEAD: told_apart[DEAD]} | {
            state: (accepts[state], *(told_apart[after] for after in leads_to[state]))
            for state in leads_to
        }
        names = {each: name for name, each in enumerate(dict.fromkeys(told_apart.values()))}
        told_apart = {state: names[each] for state, each in told_apart.items()}
    assert len({told_apart[state] for state in leads_to}) == len(leads_to)
    ends = {state for state in leads_to if accepts[state]}
    while more := {state for state in leads_to if ends & {*leads_to[state]}} - ends:
        ends |= more
    assert ends | {0} == {*leads_to}


@given(tables())
def test_free_is_from_where_all_is_accepted(table):
    automaton = TableAutomaton(*table)
    states = np.array(list(reachable(automaton, V)))
    assert set(states[automaton.is_free(states)].tolist()) == free_states(automaton, V)


def shortest_rests(automaton, n_symbols):
    """Return how many symbols the shortest accepted rest after each reachable state has."""
    leads_to, result = reachable(automaton, n_symbols), {}
    for n in range(len(leads_to) + 1):
        for state in leads_to.keys() - result.keys():
            ends = n == 0 and automaton.accepts(np.array([state]))[0]
            if ends or any(result.get(after) == n - 1 for after in leads_to[state]):
                result[state] = n
    return {state: result.get(state, np.inf) for state in leads_to}


@given(tables(), CODES, SOME_WORDS)
def test_how_many_symbols_are_still_to_come(table, ending, excluded):
    """Exactly for each alone; at least so many where two are asked for."""
    for automaton in (TableAutomaton(*table), ends_with(ending, V), fixed_symbols(ending, V)):
        expected = shortest_rests(automaton, V)
        states = np.array(list(expected))
        assert automaton.fewest(states).tolist() == list(expected.values())
    joined = all_of([TableAutomaton(*table), Excluded(excluded, V), ends_with(ending, V)])
    expected = shortest_rests(joined, V)
    assert (joined.fewest(np.array(list(expected))) <= list(expected.values())).all()
    assert (Anything().fewest(np.zeros(2, np.int64)) == 0).all()


@given(CODES.filter(len))
def test_ends_with_what_overlaps_itself(ending):
    words = all_words(V, 6)
    expected = [list(word[-len(ending) :]) == ending for word in words]
    automaton = ends_with(ending, V)
    np.testing.assert_array_equal(accepted(automaton, words), expected)
    assert automaton.n_states == len(ending) + 1
    assert not automaton.is_free(np.arange(automaton.n_states)).any()


@pytest.mark.parametrize("ending", [[1, 2, 1, 2, 1], [1, 1, 1, 2, 1, 1, 1], [1, 1, 2, 1, 1, 3, 1]])
def test_long_endings_that_overlap_themselves(ending):
    rng = np.random.default_rng(0)
    words = [tuple(rng.integers(1, 3, 12)) for _ in range(200)]
    words += [(*word, *ending[rng.integers(len(ending)) :], *ending) for word in words]
    words += [(*word[:-1], 3) for word in words]
    expected = [list(word[-len(ending) :]) == ending for word in words]
    np.testing.assert_array_equal(accepted(ends_with(ending, V), words), expected)


def test_every_word_ends_with_nothing():
    automaton = ends_with([], V)
    assert accepted(automaton, all_words(V, 3)).all()
    assert automaton.is_free(np.zeros(1, np.int64)).all()


@given(st.lists(st.sampled_from([ANY, 1, 2, 3]), max_size=5))
def test_fixed_symbols_and_any_in_place_of_blanks(codes):
    words = all_words(V, 6)
    expected = [
        len(word) == len(codes)
        and all(code in (ANY, own) for code, own in zip(codes, word, strict=True))
        for word in words
    ]
    np.testing.assert_array_equal(accepted(fixed_symbols(codes, V), words), expected)


@given(SOME_WORDS)
def test_excluded_words_alone_are_not_accepted(excluded):
    words = all_words(V, 6)
    automaton = Excluded(excluded, V)
    expected = [list(word) not in excluded for word in words]
    np.testing.assert_array_equal(accepted(automaton, words), expected)
    states = np.array(list(reachable(automaton, V)))
    assert states.max() < automaton.n_states
    # Of no words at all, it does not know that all is accepted.
    claimed = set(states[automaton.is_free(states)].tolist())
    assert claimed == free_states(automaton, V) - ({0} if not excluded else set())


def test_many_excluded_words():
    rng = np.random.default_rng(0)
    excluded = [tuple(rng.integers(1, 200, rng.integers(8)).tolist()) for _ in range(3_000)]
    others = [tuple(rng.integers(1, 200, rng.integers(8)).tolist()) for _ in range(3_000)]
    others += [word[:-1] for word in excluded] + [(*word, 7) for word in excluded]
    automaton, is_excluded = Excluded(excluded, 200), set(excluded)
    assert not accepted(automaton, excluded).any()
    expected = [word not in is_excluded for word in others]
    np.testing.assert_array_equal(accepted(automaton, others), expected)


@given(tables(), CODES, SOME_WORDS)
def test_both_accept_what_is_accepted_by_each(table, ending, excluded):
    words = all_words(V, 5)
    parts = [TableAutomaton(*table), ends_with(ending, V), Excluded(excluded, V)]
    joined = all_of(parts)
    expected = np.logical_and.reduce([accepted(part, words) for part in parts])
    np.testing.assert_array_equal(accepted(joined, words), expected)
    states = np.array(list(reachable(joined, V)))
    assert states.max() < joined.n_states
    assert set(states[joined.is_free(states)].tolist()) <= free_states(joined, V)


def test_both_of_what_is_free_is_free():
    either = Both(Excluded([[1, 2]], V), Excluded([[1, 3]], V))
    state = np.array([either.read([2])])
    assert either.is_free(state).all()
    assert not either.is_free(np.array([either.read([1])])).any()


def test_nothing_asked_for_is_anything():
    automaton = all_of([])
    assert isinstance(automaton, Anything)
    assert accepted(automaton, all_words(V, 3)).all()
    assert automaton.is_free(np.zeros(3, np.int64)).all()


@given(tables(), CODES)
def test_read_is_one_step_after_the_other(table, codes):
    automaton, state = TableAutomaton(*table), 0
    for code in codes:
        if state != DEAD:
            state = int(automaton.step(np.array([state]), np.array([code]))[0])
    assert automaton.read(codes) == state


def test_states_are_read_in_any_order():
    automaton = ends_with([1, 2], V)
    after = automaton.step(np.array([1, 0, 2, 1]), np.array([2, 1, 3, 1], np.uint8))
    np.testing.assert_array_equal(after, [2, 1, 0, 1])


def test_what_has_no_boundary_does_not_read_it():
    assert ends_with([1], V).read([0]) == DEAD
    assert fixed_symbols([ANY, 1], V).read([0]) == DEAD
