"""Words given a pattern, an ending or blanks, against trying all short words."""

import itertools
import re

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chisquare

from sklearn_makemore import BigramCountLM, MixtureLM, MLPCharLM, NGramCountLM
from sklearn_makemore._core import conditioned, guided, product, sampling
from sklearn_makemore._core.draws import Restriction
from sklearn_makemore._core.guided import GuidedSampler
from sklearn_makemore._core.sampling import FINISHED, CandidateSampler
from sklearn_makemore._estimators import conditional, conditions, searching
from sklearn_makemore.exceptions import SamplingError, SamplingQualityWarning

WORDS = ["abca", "bb", "cab", "", "acc", "b", "aab", "caab", "bcb"]
PARTS = [("bigrams", BigramCountLM()), ("ngrams", NGramCountLM(order=3))]
COUNTING = {
    "bigrams": BigramCountLM(smoothing=0.5),
    "not smoothed": BigramCountLM(smoothing=0),
    "kneser-ney": NGramCountLM(order=4),
    "witten-bell": NGramCountLM(order=3, smoothing="witten_bell"),
    "additive": NGramCountLM(order=3, smoothing=0.1),
    "mixture": MixtureLM(PARTS, weights=[0.4, 0.6]),
    "unknown": NGramCountLM(order=3, handle_unknown="unknown"),
    "calibrated": NGramCountLM(order=3, length="calibrated"),
}
COUNTING = {name: model.fit(WORDS) for name, model in COUNTING.items()}
SHORT = ["".join(word) for n in range(6) for word in itertools.product("abc", repeat=n)]


@pytest.fixture(scope="module")
def network():
    return MLPCharLM(hidden_size=8, max_steps=60, random_state=0).fit(WORDS * 3)


def log_probas(model, restriction=None):
    """Return the log-probability of each short word, each distribution changed as asked."""
    log_proba = model.predict_log_proba(SHORT)
    if restriction is not None:
        banned = [4] if log_proba.shape[1] == 5 else []
        with np.errstate(divide="ignore"):
            log_proba = np.log(restriction.apply(log_proba, banned))
    rows = dict(zip(SHORT, log_proba, strict=True))
    return np.array(
        [
            sum(rows[word[:end]]["abc".index(word[end]) + 1] for end in range(len(word)))
            + rows[word][0]
            for word in SHORT
        ]
    )


def meets(word, prefix="", suffix="", pattern=".*", exclude=(), min_length=0, max_length=5):
    return (
        word.startswith(prefix)
        and word.endswith(suffix)
        and re.fullmatch(pattern, word) is not None
        and word not in exclude
        and min_length <= len(word) <= max_length
    )


CONTROLS = [
    {"pattern": "a.*|.*b", "max_length": 5},
    {"pattern": ".*c.*", "exclude": ["cab", "c", "zzz"], "max_length": 4},
    {"suffix": "b", "min_length": 2, "max_length": 5},
    {"prefix": "ca", "suffix": "ab", "max_length": 5},
    {"prefix": "aba", "suffix": "aba", "max_length": 5},
    {"prefix": "b", "pattern": "[^c]*", "suffix": "b", "exclude": {"bb"}, "max_length": 5},
    {"suffix": "a", "temperature": 0.6, "max_length": 4},
    {"pattern": ".{3,4}", "top_k": 3, "max_length": 5},
    {"pattern": ".*a.*", "top_p": 0.85, "temperature": 1.5, "max_length": 5},
    {"suffix": "b", "temperature": 0.01, "max_length": 5, "min_length": 1},
]


def expected_shares(model, controls):
    """Return the conditional probability of each short word: none is longer."""
    changes = ("temperature", "top_k", "top_p")
    restriction = Restriction(**{name: controls[name] for name in changes if name in controls})
    conditions = {name: value for name, value in controls.items() if name not in changes}
    good = np.array([meets(word, **conditions) for word in SHORT])
    with np.errstate(invalid="ignore"):
        shares = np.where(good, np.exp(log_probas(model, restriction)), 0.0)
    return shares / shares.sum()


def p_value(words, shares):
    """Return the p-value of some words by chi-square, rare ones together."""
    observed = np.array([words.count(word) for word in SHORT])
    assert observed.sum() == len(words)
    assert (observed[shares == 0] == 0).all()
    expected = shares * len(words)
    often = expected >= 8
    observed = np.append(observed[often], observed[~often].sum())
    expected = np.append(expected[often], expected[~often].sum())
    some = expected > 1e-9
    return chisquare(observed[some], expected[some]).pvalue if some.sum() > 1 else 1.0


@pytest.fixture
def outcomes(monkeypatch):
    """Return a list of the outcomes of all candidates that are drawn."""
    drawn, plain = [], CandidateSampler.candidates

    def observed(self, first, n):
        codes, outcome = plain(self, first, n)
        drawn.extend(outcome.tolist())
        return codes, outcome

    monkeypatch.setattr(CandidateSampler, "candidates", observed)
    return drawn


@pytest.mark.parametrize("controls", CONTROLS, ids=str)
@pytest.mark.parametrize("name", ["bigrams", "kneser-ney", "mixture", "unknown", "calibrated"])
def test_samples_have_the_conditional_distribution(name, controls, outcomes):
    """The conditional distribution of words up to the longest; no candidate is lost."""
    model, n = COUNTING[name], 2_000
    shares = expected_shares(model, controls)
    words, log_proba = model.sample(n, random_state=3, return_log_proba=True, **controls)
    assert p_value(words.tolist(), shares) > 1e-3
    assert outcomes == [FINISHED] * n
    np.testing.assert_allclose(log_proba, model.score_samples(words), rtol=0, atol=1e-12)
    again = model.sample(20, random_state=3, **controls)
    np.testing.assert_array_equal(again, words[:20])


@pytest.mark.parametrize("name", ["bigrams", "mixture"])
def test_words_do_not_depend_on_how_many_are_drawn_at_once(name, monkeypatch):
    asked = {"pattern": "(?:a|bc?)+.*", "suffix": "b", "random_state": 1}
    words = COUNTING[name].sample(100, **asked)
    monkeypatch.setattr(sampling, "MOST_AT_ONCE", 7)
    np.testing.assert_array_equal(COUNTING[name].sample(100, **asked), words)
    monkeypatch.setattr(conditioned, "MOST_WORDS", 1)
    np.testing.assert_array_equal(COUNTING[name].sample(100, **asked), words)


def test_excluded_words_may_be_part_of_the_condition_or_rejected(monkeypatch, outcomes):
    model, n = COUNTING["kneser-ney"], 3_000
    asked = {"pattern": "[ab].*", "exclude": ["b", "aab", "bb"], "max_length": 5}
    shares = expected_shares(model, asked)
    assert p_value(model.sample(n, random_state=5, **asked).tolist(), shares) > 1e-3
    assert len(outcomes) == n
    monkeypatch.setattr(conditions, "MOST_EXCLUDED", 5)
    outcomes.clear()
    assert p_value(model.sample(n, random_state=5, **asked).tolist(), shares) > 1e-3
    assert len(outcomes) > n
    assert set(outcomes) == {FINISHED}


def test_what_else_is_asked_for_is_tried_and_rejected():
    model = COUNTING["bigrams"]
    words = model.sample(
        30, random_state=0, suffix="b", unique=True, predicate=lambda word: "c" in word
    )
    assert len(set(words)) == 30
    assert all(word.endswith("b") and "c" in word for word in words)
    with pytest.raises(SamplingError, match=r"Found 3 of the 4 .* Rejected: \d+ by unique=True"):
        model.sample(4, random_state=0, pattern="[abc]", unique=True)


def test_words_longer_than_a_thousand_symbols_are_drawn_where_asked_for():
    model, asked = COUNTING["bigrams"], {"suffix": "b", "random_state": 0}
    assert 990 <= len(model.sample(min_length=990, **asked)[0]) <= 1_000
    assert 1_050 <= len(model.sample(min_length=1_050, max_length=1_100, **asked)[0]) <= 1_100


def test_no_word_is_longer_than_a_thousand_symbols_unless_asked_for(outcomes):
    with pytest.raises(ValueError, match="No word of the model"):
        COUNTING["bigrams"].sample(pattern=".{1001}")
    assert not outcomes


def test_torch_generators_are_seeds_too():
    torch = pytest.importorskip("torch")
    model = COUNTING["mixture"]
    asked = {"pattern": "a.*", "suffix": "b", "max_length": 5}
    one, other = (
        model.sample(200, random_state=torch.Generator().manual_seed(1), **asked).tolist()
        for _ in range(2)
    )
    assert one == other
    assert p_value(one, expected_shares(model, asked)) > 1e-3


@pytest.mark.parametrize(
    "controls",
    [
        {"pattern": "a{3}", "max_length": 2},
        {"pattern": ".{60}", "max_length": 50},
        {"suffix": "abcab", "max_length": 4},
        {"pattern": "zz", "top_p": 0.5},
        {"pattern": "", "exclude": [""]},
        {"prefix": "b", "pattern": "a.*"},
    ],
    ids=str,
)
def test_what_no_word_meets_is_refused_at_once(controls, outcomes):
    model = COUNTING["not smoothed"]
    with pytest.raises(ValueError, match="No word of the model") as info:
        model.sample(**controls)
    assert all(f"{name}=" in str(info.value) for name in controls)
    assert not outcomes
    controls = {name: value for name, value in controls.items() if name != "top_p"}
    words, log_proba = model.most_likely(**controls)
    assert words.shape == log_proba.shape == (0,)
    assert list(model.iter_likely(**controls)) == []
    if controls.keys() == {"pattern"}:
        assert model.pattern_log_proba([controls["pattern"]]).tolist() == [-np.inf]


def test_what_no_word_meets_after_a_change_of_the_model_is_refused(outcomes):
    with pytest.raises(ValueError, match=r"No word of the model meets pattern='b\*'.* top_k=1"):
        COUNTING["not smoothed"].sample(pattern="b*", top_k=1, min_length=9)
    assert not outcomes


def test_products_that_do_not_fit_are_refused_by_name(monkeypatch):
    model = COUNTING["kneser-ney"]
    monkeypatch.setattr(product, "LARGEST_TABLE_BYTES", 2**12)
    asked = {"pattern": "(?:a|b|cc|.b){60,80}"}
    for method in (model.sample, model.most_likely, lambda **kw: list(model.iter_likely(**kw))):
        with pytest.raises(ValueError, match="1 GiB"):
            method(**asked)
    with pytest.raises(ValueError, match="1 GiB"):
        model.pattern_log_proba([asked["pattern"]])
    # Without a condition the product is not needed.
    assert len(model.most_likely(500)[0]) == 500


def test_words_that_hardly_ever_end_are_refused(monkeypatch):
    monkeypatch.setattr(product, "MOST_SWEEPS", 500)
    model = BigramCountLM(smoothing=0).fit(["ab" * 50_000 + "c"])
    with pytest.raises(ValueError, match="so long that sums over them are not exact"):
        model.pattern_log_proba([".*bab.*"])


PATTERNS = [
    "a",
    "ab*",
    ".*",
    "",
    "[^b]*",
    "(?:.b)*c?",
    "zz",
    ".{0,3}",
    "b.*|.*b",
    r"\w?",
    "(a|b){2}",
]


@pytest.mark.parametrize("name", COUNTING)
def test_probabilities_of_patterns_are_sums_over_words(name):
    model = COUNTING[name]
    at_most_five = [f"(?=.{{0,5}}$)(?:{text})" for text in PATTERNS]
    scores = log_probas(model)
    total = [
        np.exp(scores[[re.fullmatch(text, word) is not None for word in SHORT]]).sum()
        for text in at_most_five
    ]
    longer = model.pattern_log_proba([".{6,}"])[0]
    log_proba, std = model.pattern_log_proba(PATTERNS, return_std=True)
    assert std.tolist() == [0.0] * len(PATTERNS)
    for text, found, short in zip(PATTERNS, np.exp(log_proba), total, strict=True):
        if "*" in text:
            assert short * (1 - 1e-12) <= found <= (short + np.exp(longer)) * (1 + 1e-12)
        else:
            assert found == pytest.approx(short, rel=1e-12)
    assert np.exp(log_proba[2]) <= 1 + 1e-12


@pytest.mark.parametrize("name", ["bigrams", "kneser-ney", "mixture", "unknown", "calibrated"])
def test_four_hundred_symbols_are_no_more_than_a_score(name):
    model = COUNTING[name]
    word = "acbac" * 80
    (log_proba,) = model.pattern_log_proba(["(?:acbac){80}"])
    assert log_proba == pytest.approx(model.score_samples([word])[0], rel=1e-12)
    assert log_proba == pytest.approx(model.score_symbols([word])["log_proba"].sum(), rel=1e-12)


def test_words_of_a_thousand_symbols_and_no_more_probability_than_their_share():
    model = COUNTING["kneser-ney"]
    (log_proba,) = model.pattern_log_proba(["(?:[ab]b?cca){190}"])
    assert -np.inf < log_proba < -745
    words = model.sample(3, random_state=0, pattern="(?:[ab]b?cca){190}")
    assert all(re.fullmatch("(?:[ab]b?cca){190}", word) for word in words)


def test_patterns_and_what_is_none_of_the_symbols():
    """A word of the model's has no unknown symbol; what is negated does not mean one."""
    model = COUNTING["unknown"]
    whole, some = np.exp(model.pattern_log_proba([".*", "[^a]*|.*a.*"]))
    assert whole == some < 0.999
    assert model.pattern_log_proba(["\ufffd", ".?\ufffd.*"]).tolist() == [-np.inf] * 2
    assert np.isfinite(model.score_samples(["\ufffd"])).all()


@pytest.mark.parametrize("at_once", [1, 2**15])
@pytest.mark.parametrize("controls", CONTROLS[:6], ids=str)
@pytest.mark.parametrize("name", ["not smoothed", "kneser-ney", "mixture", "unknown", "calibrated"])
def test_the_likeliest_words_are_those_of_a_sort(name, controls, at_once, monkeypatch):
    monkeypatch.setattr(searching, "FOLLOWED_FIRST", at_once)
    model = COUNTING[name]
    controls = {name: value for name, value in controls.items() if name != "min_length"}
    scores = log_probas(model)
    good = np.array([meets(word, **controls) for word in SHORT]) & (scores > -np.inf)
    expected = np.sort(scores[good])[::-1]
    words, log_proba = model.most_likely(1_000, **controls)
    assert set(words) == {word for word, is_good in zip(SHORT, good, strict=True) if is_good}
    assert len(words) == good.sum()
    np.testing.assert_allclose(log_proba, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(log_proba, model.score_samples(words), rtol=0, atol=1e-12)
    assert (np.diff(log_proba) <= 0).all()
    few, log_proba_of_few = model.most_likely(3, **controls)
    np.testing.assert_array_equal(few, words[:3])
    np.testing.assert_array_equal(log_proba_of_few, log_proba[:3])
    one_by_one = list(model.iter_likely(**controls))
    assert [word for word, _ in one_by_one] == words.tolist()
    assert [each for _, each in one_by_one] == log_proba.tolist()


@pytest.mark.parametrize("name", COUNTING)
@pytest.mark.parametrize("first", [1, 100])
def test_a_search_that_goes_on_elsewhere_misses_nothing(name, first, monkeypatch):
    """From beginnings of words to the product, which begins where these were given up."""
    model = COUNTING[name]
    words, log_proba = model.most_likely(500, max_length=7)
    monkeypatch.setattr(searching, "FOLLOWED_FIRST", first)
    again, log_proba_again = model.most_likely(500, max_length=7)
    np.testing.assert_array_equal(again, words)
    np.testing.assert_array_equal(log_proba_again, log_proba)
    one_by_one = itertools.islice(model.iter_likely(max_length=7), 500)
    assert [word for word, _ in one_by_one] == words.tolist()


def test_a_uniform_model_has_many_equals():
    model = BigramCountLM(smoothing=1e20).fit(["abc"])
    words, log_proba = model.most_likely(200, pattern=".{4}")
    assert words.tolist() == sorted(word for word in SHORT if len(word) == 4)
    assert len(set(log_proba.tolist())) == 1


def blanks_filled(word, symbols):
    return [
        "".join(each) for each in itertools.product(*(symbols if s == "?" else s for s in word))
    ]


@pytest.mark.parametrize("word", ["?", "a??", "?b?", "c", "", "????"])
@pytest.mark.parametrize("name", COUNTING)
def test_blanks_are_filled_in_all_ways(name, word):
    model = COUNTING[name]
    fills = blanks_filled(word, "abc")
    scores = model.score_samples(fills)
    found = model.complete(word, 1_000)
    if np.isneginf(scores).all():
        assert len(found) == 0
        return
    shares = dict(zip(fills, np.exp(scores - logsumexp(scores)), strict=True))
    assert set(found["word"]) == {each for each, share in shares.items() if share > 0}
    expected = [shares[each] for each in found["word"]]
    np.testing.assert_allclose(found["proba"], expected, rtol=1e-11)
    assert found["proba"].sum() == pytest.approx(1, abs=1e-11)
    assert (np.diff(found["proba"]) <= 0).all()
    np.testing.assert_allclose(model.complete(word, 2)["proba"], found["proba"][:2])


@pytest.mark.parametrize("kind", ["split", "token"])
def test_blanks_are_symbols_of_every_kind(kind):
    sentences = ["the cat sat", "the dog sat down", "a cat", "the cat ran", "a dog ran"]
    words = sentences if kind == "split" else [tuple(each.split()) for each in sentences]
    asked = "the ? ?" if kind == "split" else ("the", "?", "?")
    network = MLPCharLM(symbols=kind, hidden_size=8, max_steps=40, random_state=0)
    for model in (NGramCountLM(order=3, symbols=kind), BigramCountLM(symbols=kind), network):
        model.fit(words)
        found = model.complete(asked, 1_000)
        n_symbols = len(model.symbols_) - 1
        assert len(found) == n_symbols**2
        assert found["proba"].sum() == pytest.approx(1, abs=1e-6)
        log_proba = model.score_samples(found["word"].tolist())
        shares = np.exp(log_proba - logsumexp(log_proba))
        np.testing.assert_allclose(found["proba"], shares, rtol=1e-4)
        assert all(len(each if kind == "token" else each.split()) == 3 for each in found["word"])


# Of models that count, the total takes them in.
def test_fills_that_would_be_other_words_take_no_share():
    """Grapheme clusters that side by side are another one; what is left has probability 1."""
    words = ["e", "\u0301a", "e\u0301", "ae", "ea"]
    for model in (
        BigramCountLM(symbols="grapheme"),
        MLPCharLM(symbols="grapheme", hidden_size=4, max_steps=20, random_state=0),
    ):
        found = model.fit(words).complete("e?", 100)
        assert "e\u0301" not in found["word"].tolist()
        assert found["proba"].sum() == pytest.approx(1, abs=1e-6)


def test_few_blanks_of_a_network_are_filled_exactly(network):
    for word in ("a??", "?", "abc", ""):
        fills = blanks_filled(word, "abc")
        scores = network.score_samples(fills)
        found = network.complete(word, 1_000)
        assert found["proba"].sum() == pytest.approx(1, abs=1e-9)
        shares = dict(zip(fills, np.exp(scores - logsumexp(scores)), strict=True))
        np.testing.assert_allclose(
            found["proba"], [shares[each] for each in found["word"]], rtol=1e-3
        )


def test_many_blanks_of_a_network_are_estimated(network, monkeypatch):
    exact = network.complete("a???", 5)
    monkeypatch.setattr(searching, "MOST_FILLS", 0)
    found = network.complete("a???", 5)
    assert found["word"].tolist() == exact["word"].tolist()
    np.testing.assert_allclose(found["proba"], exact["proba"], rtol=0.1)


@pytest.mark.parametrize(
    ("word", "blank", "message"),
    [
        ("a?", "a", "is a symbol of the model, too"),
        ("a?", "", "blank='' is no single symbol"),
        ("a?", "??", r"blank='\?\?' is no single symbol"),
        ("a?", None, "blank=None is no single symbol"),
        ("aq?", "?", "does not know 'q'"),
        ("a?", "_", r"does not know '\?'"),
    ],
)
@pytest.mark.parametrize("name", ["bigrams", "unknown"])
def test_blanks_that_are_none_are_named(name, word, blank, message):
    with pytest.raises(ValueError, match=message):
        COUNTING[name].complete(word, blank=blank)


def test_networks_have_the_conditional_distribution(network):
    """32 proposals a word leave a bias that so few words do not show."""
    for asked in (
        {"pattern": "a.*|.*b", "max_length": 5},
        {"suffix": "b", "prefix": "c", "exclude": ["cb"], "max_length": 5},
        {"pattern": ".{3}", "temperature": 0.7, "top_k": 3, "max_length": 5},
    ):
        shares = expected_shares(network, asked)
        words, log_proba = network.sample(600, random_state=2, return_log_proba=True, **asked)
        assert p_value(words.tolist(), shares) > 1e-3
        np.testing.assert_allclose(log_proba, network.score_samples(words), rtol=0, atol=1e-4)
        np.testing.assert_array_equal(network.sample(20, random_state=2, **asked), words[:20])


def test_probabilities_of_patterns_of_a_network_are_estimates(network):
    patterns = ["a", ".{0,2}", "b.{0,4}", "[ab]{3}c?"]
    scores = log_probas(network)
    expected = [
        logsumexp(scores[[re.fullmatch(text, word) is not None for word in SHORT]])
        for text in patterns
    ]
    found, std = network.pattern_log_proba(patterns, random_state=0, return_std=True)
    assert (np.abs(found - expected) < 4 * std + 1e-6).all()
    assert (std < 0.1).all()
    few, std_of_few = network.pattern_log_proba(patterns, n_samples=1_000, return_std=True)
    assert (np.abs(few - expected) < 5 * std_of_few + 1e-6).all()
    assert std_of_few[1] > 2 * std[1]
    assert network.pattern_log_proba(["z"], return_std=True)[0].tolist() == [-np.inf]


def test_bad_proposals_are_warned_of_and_worse_ones_refused(network, monkeypatch):
    asked = {"pattern": "(?:ab|ca|.b.){1,2}", "max_length": 6, "random_state": 0}
    with monkeypatch.context() as patch:
        patch.setattr(conditional, "GOOD_SHARE", 1.1)
        with pytest.warns(SamplingQualityWarning, match=r"effective sample size is .*of the prop"):
            network.sample(5, **asked)
        with pytest.warns(SamplingQualityWarning, match="NGramCountLM, which needs no proposals"):
            network.pattern_log_proba([asked["pattern"]], n_samples=50)
    monkeypatch.setattr(conditional, "LEAST_SHARE", 1.1)
    with pytest.raises(SamplingError, match="effective sample size is") as info:
        network.sample(5, **asked)
    assert 0 < info.value.effective_sample_size <= 1
    assert issubclass(SamplingQualityWarning, UserWarning)


def test_networks_draw_from_torch_generators(network):
    torch = pytest.importorskip("torch")
    asked = {"suffix": "b", "max_length": 5}
    one, other = (
        network.sample(3, random_state=torch.Generator().manual_seed(1), **asked).tolist()
        for _ in range(2)
    )
    assert one == other
    assert all(word.endswith("b") for word in one)


def test_patterns_of_a_network_may_be_as_unlikely_as_they_like(network, monkeypatch):
    """All that is left to chance is whether "a" is there."""
    monkeypatch.setattr(guided, "PILOTS", 30)
    words = ["ccb" * 60 + a + "ccb" * 60 for a in ("", "a")]
    (pattern,) = patterns = ["(?:ccb){60}a?(?:ccb){60}"]
    scores = network.score_samples(words)
    assert logsumexp(scores) < -745
    found, std = network.pattern_log_proba(patterns, n_samples=20, return_std=True)
    assert abs(found[0] - logsumexp(scores)) < 5 * std[0] + 1e-3
    assert set(network.sample(1, pattern=pattern, random_state=0)) <= set(words)


def test_networks_take_each_word_from_proposals_of_its_own(network, monkeypatch):
    words = network.sample(30, random_state=0, suffix="b")
    monkeypatch.setattr(GuidedSampler, "most_at_once", 3)
    np.testing.assert_array_equal(network.sample(30, random_state=0, suffix="b"), words)


def test_no_word_of_a_network_is_refused_at_once(network):
    for asked in (
        {"pattern": "z"},
        {"suffix": "abc", "max_length": 2},
        {"pattern": "a{3}", "max_length": 2},
    ):
        with pytest.raises(ValueError, match="No word of the model"):
            network.sample(**asked)


def test_the_likeliest_words_of_a_network_are_those_of_a_sort(network):
    scores = network.score_samples(SHORT)
    for asked in (
        {"pattern": "a.*"},
        {"suffix": "b", "exclude": ["b"]},
        {"prefix": "c", "suffix": "ca"},
    ):
        good = [meets(word, **asked) for word in SHORT]
        words, log_proba = network.most_likely(500, max_length=5, **asked)
        np.testing.assert_allclose(log_proba, np.sort(scores[good])[::-1], rtol=0, atol=1e-4)
        assert set(words) == {word for word, is_good in zip(SHORT, good, strict=True) if is_good}
        assert [word for word, _ in network.iter_likely(max_length=5, **asked)] == words.tolist()
