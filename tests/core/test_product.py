"""Sums over all words, against linear algebra without any care for size and against all words."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore import BigramCountLM, MixtureLM, NGramCountLM
from sklearn_makemore._core import product as module
from sklearn_makemore._core.automata import (
    DEAD,
    Anything,
    Excluded,
    TableAutomaton,
    all_of,
    ends_with,
    fixed_symbols,
)
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.finite_states import RestrictedStates
from sklearn_makemore._core.models import FiniteStates
from sklearn_makemore._core.product import NotConverged, TooLarge, product_of
from sklearn_makemore._text.patterns import transitions_of
from tests.coded import coded
from tests.core.test_automata import accepted, all_words, tables

WORDS = ["abca", "bb", "cab", "", "acc", "b", "aab", "caab"]
POINTS = np.array([-1, ord("a"), ord("b"), ord("c")])
UNKNOWN_POINTS = np.append(POINTS, -1)

# No word has a symbol twice: all are known.
ASCENDING = BigramModel(
    np.array([[0.1, 0.4, 0.3, 0.2], [0.3, 0, 0.5, 0.2], [0.6, 0, 0, 0.4], [1.0, 0, 0, 0]])
)


def pattern(text, points=POINTS):
    return TableAutomaton(*transitions_of(text, points))


def states_of(estimator):
    return estimator.fit(WORDS)._model.finite_states


PARTS = [("bigrams", BigramCountLM()), ("ngrams", NGramCountLM(order=3))]
MODELS = {
    "bigrams": states_of(BigramCountLM()),
    "bigrams, not smoothed": states_of(BigramCountLM(smoothing=0)),
    "kneser-ney": states_of(NGramCountLM(order=4)),
    "witten-bell": states_of(NGramCountLM(order=3, smoothing="witten_bell")),
    "additive": states_of(NGramCountLM(order=3, smoothing=0.01)),
    "not smoothed": states_of(NGramCountLM(order=3, smoothing=0)),
    "unigrams": states_of(NGramCountLM(order=1)),
    "mixture": states_of(MixtureLM(PARTS, weights=[0.3, 0.7])),
    "calibrated": states_of(NGramCountLM(order=3, length="calibrated")),
}
MODELS |= {
    "temperature": RestrictedStates(MODELS["kneser-ney"], Restriction(temperature=0.5), None),
    "top_k": RestrictedStates(MODELS["mixture"], Restriction(top_k=2), None),
    "top_p": RestrictedStates(MODELS["kneser-ney"], Restriction(top_p=0.8), None),
    "wild": RestrictedStates(MODELS["bigrams"], Restriction(temperature=2.5, top_k=3), None),
}
WITH_UNKNOWN = {
    "bigrams": states_of(BigramCountLM(handle_unknown="unknown")),
    "kneser-ney": states_of(NGramCountLM(order=3, handle_unknown="unknown")),
}
PATTERNS = [
    "a.*",
    ".*b",
    "(ab|ba)*c?",
    "[^a]*",
    ".{3}",
    ".{2,5}",
    "a?b?c?",
    "(.*b){3}.*",
    ".*",
    "a",
]


def equations(states, automaton, first, unknown_code=None):
    """Return A and b of z = A z + b over the pairs of states that words reach, found one by one."""
    places, rows, to_do = {first: 0}, [], [first]
    for of_model, of_automaton in to_do:  # which grows meanwhile
        log_probs = states.rows(np.array([of_model]))[0]
        ends = automaton.accepts(np.array([of_automaton]))[0]
        row = {None: np.exp(log_probs[0]) if ends else 0.0}
        for code in range(1, states.n_symbols):
            after = automaton.step(np.array([of_automaton]), np.array([code]))[0]
            if code == unknown_code or after == DEAD or log_probs[code] == -np.inf:
                continue
            target = int(states.following(np.array([of_model]), np.array([code]))[0]), int(after)
            if target not in places:
                places[target] = len(places)
                to_do.append(target)
            row[places[target]] = row.get(places[target], 0.0) + np.exp(log_probs[code])
        rows.append(row)
    steps = np.zeros((len(rows), len(rows)))
    for source, row in enumerate(rows):
        for target, chance in row.items():
            if target is not None:
                steps[source, target] = chance
    return steps, np.array([row[None] for row in rows])


def solution(steps, ends):
    """Solve z = A z + b where words may end, refined in extended precision."""
    leads_on = ends > 0
    while (more := ~leads_on & (steps @ leads_on > 0)).any():
        leads_on |= more
    left = np.eye(leads_on.sum()) - steps[np.ix_(leads_on, leads_on)]
    found = np.linalg.solve(left, ends[leads_on]).astype(np.longdouble)
    for _ in range(3):
        found += np.linalg.solve(left, (ends[leads_on] - left @ found).astype(float))
    result = np.zeros(len(steps))
    result[leads_on] = found
    return result


def solved(states, automaton, prefix=(), unknown_code=None):
    """Return the sum after a prefix, as the product has it and as linear algebra has it."""
    first = states.after(np.array(prefix, np.int64))[0], automaton.read(prefix)
    expected = solution(*equations(states, automaton, first, unknown_code))[0]
    return product_of(states, automaton, first, unknown_code).log_sums[0], expected


def check(found, expected):
    assert np.exp(found) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("text", PATTERNS)
@pytest.mark.parametrize("name", MODELS)
def test_sums_are_those_of_linear_algebra(name, text):
    check(*solved(MODELS[name], pattern(text)))


@pytest.mark.parametrize("name", MODELS)
@given(tables(), st.lists(st.integers(1, 3), max_size=3))
@settings(max_examples=8)
def test_sums_of_any_automaton_after_any_prefix(name, table, prefix):
    automaton = TableAutomaton(*table)
    if automaton.read(prefix) != DEAD:
        check(*solved(MODELS[name], automaton, prefix))


@pytest.mark.parametrize("text", PATTERNS)
@pytest.mark.parametrize("name", WITH_UNKNOWN)
def test_words_with_what_is_unknown_do_not_count(name, text):
    states, automaton = WITH_UNKNOWN[name], pattern(text, UNKNOWN_POINTS)
    check(*solved(states, automaton, unknown_code=4))
    found, _ = solved(states, Anything(), unknown_code=4)
    assert -0.5 < found < -1e-3  # some words have it


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("ending", [[1], [1, 2], [3, 1, 3]])
def test_sums_of_endings_and_exclusions(name, ending):
    states, excluded = MODELS[name], Excluded([[1, 2], [2], [3, 1, 2]], 4)
    check(*solved(states, ends_with(ending, 4)))
    check(*solved(states, excluded))
    check(*solved(states, all_of([ends_with(ending, 4), pattern("a?.*"), excluded]), prefix=[3]))


@pytest.mark.parametrize("name", ["bigrams", "kneser-ney", "mixture"])
def test_one_sum_is_that_of_all_words(name):
    """All words together, and those of an automaton and the others, have probability 1."""
    states = MODELS[name]
    found, _ = solved(states, Anything())
    assert found == pytest.approx(0, abs=1e-15)
    one, _ = solved(states, pattern(".*ab.*"))
    other, _ = solved(states, pattern("(?:[bc]|a+c)*a*"))
    assert np.exp(one) + np.exp(other) == pytest.approx(1, rel=1e-12)


@given(tables(), st.sampled_from([(), (1,), (2,), (1, 3)]))
def test_sums_are_those_over_all_words_where_there_are_few(table, prefix):
    automaton = TableAutomaton(*table)
    if automaton.read(prefix) == DEAD:
        return
    words = [word for word in all_words(4, 3) if word[: len(prefix)] == prefix]
    proba = np.exp([ASCENDING.log_probs(coded([list(word)])).sum() for word in words])
    whole = proba[accepted(automaton, words)].sum()
    found, _ = solved(ASCENDING, automaton, prefix)
    assert np.exp(found) * proba.sum() == pytest.approx(whole, rel=1e-12, abs=1e-300)


# Each block of the product is added up to within 3e-13 alone, and the errors of twelve add up.
@pytest.mark.parametrize(
    "text", ["a*b*", "(?:(?:ab?)*c)*", "(?:.*a){12}", "(?:.*a){12}.*|b*c*b*c*"]
)
def test_long_words_are_added_up_to_the_last(text):
    ends = np.exp(-6)
    others = np.array([0.2, 0.3, 0.5]) * (1 - ends)
    table = np.array([[ends, *others], [ends, *others[::-1]], [ends, *others], [ends, *others]])
    check(*solved(BigramModel(table), pattern(text)))


def test_sums_too_small_for_floats_are_logarithms():
    """As long as words are, their probabilities are the products of those of their symbols."""
    states = MODELS["kneser-ney"]
    word = [1, 2, 3, 3, 1] * 160
    score = states.log_probs(coded([word])).sum()
    assert score < -750
    found = product_of(states, fixed_symbols(word, 4), (states.start, 0)).log_sums[0]
    assert found == pytest.approx(score, rel=1e-13)


def test_small_sums_of_many_words():
    """Independent symbols: (1/2)**n times (1/4)**m, by any way."""
    quarter = np.full((4, 4), 0.25)
    states = BigramModel(quarter)
    found = product_of(states, pattern("(?:[ab]{2}c){280}b*"), (0, 0)).log_sums[0]
    expected = 280 * np.log(1 / 16) + np.log(0.25 / 0.75)
    assert found == pytest.approx(expected, rel=1e-12)


# A node that leads to no word has the unit 1, which is too large beside that of a node before it.
def test_a_small_sum_beside_a_way_that_leads_nowhere():
    """What leads to no word has no likeliest word, and no unit."""
    table = np.array([[0, 0.5, 0, 0.5], [0, 0, 1.0, 0], [0.75, 0.25, 0, 0], [0, 1.0, 0, 0]])
    found = product_of(BigramModel(table), pattern("(?:ab){540}|cc"), (0, 0)).log_sums[0]
    assert found == pytest.approx(np.log(0.5 * 0.75) + 539 * np.log(0.25), rel=1e-12)


# In units of the likeliest word, the sum over so many that are as likely is beyond float64.
def test_a_small_sum_over_very_many_words():
    table = np.full((4, 4), 0.25)
    product = product_of(BigramModel(table), pattern(".{1610}"), (0, 0))
    assert product.log_sums[0] == pytest.approx(1_610 * np.log(0.75) + np.log(0.25), rel=1e-12)


def test_an_impossible_pattern_has_probability_zero():
    states = MODELS["bigrams, not smoothed"]
    found = product_of(states, pattern("cc.*|.*"), (states.start, 0)).log_sums[0]
    assert found == pytest.approx(0, abs=1e-15)
    assert product_of(states, pattern(".*ba.*"), (states.start, 0)).log_sums[0] == -np.inf
    assert product_of(ASCENDING, pattern("aa.*|bb.*"), (0, 0)).log_sums[0] == -np.inf


def test_words_that_hardly_ever_end_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_SWEEPS", 2_000)
    ends = 1e-7
    table = np.full((4, 4), (1 - ends) / 3)
    table[:, 0] = ends
    product = product_of(BigramModel(table), pattern(".*a"), (0, 0))
    with pytest.raises(NotConverged, match="so long that sums over them are not exact after 2000"):
        _ = product.log_sums
    # Where nothing is asked for, it is known that they do end.
    assert product_of(BigramModel(table), Anything(), (0, 0)).log_sums[0] == 0
    assert issubclass(NotConverged, ValueError)


def test_words_that_never_end_have_no_probability():
    never = BigramModel(np.array([[0, 0.5, 0.5], [0, 0.5, 0.5], [0, 0.5, 0.5]]))
    for automaton in (Anything(), ends_with([1], 3)):
        assert product_of(never, automaton, (0, 0)).log_sums[0] == -np.inf
    trap = BigramModel(np.array([[0, 0.5, 0.5], [1.0, 0, 0], [0, 0, 1.0]]))
    for automaton in (Anything(), ends_with([1], 3)):
        assert product_of(trap, automaton, (0, 0)).log_sums[0] == pytest.approx(np.log(0.5))


class Endless(FiniteStates):
    """Ever new states; counts how many rows are asked for."""

    n_rows = 0

    def rows(self, states):
        self.n_rows += len(states)
        return np.full((len(states), self.n_symbols), -np.log(self.n_symbols))

    def following(self, states, codes):
        return (states * self.n_symbols + codes) % self.n_states


@pytest.mark.parametrize("n_states", [2**16, 2**40])
def test_products_that_do_not_fit_are_refused_before_they_are_there(n_states, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_TABLE_BYTES", 2**20)
    monkeypatch.setattr(module, "CELLS_PER_BATCH", 2**12)
    states = Endless(8, n_states, 1)
    tracemalloc.start()
    with pytest.raises(TooLarge, match="would need more than 1 GiB"):
        product_of(states, Anything(), (1, 0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert states.n_rows < 2**20 / module.BYTES_PER_EDGE
    assert peak < 2**23
    assert issubclass(TooLarge, ValueError)


class Remembering(Endless):
    """A few states with numbers that are far apart; bigrams in truth."""

    def rows(self, states):
        return MODELS["bigrams"].rows(states >> 59)

    def following(self, states, codes):
        return codes.astype(np.int64) << 59


@pytest.mark.parametrize("text", [".*b", "a(?:b|c)*ac*", ".{0,20}"])
def test_states_may_have_numbers_near_the_largest(text):
    """Pairs of states are numbered, too: either these fit into int64, or it says so."""
    far = Remembering(4, 2**62, 0)
    expected, _ = solved(MODELS["bigrams"], pattern(text))
    try:
        found = product_of(far, pattern(text), (0, 0)).log_sums[0]
    except TooLarge:
        return
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("text", PATTERNS)
def test_how_nodes_are_found_changes_nothing(text, monkeypatch):
    states = MODELS["mixture"]
    whole = product_of(states, pattern(text), (states.start, 0))
    monkeypatch.setattr(module, "MOST_NUMBERED", 0)
    monkeypatch.setattr(module, "CELLS_PER_BATCH", 8)
    parts = product_of(states, pattern(text), (states.start, 0))
    for name in ("states", "indptr", "codes", "targets", "log_probs", "log_ends", "is_free"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    np.testing.assert_allclose(parts.log_sums, whole.log_sums, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
def test_edges_are_the_possible_steps(name):
    states, automaton = MODELS[name], pattern("(?:a|bc)*b?")
    product = product_of(states, automaton, (states.start, 0))
    steps, ends = equations(states, automaton, (states.start, 0))
    assert product.n_nodes == len(steps)
    np.testing.assert_allclose(np.sort(product.numbers.ends), np.sort(ends))
    sources = np.repeat(np.arange(product.n_nodes), np.diff(product.indptr))
    codes = product.codes.astype(np.int64)
    np.testing.assert_array_equal(product.targets_of(sources, codes), product.targets)
    places, edges = product.edges_of(np.array([1, 0, 1]))
    expected = [np.flatnonzero(sources == node) for node in (1, 0, 1)]
    np.testing.assert_array_equal(edges, np.concatenate(expected))
    np.testing.assert_array_equal(places, np.repeat([0, 1, 2], list(map(len, expected))))
    following = states.following(product.states[sources], codes)
    np.testing.assert_array_equal(product.states[product.targets], following)


@pytest.mark.parametrize("name", ["bigrams, not smoothed", "kneser-ney", "mixture", "top_k"])
@given(tables())
@settings(max_examples=20)
def test_the_likeliest_word_is_the_likeliest(name, table):
    states, automaton = MODELS[name], TableAutomaton(*table)
    best = product_of(states, automaton, (states.start, 0)).log_best[0]
    # One symbol at most leads from a pair of states to another, but where there is one state.
    steps, ends = equations(states, automaton, (states.start, 0))
    expected = ends.copy()
    for _ in range(len(steps) + 1):
        expected = np.maximum(ends, (steps * expected).max(axis=1))
    assert np.exp(best) == pytest.approx(expected[0], rel=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_logarithms_are_those_of_the_numbers(name):
    states = MODELS[name]
    product = product_of(states, pattern("(?:.*b){2}.*"), (states.start, 0))
    numbers, logarithms = product.ways_to_add
    one, other = product.solve(numbers), product.solve(logarithms)
    np.testing.assert_allclose(np.exp(other), one, rtol=1e-12)


def test_symbols_with_tiny_probabilities_are_added_up():
    """Two of them together are below the smallest float64, and may be all there is."""
    tiny = 1e-160
    table = np.array([[0.5, 0.5, tiny]] * 3)
    points = np.array([-1, ord("a"), ord("b")])
    found = product_of(BigramModel(table), pattern("a*b{3}a?", points), (0, 0)).log_sums[0]
    assert found == pytest.approx(3 * np.log(tiny) + np.log(1.5), rel=1e-12)
