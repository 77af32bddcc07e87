"""Guided proposals, against the exact distribution over few words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_makemore._core import guided
from sklearn_makemore._core.automata import Anything, Excluded, all_of, ends_with
from sklearn_makemore._core.conditions import Condition
from sklearn_makemore._core.draws import InverseCDFDraw, Restriction
from sklearn_makemore._core.guided import (
    GuidedSampler,
    best_proposals,
    effective_share,
    guide_of,
    words_of,
)
from sklearn_makemore._core.sampling import DEAD_END, FINISHED
from tests.coded import coded
from tests.core.test_automata import accepted, all_words
from tests.core.test_models import ToyRecurrentModel, ToyWindowModel
from tests.core.test_product import pattern
from tests.core.test_sampling import words_of as words_in

NETWORK, WINDOW = ToyRecurrentModel(4), ToyWindowModel(4, 3)
UNCHANGED = Restriction()
LONGEST = 5
POOR_WORDS = coded([[1]] * 50 + [[1, 1], [2, 3], [3, 2, 2], []])  # no words of the model's


@pytest.fixture(scope="module")
def own_words():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guided, "GUIDE_WORDS", 2_000)
        return {id(model): words_of(model, None) for model in (NETWORK, WINDOW)}


@pytest.fixture(autouse=True)
def few_pilots(monkeypatch):
    monkeypatch.setattr(guided, "PILOTS", 200)


def condition(automaton, prefix=(), min_length=0, max_length=LONGEST, unknown_code=None):
    return Condition(np.array(prefix, np.uint8), automaton, min_length, max_length, unknown_code)


CONDITIONS = [
    condition(pattern("a.*|.*b")),
    condition(ends_with([2, 1], 4), min_length=3),
    condition(all_of([pattern(".*[bc].?"), Excluded([[2], [1, 2], [2, 2, 2]], 4)]), (2,)),
    condition(Anything(), (3, 1), min_length=3),
    condition(pattern("(?:.a)*c?"), max_length=4),
]
CHANGES = [Restriction(temperature=0.5), Restriction(temperature=2.0, top_k=3)]


def chances(model, wanted, restriction=UNCHANGED):
    """Return the rest of each word that is accepted, and its probability after the prefix."""
    prefix = tuple(wanted.prefix.tolist())
    banned = [] if wanted.unknown_code is None else [wanted.unknown_code]
    words = [(*prefix, *rest) for rest in all_words(4, wanted.max_length - len(prefix))]
    good = accepted(wanted.automaton, words) & [len(word) >= wanted.min_length for word in words]
    result = {}
    for word in (word for word, is_good in zip(words, good, strict=True) if is_good):
        proba, state = 1.0, model.init_state(1)
        for place, last in enumerate((0, *word)):
            log_probs, rows, state = model.step(state, np.array([last], np.uint8))
            if place >= len(prefix):
                row = restriction.apply(log_probs[rows], banned)[0]
                proba *= row[(*word, 0)[place]]
        result[word[len(prefix) :]] = proba
    return result


def proposals_of(model, words, wanted, restriction=UNCHANGED, orders=(3,)):
    longest = wanted.max_length - len(wanted.prefix)
    found, share = best_proposals(model, words, wanted, restriction, longest, orders)
    assert 0 < share <= 1
    return found


@pytest.mark.parametrize(
    ("guide", "number", "restriction"),
    [
        *(("own", number, UNCHANGED) for number in range(len(CONDITIONS))),
        *(("poor", number, UNCHANGED) for number in (0, 2, 4)),
        *(("own", number, change) for change in CHANGES for number in (0, 2)),
    ],
    ids=str,
)
def test_weights_are_quotients_of_probabilities(guide, number, restriction, own_words):
    """The chance of proposing a word is its probability by its weight: all sum to 1.

    So means of weights are right on average, whatever the guide.
    """
    wanted = CONDITIONS[number]
    words = own_words[id(WINDOW)] if guide == "own" else POOR_WORDS
    proposals = proposals_of(WINDOW, words, wanted, restriction)
    n = 3_000
    drawn = proposals.draw(InverseCDFDraw(1), 0, n)
    expected = chances(WINDOW, wanted, restriction)
    rests = list(map(tuple, words_in(drawn.codes)))
    lost = np.isneginf(drawn.log_weights)
    assert {rest for rest, is_lost in zip(rests, lost, strict=True) if not is_lost} <= {*expected}
    weight_of = dict(zip(rests, np.exp(drawn.log_weights), strict=True))
    for rest, weight in zip(rests, np.exp(drawn.log_weights), strict=True):
        assert weight == pytest.approx(weight_of[rest], rel=1e-9)
    asked = {rest: expected[rest] / weight for rest, weight in weight_of.items() if weight}
    often = np.array([chance > 20 / n for chance in asked.values()])
    observed = np.array([rests.count(rest) for rest in asked])[often]
    means = n * np.array(list(asked.values()))[often]
    assert (np.abs(observed - means) < 5 * np.sqrt(means)).all()
    # What has not been drawn, or gets lost, has the rest.
    assert sum(asked.values()) <= 1 + 1e-9
    assert sum(asked.values()) + lost.mean() > 0.97
    weights = np.exp(drawn.log_weights)
    error = weights.std() / np.sqrt(n)
    assert abs(weights.mean() - sum(expected.values())) < 4 * error + 1e-9


def test_models_of_the_whole_word_are_followed_too(own_words):
    for wanted in CONDITIONS:
        drawn = proposals_of(NETWORK, own_words[id(NETWORK)], wanted).draw(
            InverseCDFDraw(0), 0, 3_000
        )
        weights = np.exp(drawn.log_weights)
        expected = sum(chances(NETWORK, wanted).values())
        assert abs(weights.mean() - expected) < 4 * weights.std() / np.sqrt(len(weights)) + 1e-9


def test_an_unknown_symbol_is_never_proposed(own_words):
    wanted = condition(pattern("a.*|.*b", np.array([-1, 97, 98, -1])), unknown_code=3)
    drawn = proposals_of(WINDOW, own_words[id(WINDOW)], wanted).draw(InverseCDFDraw(0), 0, 2_000)
    assert 3 not in drawn.codes
    weights = np.exp(drawn.log_weights)
    raw = {
        rest: proba
        for rest, proba in chances(WINDOW, condition(wanted.automaton)).items()
        if 3 not in rest
    }
    assert abs(weights.mean() - sum(raw.values())) < 4 * weights.std() / np.sqrt(2_000)


def distance(sampler, n, expected):
    """Return the total variation between drawn words and an exact distribution."""
    codes, outcome = sampler.candidates(0, n)
    assert (outcome == FINISHED).all()
    rests = list(map(tuple, words_in(codes)))
    total = sum(expected.values())
    shares = {rest: rests.count(rest) / n for rest in expected}
    assert sum(shares.values()) == pytest.approx(1)
    return sum(abs(shares[rest] - expected[rest] / total) for rest in expected) / 2


def test_the_bias_falls_with_the_number_of_proposals(monkeypatch):
    """Of proposals from a poor guide, the one taken is the closer the more there are."""
    wanted, n = condition(pattern("[ab]{2}|a|c|b")), 6_000
    expected = chances(WINDOW, wanted)
    proposals = proposals_of(WINDOW, POOR_WORDS, wanted)
    distances = []
    for n_proposals in (1, 4, 16, 64):
        monkeypatch.setattr(guided, "PROPOSALS", n_proposals)
        sampler = GuidedSampler(proposals, InverseCDFDraw(0))
        distances.append(distance(sampler, n, expected))
    assert distances[0] > 2 * distances[1] > 2.5 * distances[2]
    assert distances[1] > 4 * distances[3]
    assert distances[3] < 0.03


@pytest.mark.parametrize("wanted", CONDITIONS, ids=range(len(CONDITIONS)))
def test_words_are_those_of_the_model_given_the_condition(wanted, own_words):
    proposals = proposals_of(NETWORK, own_words[id(NETWORK)], wanted)
    expected = chances(NETWORK, wanted)
    assert distance(GuidedSampler(proposals, InverseCDFDraw(3)), 2_000, expected) < 0.08


def test_proposals_do_not_depend_on_how_many_are_drawn_at_once(own_words, monkeypatch):
    proposals = proposals_of(NETWORK, own_words[id(NETWORK)], CONDITIONS[0])
    sampler = GuidedSampler(proposals, InverseCDFDraw(5))
    whole, weights = proposals.draw(InverseCDFDraw(5), 0, 100)
    candidates, _ = sampler.candidates(0, 40)
    monkeypatch.setattr(guided, "CELLS_PER_BATCH", 4 * 7)
    again, weights_again = proposals.draw(InverseCDFDraw(5), 0, 100)
    np.testing.assert_array_equal(again, whole)
    np.testing.assert_allclose(weights_again, weights, rtol=1e-12)
    parts = [proposals.draw(InverseCDFDraw(5), first, 20) for first in range(0, 100, 20)]
    np.testing.assert_array_equal(np.concatenate([part.codes for part in parts]), whole)
    parts = [sampler.candidates(first, 10)[0] for first in range(0, 40, 10)]
    np.testing.assert_array_equal(np.concatenate(parts), candidates)
    assert sampler.most_at_once == 1


def test_lengths_of_what_is_proposed(own_words):
    wanted = condition(ends_with([1], 4), (2, 2), min_length=4, max_length=7)
    sampler = GuidedSampler(
        proposals_of(NETWORK, own_words[id(NETWORK)], wanted), InverseCDFDraw(0)
    )
    assert (sampler.min_length, sampler.max_length) == (4, 7)
    lengths = {len(rest) for rest in words_in(sampler.candidates(0, 300)[0])}
    assert lengths == {2, 3, 4, 5}


def test_what_is_too_long_counts_as_lost(own_words):
    wanted = Condition(np.array([], np.uint8), ends_with([1], 4), 0, None, None)
    proposals, _ = best_proposals(WINDOW, own_words[id(WINDOW)], wanted, UNCHANGED, 3, (3,))
    drawn = proposals.draw(InverseCDFDraw(0), 0, 2_000)
    lost = np.isneginf(drawn.log_weights)
    assert 0.05 < lost.mean() < 0.95
    assert max(map(len, words_in(drawn.codes))) <= 4
    weights = np.exp(drawn.log_weights)
    expected = chances(WINDOW, condition(wanted.automaton, max_length=3))
    assert abs(weights.mean() - sum(expected.values())) < 4 * weights.std() / np.sqrt(2_000)


def test_candidates_none_of_whose_proposals_is_a_word_are_dead_ends(own_words, monkeypatch):
    """The guide does not know what top_k forbids."""
    wanted, restriction = condition(pattern("..a")), Restriction(top_k=3)
    monkeypatch.setattr(guided, "PROPOSALS", 2)
    proposals = proposals_of(WINDOW, own_words[id(WINDOW)], wanted, restriction)
    drawn = proposals.draw(InverseCDFDraw(0), 0, 2_000)
    lost = np.isneginf(drawn.log_weights)
    expected = chances(WINDOW, wanted, restriction)
    assert 0 < lost.mean() < 1
    weights = np.exp(drawn.log_weights)
    assert abs(weights.mean() - sum(expected.values())) < 4 * weights.std() / np.sqrt(2_000)
    codes, outcome = GuidedSampler(proposals, InverseCDFDraw(0)).candidates(0, 1_000)
    both_lost = lost.reshape(-1, 2).all(axis=1)
    np.testing.assert_array_equal(outcome == DEAD_END, both_lost)
    finished = [
        tuple(each) for each, how in zip(words_in(codes), outcome, strict=True) if how == FINISHED
    ]
    assert {rest for rest, proba in expected.items() if proba > 0} >= set(finished)


def test_what_cannot_be_has_no_proposals(own_words):
    for wanted in (
        condition(pattern("b.*"), (1,)),
        condition(pattern(".{9}")),
        condition(pattern("z")),
    ):
        assert best_proposals(WINDOW, own_words[id(WINDOW)], wanted, UNCHANGED, 5) == (None, 0.0)


def test_the_better_guide_is_taken(own_words):
    """Proposals for a model that looks back three symbols, from one that looks back none."""
    wanted = CONDITIONS[0]
    shares = {}
    for orders in ((1,), (4,), (1, 4), (4, 1)):
        proposals, shares[orders] = best_proposals(
            WINDOW, own_words[id(WINDOW)], wanted, UNCHANGED, LONGEST, orders
        )
        again = proposals.draw(InverseCDFDraw(guided.PILOT_SEED), 0, guided.PILOTS)
        assert effective_share(again.log_weights) == pytest.approx(shares[orders], rel=1e-12)
    assert shares[(1,)] < shares[(4,)] == shares[(1, 4)] == shares[(4, 1)]


def test_guides_know_words_of_the_model(monkeypatch):
    monkeypatch.setattr(guided, "GUIDE_WORDS", 500)
    words = words_of(WINDOW, None)
    assert words.n_words == 500
    lengths = np.diff(words.offsets) - 1
    assert lengths.max() <= guided.GUIDE_LENGTH
    proba = np.exp(WINDOW.log_probs(coded([[]]))[0])
    assert abs((lengths == 0).mean() - proba) < 4 * np.sqrt(proba / 500)
    assert 3 not in words_of(WINDOW, 3).codes
    np.testing.assert_array_equal(words_of(WINDOW, None).codes, words.codes)
    # A guide holds no word for impossible, not even one with what its words do not have.
    guide = guide_of(coded([[1], [2, 1]]), 3)
    assert np.isfinite(guide.log_probs(coded([[3, 3, 1], []]))).all()


def test_effective_shares_of_few_weights():
    assert effective_share(np.zeros(10)) == pytest.approx(1)
    assert effective_share(np.array([0.0, -np.inf, -np.inf, -np.inf])) == pytest.approx(0.25)
    assert effective_share(np.array([-2_000.0, -2_000.0, -3_000.0])) == pytest.approx(2 / 3)
    assert effective_share(np.full(3, -np.inf)) == 0
    assert effective_share(np.empty(0)) == 0


@given(hnp.arrays(np.float64, 6, elements=st.floats(-50, 50)), st.floats(-500, 500))
def test_effective_shares_do_not_depend_on_the_unit(log_weights, unit):
    share = effective_share(log_weights)
    assert 1 / 6 <= share * (1 + 1e-12)
    assert share <= 1 + 1e-12
    assert effective_share(log_weights + unit) == pytest.approx(share, rel=1e-9)
    assert effective_share(np.repeat(log_weights, 2)) == pytest.approx(share, rel=1e-12)
