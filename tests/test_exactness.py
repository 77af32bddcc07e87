"""Numbers of every estimator beside slow, exact ones: enumeration, chi-square, many digits."""

import itertools
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.exceptions import ConvergenceWarning

from sklearn_makemore import (
    BigramCountLM,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    RNNCharLM,
)
from sklearn_makemore.utils._checks.common import is_neural
from tests.instances import COUNTS, SIZES, instances
from tests.ngram_reference import END, ReferenceNGrams

TRAIN = ["ab", "b", "", "aab", "ba", "ab", "abb", "bab"]
SEEN = "ab"
MODELS = [
    *instances(),
    BigramCountLM(smoothing=0),
    NGramCountLM(smoothing="witten_bell"),
    NGramCountLM(order=2, smoothing=0.5, handle_unknown="unknown"),
    NeuralBigramLM(solver="gd"),
    RNNCharLM(**SIZES["RNNCharLM"], cell="lstm", n_layers=2, handle_unknown="unknown"),
    MixtureLM(COUNTS),
]


@pytest.fixture(scope="module", params=MODELS, ids=repr)
def model(request):
    if "max_steps" in request.param.get_params():
        request.param.set_params(max_steps=60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so few steps may be too few
        return request.param.set_params(random_state=0).fit(TRAIN)


def words_up_to(length):
    return ["".join(w) for n in range(length + 1) for w in itertools.product(SEEN, repeat=n)]


def test_all_words_and_the_rest_have_probability_one(model):
    """Words up to a length, longer ones and those with an unknown symbol are all there are."""
    words = words_up_to(6)
    likelihoods = dict(zip(words, np.exp(model.score_samples(words)), strict=True))
    proba = dict(zip(words, model.predict_proba(words), strict=True))
    reached = {"": 1.0}
    for word in words[1:]:
        reached[word] = reached[word[:-1]] * proba[word[:-1]][1 + SEEN.index(word[-1])]
    going_on = sum(reached[w] * proba[w][1:3].sum() for w in words if len(w) == 6)
    unknown = sum(reached[w] * proba[w][3:].sum() for w in words)
    total = sum(likelihoods.values())
    assert total <= 1 + 1e-12
    tolerance = 1e-5 if is_neural(model) else 1e-12
    assert total + going_on + unknown == pytest.approx(1, rel=0, abs=tolerance)
    for word in words:
        assert likelihoods[word] == pytest.approx(reached[word] * proba[word][0], rel=1e-4)


OPTIONS = {
    "plain": {},
    "cold": {"temperature": 0.5},
    "hot": {"temperature": 3.0},
    "top_k": {"top_k": 2},
    "top_p": {"top_p": 0.7},
    "prefix": {"prefix": "a", "min_length": 2},
    "all": {"temperature": 1.5, "top_k": 3, "top_p": 0.9, "prefix": "b", "min_length": 1},
    "excluded": {"exclude": ["", "ab"]},
}
OFTEN = ("plain", "top_p", "all", "excluded")  # the others in long runs


def restricted(row, banned, temperature=1.0, top_k=None, top_p=None):
    """Restrict one distribution, symbol by symbol in many digits."""
    masses = {
        code: mpmath.mpf(p) ** (1 / mpmath.mpf(temperature))
        for code, p in enumerate(row.tolist())
        if p > 0 and code not in banned
    }
    ranked = sorted(masses, key=lambda code: (-row[code], code))[:top_k]
    total, kept, sum_so_far = sum(masses[code] for code in ranked), [], 0
    for code in ranked:
        if top_p is not None and sum_so_far >= top_p:
            break
        kept.append(code)
        sum_so_far += masses[code] / total
    total = sum(masses[code] for code in kept)
    return {code: masses[code] / total for code in kept}


def exact_distribution(model, longest, prefix="", min_length=0, exclude=(), **restriction):
    """Return the probability of every word that may come out."""
    found, waiting = {}, [(prefix, mpmath.mpf(1))]
    while waiting:
        word, reached = waiting.pop()
        banned = {3} | ({0} if len(word) < min_length else set())
        row = model.predict_proba([word])[0]
        for code, p in restricted(row, banned, **restriction).items():
            if code == 0:
                found[word] = reached * p
            elif len(word) < longest:
                waiting.append((word + SEEN[code - 1], reached * p))
    found = {word: p for word, p in found.items() if word not in exclude}
    total = sum(found.values())
    return {word: float(p / total) for word, p in found.items()}


@pytest.mark.parametrize("options", [
    pytest.param(options, id=name, marks=() if name in OFTEN else pytest.mark.long)
    for name, options in OPTIONS.items()
])  # fmt: skip
def test_samples_are_from_the_exact_distribution(model, options):
    n, longest = 4_000, 3
    exact = exact_distribution(model, longest, **options)
    drawn = model.sample(n, random_state=7, max_length=longest, **options).tolist()
    assert set(drawn) <= set(exact)
    likely = [word for word, p in exact.items() if n * p >= 5]
    observed = np.array([drawn.count(word) for word in likely])
    expected = n * np.array([exact[word] for word in likely])
    rest = n - expected.sum()
    if rest > 1e-6:  # words too rare for the test, together
        observed, expected = np.append(observed, n - observed.sum()), np.append(expected, rest)
    if len(expected) > 1:
        assert chisquare(observed, expected * (n / expected.sum())).pvalue > 1e-4


@pytest.mark.parametrize(("smoothing", "order"), [("kneser_ney", 3), ("witten_bell", 4), (2, 3)])
def test_scores_are_logarithms_of_exact_fractions(smoothing, order):
    model = NGramCountLM(smoothing=smoothing, order=order).fit(TRAIN)
    reference = ReferenceNGrams(TRAIN, order, smoothing, [END, *SEEN])
    words, logs = ["abba", "", "bbbbb"], []
    for word in words:
        steps = [(word[:i], symbol) for i, symbol in enumerate([*word, END])]
        exact = Fraction(1)
        for prefix, symbol in steps:
            exact *= reference.proba(prefix, symbol)
        logs.append(mpmath.log(mpmath.mpf(exact.numerator) / exact.denominator))
    np.testing.assert_allclose(model.score_samples(words), np.array(logs, float), rtol=1e-13)
    perplexity = mpmath.exp(-sum(logs) / sum(len(word) + 1 for word in words))
    assert model.perplexity(words) == pytest.approx(float(perplexity), rel=1e-13)


def times(matrix, vector):
    return [mpmath.fdot(row, vector) for row in matrix.tolist()]


def plus(*vectors):
    return [mpmath.fsum(values) for values in zip(*vectors, strict=True)]


def log_softmax(logits):
    total = mpmath.log(mpmath.fsum(map(mpmath.exp, logits)))
    return [float(logit - total) for logit in logits]


@pytest.fixture
def digits():
    with mpmath.workdps(40):
        yield


@pytest.mark.usefixtures("digits")
def test_a_multilayer_perceptron_in_many_digits():
    mlp = MLPCharLM(max_steps=100, hidden_size=7, n_layers=2, random_state=0).fit(TRAIN)
    for prefix in ("", "a", "abba"):
        codes = [1 + SEEN.index(char) for char in prefix[-3:]]
        values = [v for c in [0] * (3 - len(codes)) + codes for v in mlp.embedding_[c].tolist()]
        *hidden, (last, bias) = zip(mlp.coefs_, mlp.intercepts_, strict=True)
        for coef, intercept in hidden:
            values = list(map(mpmath.tanh, plus(times(coef.T, values), intercept.tolist())))
        expected = log_softmax(plus(times(last.T, values), bias.tolist()))
        np.testing.assert_allclose(mlp.predict_log_proba([prefix])[0], expected, atol=2e-6)


def sigmoid(values):
    return [1 / (1 + mpmath.exp(-value)) for value in values]


def tanh(values):
    return list(map(mpmath.tanh, values))


def mixed(gate, first, second):
    return [g * a + (1 - g) * b for g, a, b in zip(gate, first, second, strict=True)]


def product(first, second):
    return [a * b for a, b in zip(first, second, strict=True)]


def cell_step(cell, weights, read, hidden, memory):
    """One step of a recurrent layer, from the equations of torch's documentation."""
    of_input, of_hidden, input_bias, hidden_bias = weights
    inputs = plus(times(of_input, read), input_bias.tolist())
    states = plus(times(of_hidden, hidden), hidden_bias.tolist())
    size = len(hidden)
    gates = range(0, len(inputs), size)
    parts = [(inputs[i : i + size], states[i : i + size]) for i in gates]
    if cell == "rnn":
        return tanh(plus(*parts[0])), memory
    if cell == "gru":
        reset, update = (sigmoid(plus(*part)) for part in parts[:2])
        new = tanh(plus(parts[2][0], product(reset, parts[2][1])))
        return mixed(update, hidden, new), memory
    let_in, forget, candidate, out = (plus(*part) for part in parts)
    kept, added = product(sigmoid(forget), memory), product(sigmoid(let_in), tanh(candidate))
    memory = plus(kept, added)
    return product(sigmoid(out), tanh(memory)), memory


@pytest.mark.usefixtures("digits")
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_recurrent_network_in_many_digits(cell):
    sizes = {"hidden_size": 5, "embedding_dim": 3, "max_steps": 60}
    rnn = RNNCharLM(cell=cell, random_state=0, **sizes).fit(TRAIN)
    embedding, *layer, output, bias = rnn.weights_
    prefix = "abbab"
    hidden = memory = [mpmath.mpf(0)] * 5
    for i, code in enumerate([0, *(1 + SEEN.index(char) for char in prefix)]):
        hidden, memory = cell_step(cell, layer, embedding[code].tolist(), hidden, memory)
        expected = log_softmax(plus(times(output, hidden), bias.tolist()))
        np.testing.assert_allclose(rnn.predict_log_proba([prefix[:i]])[0], expected, atol=2e-6)


def test_a_mixture_is_the_weighted_mean_in_fractions():
    models = [("two", NGramCountLM(order=2, smoothing=1)), ("three", NGramCountLM(order=3))]
    mixture = MixtureLM(models, weights=[1, 3]).fit(TRAIN)
    two = ReferenceNGrams(TRAIN, 2, 1, [END, *SEEN])
    three = ReferenceNGrams(TRAIN, 3, "kneser_ney", [END, *SEEN])
    for prefix in ("", "a", "bab", "bbbb"):
        exact = [two.proba(prefix, s) / 4 + three.proba(prefix, s) * 3 / 4 for s in [END, *SEEN]]
        proba = mixture.predict_proba([prefix])[0]
        np.testing.assert_allclose(proba, np.array(exact, float), rtol=1e-13)
