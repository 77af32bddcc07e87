"""A model given a condition, against the definition: the share of each word in those accepted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sklearn_makemore._core import conditioned as module
from sklearn_makemore._core.automata import Anything, Excluded, all_of, ends_with
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.draws import InverseCDFDraw, Restriction
from sklearn_makemore._core.product import TooLarge
from sklearn_makemore._core.sampling import FINISHED, CandidateSampler
from sklearn_makemore._estimators.conditional import given_condition
from tests.coded import coded
from tests.core.test_automata import accepted, all_words
from tests.core.test_product import ASCENDING, MODELS, equations, pattern, solution
from tests.core.test_sampling import words_of

NOTHING = np.array([], np.uint8)
LENGTHS = [(0, None), (2, None), (0, 0), (3, 3), (2, 5), (1, 60)]


def condition(automaton, prefix=(), min_length=0, max_length=None, unknown_code=None):
    return Condition(np.array(prefix, np.uint8), automaton, min_length, max_length, unknown_code)


def given_model(states, condition):
    return given_condition(states, condition, Restriction())


def log_proba_of(given_model, rest):
    """Step through a word; return the log-probability of what follows the prefix."""
    total, state = 0.0, given_model.init_state(1)
    for last, target in zip((0, *rest), (*rest, 0), strict=True):
        log_probs, rows, state = given_model.step(state, np.array([last], np.uint8))
        total += log_probs[rows[0], target]
        if total == -np.inf:
            break
    return total


def share(states, condition):
    """Return the probability of what is accepted after a prefix, from powers of a dense matrix."""
    automaton, prefix = condition.automaton, condition.prefix.astype(np.int64)
    first = states.after(prefix)[0], automaton.read(prefix.tolist())
    steps, ends = equations(states, automaton, first, condition.unknown_code)
    least = max(0, condition.min_length - len(prefix))
    if condition.max_length is None:
        result = solution(steps, ends)
    else:
        result, power = np.zeros(len(ends)), ends
        for _ in range(condition.max_length - len(prefix) - least + 1):
            result, power = result + power, steps @ power
    for _ in range(least):
        result = steps @ result
    return result[0]


def fits(word, condition):
    longest = len(word) if condition.max_length is None else condition.max_length
    return condition.min_length <= len(word) <= longest


def rests(condition, longest):
    """Return what may follow a prefix, and whether the whole is accepted."""
    prefix = tuple(condition.prefix.tolist())
    words = [(*prefix, *rest) for rest in all_words(4, longest)]
    good = accepted(condition.automaton, words)
    good &= [fits(word, condition) for word in words]
    return [word[len(prefix) :] for word in words], good


def score_after(states, prefix, rest):
    """Return the log-probability of what follows a prefix."""
    total, state = 0.0, np.array([states.after(np.array(prefix, np.int64))[0]])
    for code in rest:
        total += states.rows(state)[0, code]
        state = states.following(state, np.array([code]))
    return total + states.rows(state)[0, 0]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("text", ["a.*", ".*b", "(ab|c)*", ".{0,4}", "[^a]*b?"])
@pytest.mark.parametrize("name", ["not smoothed", "mixture", "top_k", "calibrated"])
def test_how_likely_what_is_asked_for_is(name, text, lengths):
    wanted = condition(pattern(text), (), *lengths)
    expected = share(MODELS[name], wanted)
    model = given_model(MODELS[name], wanted)
    assert (model is None) == (expected == 0)
    if model is not None:
        assert np.exp(model.log_proba) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("prefix", [(), (3,), (1, 2)])
@pytest.mark.parametrize("name", ["kneser-ney", "top_p", "calibrated"])
def test_each_word_has_its_share_of_what_is_accepted(name, prefix, lengths):
    states = MODELS[name]
    lengths = [None if each is None else each + len(prefix) for each in lengths]
    automaton = all_of([pattern("(a|c)?.*b.*|c*|ab*"), Excluded([[1, 2], [3, 2], [3]], 4)])
    wanted = condition(automaton, prefix, *lengths)
    total = share(states, wanted)
    if total == 0:
        return
    model = given_model(states, wanted)
    words, good = rests(wanted, 4)
    for word, is_good in zip(words[::7], good[::7], strict=True):
        expected = np.exp(score_after(states, prefix, word)) / total if is_good else 0.0
        found = np.exp(log_proba_of(model, word))
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-300)


@given(
    st.lists(st.integers(1, 3), max_size=2),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.lists(st.lists(st.integers(1, 3), max_size=3), max_size=4),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(2, 4)),
)
def test_shares_sum_to_one_where_words_are_few(prefix, ending, excluded, least, most):
    """Endings may overlap with prefixes."""
    automaton = all_of([ends_with(ending, 4), Excluded(excluded, 4)])
    wanted = condition(automaton, prefix, least, most)
    words, good = rests(wanted, 3)
    proba = np.exp([score_after(ASCENDING, prefix, word) for word in words]) * good
    if most is not None and most < max(least, len(prefix)):
        return  # refused before
    model = given_model(ASCENDING, wanted)
    assert (model is None) == (proba.sum() == 0)
    if model is not None:
        assert np.exp(model.log_proba) == pytest.approx(proba.sum(), rel=1e-12)
        found = np.exp([log_proba_of(model, word) for word in words])
        np.testing.assert_allclose(found, proba / proba.sum(), rtol=1e-12)
        assert found.sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("lengths", [(0, None), (3, None), (2, 6)])
@pytest.mark.parametrize("name", ["bigrams", "mixture", "temperature", "calibrated"])
def test_drawn_words_are_as_often_as_they_are_likely(name, lengths):
    """Chi-square with a fixed seed; no candidate is lost."""
    states, n = MODELS[name], 3_000
    wanted = condition(all_of([pattern("[ab].*"), ends_with([2], 4)]), (), *lengths)
    model = given_model(states, wanted)
    sampler = CandidateSampler(model, InverseCDFDraw(7), Restriction(), NOTHING, 0, 1_000, None)
    codes, outcome = sampler.candidates(0, n)
    assert (outcome == FINISHED).all()
    drawn = [tuple(word) for word in words_of(codes)]
    assert accepted(wanted.automaton, drawn).all()
    assert all(fits(word, wanted) for word in drawn)
    words, good = rests(wanted, 5)
    chances = (
        np.exp([score_after(states, (), word) for word in words]) * good / share(states, wanted)
    )
    often = np.flatnonzero(chances * n >= 10)
    observed = [drawn.count(words[place]) for place in often]
    expected = chances[often] * n
    observed, expected = [*observed, n - sum(observed)], [*expected, n - expected.sum()]
    if expected[-1] < 1e-6:
        assert observed.pop() == 0
        expected.pop()
    assert chisquare(observed, expected).pvalue > 1e-3


@pytest.mark.parametrize("lengths", [(0, None), (3, None), (2, 6)])
def test_what_is_to_come_is_what_each_symbol_leaves(lengths):
    """Chances times it are the conditional distribution, whatever model the chances are of."""
    states = MODELS["kneser-ney"]
    wanted = condition(pattern("(a|bc?)*b.*"), (), *lengths)
    model = given_model(states, wanted)
    state, other, of_model = model.init_state(2), model.init_state(2), np.full(2, states.start)
    codes = np.zeros(2, np.uint8)
    for following in ([1, 2], [2, 3], [2, 2]):
        log_probs, rows, state = model.step(state, codes)
        to_go, other = model.to_go(other, codes)
        masses = np.exp(states.rows(of_model)) * to_go
        shares = masses / masses.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(shares, np.exp(log_probs[rows]), rtol=1e-11)
        codes = np.array(following, np.uint8)
        of_model = states.following(of_model, codes)


def test_states_are_selected_as_those_of_models_are():
    model = given_model(MODELS["kneser-ney"], condition(pattern("(a|b)*c?")))
    _, _, state = model.step(model.init_state(3), np.zeros(3, np.uint8))
    _, rows, state = model.step(state, np.array([1, 2, 1], np.uint8))
    assert rows[0] == rows[2] != rows[1]
    selected = model.select(state, np.array([True, False, True]))
    again, rows_again, _ = model.step(selected, np.array([3, 2], np.uint8))
    whole, rows_whole, _ = model.step(state, np.array([3, 2, 2], np.uint8))
    np.testing.assert_allclose(again[rows_again], whole[rows_whole[[0, 2]]])
    np.testing.assert_allclose(np.exp(whole).sum(axis=1), 1)


@pytest.mark.parametrize("lengths", [(0, None), (0, 1_000), (150, 1_000)])
def test_very_unlikely_words_are_drawn_as_surely_as_others(lengths):
    states = MODELS["kneser-ney"]
    wanted = condition(pattern("(?:cb[ac]){200}"), (), *lengths)
    model = given_model(states, wanted)
    sampler = CandidateSampler(model, InverseCDFDraw(0), Restriction(), NOTHING, 0, 1_000, None)
    codes, outcome = sampler.candidates(0, 20)
    assert (outcome == FINISHED).all()
    words = words_of(codes)
    assert accepted(wanted.automaton, words).all()
    # All that may be said of such words at once: shares are quotients of probabilities.
    one, other = words[0], words[1]
    difference = log_proba_of(model, one) - log_proba_of(model, other)
    expected = states.log_probs(coded([one])).sum() - states.log_probs(coded([other])).sum()
    assert difference == pytest.approx(expected, rel=1e-9, abs=1e-9)
    total = states.log_probs(coded([one])).sum() - log_proba_of(model, one)
    assert model.log_proba == pytest.approx(total, rel=1e-12)


def test_words_as_long_as_must_be_however_unlikely():
    """Lengths alone may make words as unlikely as patterns do."""
    halves = BigramModel(np.array([[0.5, 0.5], [0.5, 0.5]]))
    model = given_model(halves, condition(Anything(), (), 5_000))
    assert model.log_proba == pytest.approx(-5_000 * np.log(2), rel=1e-12)
    model = given_model(halves, condition(Anything(), (), 5_000, 5_001))
    assert model.log_proba == pytest.approx(-5_001 * np.log(2) + np.log(1.5), rel=1e-12)


# The one unit of all sums of a layer is too large for what the first node has.
def test_long_words_that_begin_unlike_those_that_are_long_most_easily():
    """Of long words, those of "a" are likely and need "b" two hundred times before."""
    table = np.array([[0.001, 0, 0.999], [0.1, 0.9, 0], [0.998, 0.001, 0.001]])
    points = np.array([-1, ord("a"), ord("b")])
    wanted = condition(pattern("b*|b{200}a*", points), (), 600)
    model = given_model(BigramModel(table), wanted)
    expected = np.log(0.999) + 200 * np.log(0.001) + 399 * np.log(0.9)
    assert model.log_proba == pytest.approx(expected, rel=1e-9)


def test_what_cannot_be_has_no_probability():
    assert given_model(MODELS["bigrams"], condition(pattern("a.*"), (2,))) is None
    assert given_model(MODELS["bigrams"], condition(ends_with([2], 4), (2,))) is not None
    for lengths in [(0, 2), (9, None), (9, 12)]:
        wanted = condition(pattern("(?:abc|.{4,8})"), (), *lengths)
        assert given_model(ASCENDING, wanted) is None


@pytest.mark.parametrize("lengths", [(1_000, None), (0, 1_000), (500, 1_000)])
def test_sums_for_too_many_lengths_are_refused(lengths, monkeypatch):
    ends = 1e-3  # so that sums still grow after a thousand symbols
    slow = BigramModel(np.array([[ends, 1 - ends], [ends, 1 - ends]]))
    wanted = condition(pattern("(?:aa)*", np.array([-1, ord("a")])), (), *lengths)
    monkeypatch.setattr(module, "LARGEST_TABLE_BYTES", 2**13)
    with pytest.raises(TooLarge, match=r"Sums for \d+ lengths of words and more would need more"):
        given_model(slow, wanted)


def test_sums_that_grow_no_more_are_there_once(monkeypatch):
    """Whatever the longest length, memory is that of the sums that differ."""
    monkeypatch.setattr(module, "LARGEST_TABLE_BYTES", 2**16)
    states = MODELS["kneser-ney"]
    expected = given_model(states, condition(pattern(".*b"), (), 0, None)).log_proba
    found = given_model(states, condition(pattern(".*b"), (), 0, 100_000)).log_proba
    assert found == pytest.approx(expected, rel=1e-12)


# All layers are counted, those too that are the same array.
def test_sums_that_grow_no_more_are_there_once_with_a_shortest_length_too(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_TABLE_BYTES", 2**16)
    states = MODELS["kneser-ney"]
    expected = given_model(states, condition(pattern(".*b"), (), 2, None)).log_proba
    found = given_model(states, condition(pattern(".*b"), (), 2, 100_000)).log_proba
    assert found == pytest.approx(expected, rel=1e-12)
