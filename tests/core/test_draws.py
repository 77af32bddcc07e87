"""Restricted distributions against a slow reference, and uniforms that depend on a counter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_makemore._core.draws import InverseCDFDraw, Restriction, cumulative, invert, uniforms

LOG_PROBS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 9)),
    elements=st.one_of(st.just(-np.inf), st.floats(-50, 0)),
)


def slow_restriction(row, banned, temperature, top_k, top_p):
    """Restrict one row symbol by symbol, in the order temperature, top_k, top_p."""
    allowed = [j for j in range(len(row)) if j not in banned and row[j] > -np.inf]
    if not allowed:
        return [0.0] * len(row)
    best = max(row[j] for j in allowed)
    if temperature == 0:
        mass = {j: float(row[j] == best) for j in allowed}
    else:
        mass = {j: np.exp((row[j] - best) / temperature) for j in allowed}
    ranked = sorted(mass, key=lambda j: (-mass[j], -row[j], j))
    if top_k is not None:
        ranked = ranked[:top_k]
    total = sum(mass[j] for j in ranked)
    kept, reached = [], 0.0
    for j in ranked:
        if top_p is None or top_p >= 1 or reached < top_p:
            kept.append(j)
        reached += mass[j] / total
    total = sum(mass[j] for j in kept)
    return [mass[j] / total if j in kept else 0.0 for j in range(len(row))]


@given(
    LOG_PROBS,
    st.lists(st.just(0), max_size=1),
    st.sampled_from([0.0, 1e-6, 0.5, 1.0, 3.0, 1e6]),
    st.none() | st.integers(1, 12),
)
def test_temperature_and_top_k(log_probs, banned, temperature, top_k):
    actual = Restriction(temperature, top_k, None).apply(log_probs, banned)
    expected = [slow_restriction(row, banned, temperature, top_k, None) for row in log_probs]
    np.testing.assert_allclose(actual, expected, atol=1e-12)
    sums = actual.sum(axis=1)
    assert ((np.abs(sums - 1) < 1e-9) | (sums == 0)).all()
    if top_k is not None:
        assert ((actual > 0).sum(axis=1) <= top_k).all()


@pytest.mark.parametrize("top_p", [1e-9, 0.3, 0.55, 0.9, 1.0])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 3])
def test_top_p(top_p, temperature, top_k):
    log_probs = np.log([[0.1, 0.4, 0.2, 0.3], [0.97, 0.01, 0.01, 0.01]])
    actual = Restriction(temperature, top_k, top_p).apply(log_probs, [])
    expected = [slow_restriction(row, [], temperature, top_k, top_p) for row in log_probs]
    np.testing.assert_allclose(actual, expected, atol=1e-12)


@pytest.mark.parametrize(("top_p", "n_kept"), [(0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3)])
def test_top_p_keeps_no_symbol_beyond_a_sum_that_is_reached(top_p, n_kept):
    actual = Restriction(top_p=top_p).apply(np.full((1, 4), np.log(0.25)), [])
    np.testing.assert_allclose(actual, [[1 / n_kept] * n_kept + [0] * (4 - n_kept)])


def test_ties_stay_equally_likely_as_temperature_falls():
    log_probs = np.log([[0.4, 0.2, 0.4]])
    for temperature in (0.0, 1e-300, 1e-6):
        actual = Restriction(temperature).apply(log_probs, [])
        np.testing.assert_allclose(actual, [[0.5, 0, 0.5]])


def test_the_input_is_not_changed():
    log_probs = np.log([[0.25, 0.75]])
    before = log_probs.copy()
    Restriction(0.5, 1, 0.5).apply(log_probs, [0])
    assert (log_probs == before).all()


@given(LOG_PROBS, st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20), st.data())
def test_inverse_cdf_is_the_first_symbol_that_exceeds_u(log_probs, u, data):
    probabilities = Restriction().apply(log_probs, [])
    rows = np.array([data.draw(st.integers(0, len(log_probs) - 1)) for _ in u])
    cdf = cumulative(probabilities)
    codes = invert(cdf, rows, np.array(u))
    for code, row, x in zip(codes.tolist(), rows, u, strict=True):
        exceeding = np.flatnonzero(cdf[row] > x)
        if len(exceeding):
            assert code == exceeding[0]
            assert probabilities[row, code] > 0
        else:
            assert code == probabilities.shape[1]
            assert not probabilities[row].any()


def test_rounding_leaves_no_gap_at_the_end():
    probabilities = np.full((1, 10), 0.1)  # ten tenths sum to 0.9999999999999999
    cdf = cumulative(probabilities)
    assert cdf[0, -1] == 1.0
    assert invert(cdf, np.array([0]), np.array([np.nextafter(1, 0)])).tolist() == [9]


def test_uniforms_are_a_function_of_seed_candidate_and_step():
    whole = uniforms(7, np.arange(100), 3)
    assert (uniforms(7, np.arange(100)[::-1], 3) == whole[::-1]).all()
    assert (uniforms(7, np.array([42]), 3) == whole[42]).all()
    assert not (uniforms(8, np.arange(100), 3) == whole).any()
    assert not (uniforms(7, np.arange(100), 4) == whole).any()
    assert not (uniforms(7, np.arange(1, 101), 3) == whole).any()


def test_uniforms_follow_splitmix64():
    """Against the published algorithm in Python integers."""
    mask = 2**64 - 1

    def mix(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    gamma = 0x9E3779B97F4A7C15
    assert mix(gamma) == 0xE220A8397B1DCDAF  # the first output of SplitMix64 with seed 0
    for seed, candidate, step in ((0, 0, 0), (2**63 - 1, 12345, 67), (99, 10**9, 999)):
        state = mix((seed + (candidate + 1) * gamma) & mask)
        expected = (mix((state + (step + 1) * gamma) & mask) >> 11) * 2.0**-53
        assert uniforms(seed, np.array([candidate]), step)[0] == expected


@pytest.mark.parametrize("along", ["candidates", "steps", "seeds"])
def test_uniforms_are_uniform_and_uncorrelated(along):
    n = 100_000
    if along == "candidates":
        u = uniforms(0, np.arange(n), 0)
    elif along == "steps":
        u = np.concatenate([uniforms(0, np.arange(100), step) for step in range(n // 100)])
    else:
        u = np.concatenate([uniforms(seed, np.arange(100), 0) for seed in range(n // 100)])
    assert u.min() >= 0
    assert u.max() < 1
    counts = np.bincount((u * 100).astype(int), minlength=100)
    chi_square = ((counts - n / 100) ** 2 / (n / 100)).sum()
    assert 50 < chi_square < 170  # 99 degrees of freedom
    for lag in (1, 2, 100):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 5 / np.sqrt(n)


def test_tables_drawn_from_in_turn_are_told_apart():
    tables = [np.eye(3)[[0]], np.eye(3)[[2]]]
    draw, rows = InverseCDFDraw(0), np.zeros(4, np.int64)
    drawn = [draw(tables[i], rows, np.arange(4), 0).tolist() for i in (0, 1, 1, 0)]
    assert drawn == [[0] * 4, [2] * 4, [2] * 4, [0] * 4]


def test_draws_have_the_frequencies_of_the_distribution():
    probabilities = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.1, 0.0, 0.9]])
    n = 100_000
    rows = np.arange(n) % 2
    codes = InverseCDFDraw(0)(probabilities, rows, np.arange(n), 0)
    for row in (0, 1):
        observed = np.bincount(codes[rows == row], minlength=4) / (n / 2)
        np.testing.assert_allclose(observed, probabilities[row], atol=0.01)
        assert not observed[probabilities[row] == 0].any()
