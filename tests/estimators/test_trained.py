"""What holds for every network that is kept as `weights_` and `architecture_`."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from docs.developers.log_bilinear import LogBilinear, LogBilinearLM
from sklearn_makemore import (
    BagOfCharsLM,
    BigramCountLM,
    ConvCharLM,
    RNNCharLM,
    TransformerCharLM,
    io,
)
from sklearn_makemore._neural.adamw import AdamWSteps
from sklearn_makemore._neural.learnt import LearntNetwork
from sklearn_makemore._neural.modules import SequenceModule, WindowModule
from sklearn_makemore.base import NetworkLM, parameter
from sklearn_makemore.datasets import load_names
from sklearn_makemore.model_selection import learning_rate_range_test

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "noah", "liam"]
COMMON = {"max_steps": 30, "random_state": 0, "learning_rate": 0.04}
MODELS = {
    "bag": BagOfCharsLM(hidden_size=16, embedding_dim=8, **COMMON),
    "rnn": RNNCharLM(cell="rnn", hidden_size=16, embedding_dim=8, **COMMON),
    "gru": RNNCharLM(cell="gru", hidden_size=16, embedding_dim=8, n_layers=2, **COMMON),
    "lstm": RNNCharLM(cell="lstm", hidden_size=16, embedding_dim=8, **COMMON),
    "convolution": ConvCharLM(hidden_size=16, embedding_dim=8, block_size=5, **COMMON),
    "transformer": TransformerCharLM(embedding_dim=16, n_heads=2, n_layers=2, **COMMON),
}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@each_model
def test_to_torch_is_the_model(model):
    model = clone(model).fit(WORDS)
    module = model.to_torch()
    code = {symbol: i for i, symbol in enumerate(model.symbols_.tolist())}
    codes = torch.tensor([[0, code["l"], code["i"]]])
    if isinstance(module, WindowModule):
        codes = torch.nn.functional.pad(codes, (model.block_size - 3, 0))
    with torch.no_grad():
        logits = module(codes).double().flatten(0, -2)[-1]
    expected = model.predict_log_proba(["li"])[0]
    np.testing.assert_allclose(log_softmax(logits.numpy()), expected, atol=1e-5)
    for weights, own in zip(model.weights_, module.parameters(), strict=True):
        assert weights.dtype == np.float32
        np.testing.assert_array_equal(weights, own.detach())
    module.output.requires_grad_(False)
    for own in module.parameters():
        own.data.zero_()
    np.testing.assert_array_equal(model.predict_log_proba(["li"])[0], expected)


@each_model
def test_a_word_of_any_length_is_scored(model):
    """In bulk and symbol by symbol: 1e-5 a symbol."""
    model = clone(model).fit(WORDS)
    words = ["ma" * 40, "", "emma", "l" * 33]
    code = {symbol: i for i, symbol in enumerate(model.symbols_.tolist())}
    for word, score in zip(words, model.score_samples(words), strict=True):
        log_proba = model.predict_log_proba([word[:i] for i in range(len(word) + 1)])
        codes = [*(code[c] for c in word), 0]
        assert score == pytest.approx(log_proba[np.arange(len(codes)), codes].sum(), abs=1e-3)
    alone = np.concatenate([model.predict_log_proba([word]) for word in words])
    np.testing.assert_allclose(alone, model.predict_log_proba(words), atol=1e-5)


@pytest.mark.parametrize("name", ["bag", "gru", "transformer"])
def test_weights_are_repeats_in_the_number_of_steps_too(name):
    counted = clone(MODELS[name]).set_params(max_steps=None, batch_size=1)
    repeated = clone(counted).fit(WORDS * 30)
    weighted = counted.fit(WORDS, sample_weight=[30] * len(WORDS))
    assert weighted.n_steps_ == repeated.n_steps_
    np.testing.assert_allclose(
        weighted.score_samples(WORDS), repeated.score_samples(WORDS), atol=1e-3
    )


@each_model
def test_the_seed_decides_the_weights(model):
    model = clone(model).set_params(dropout=0.3)
    first, again = (clone(model).fit(WORDS) for _ in range(2))
    for a, b in zip(first.weights_, again.weights_, strict=True):
        np.testing.assert_array_equal(a, b)
    other = model.set_params(random_state=1).fit(WORDS)
    assert not np.array_equal(other.weights_[0], first.weights_[0])


@each_model
@pytest.mark.usefixtures("several_threads")
def test_torch_s_globals_are_left_alone(model):
    torch.manual_seed(5)
    before, n_threads = torch.random.get_rng_state(), torch.get_num_threads()
    model = clone(model).set_params(dropout=0.3, early_stopping=True).fit(WORDS)
    model.sample(3)
    model.partial_fit(WORDS)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == n_threads


@each_model
def test_unknown_characters_have_one_share_in_n_plus_one(model):
    model = clone(model).set_params(handle_unknown="unknown", alphabet="emalivo").fit(WORDS)
    n = sum(len(word) + 1 for word in WORDS)
    assert model.n_predictions_ == n
    proba = model.predict_proba(["", "añ", "lia"])
    np.testing.assert_allclose(proba[:, -1], 1 / (n + 1), rtol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-9)
    embedding = model.weights_[0]
    assert len(embedding) == model.n_symbols_
    np.testing.assert_allclose(embedding[-1], embedding[:-1].mean(axis=0), atol=1e-6)
    assert np.isfinite(model.partial_fit(["añ", "ma"]).score(["año"]))
    with pytest.raises(ValueError, match=r"unknown characters.*alphabet="):
        model.set_params(alphabet="z").fit(["ab", "c"])


@each_model
def test_warm_start_and_partial_fit_go_on(model):
    model = clone(model).set_params(warm_start=True).fit(WORDS)
    first = model.loss_curve_[-10:].mean()
    model.fit(WORDS)
    assert model.loss_curve_[-10:].mean() < first
    n = model.n_predictions_
    before = model.score(["noma"])
    for _ in range(3):
        assert model.partial_fit(["noma", "vilo"]) is model
    assert model.score(["noma"]) > before + 0.3
    assert model.n_predictions_ == n + 3 * 10
    with pytest.raises(ValueError, match="symbols of the last fit"):
        model.fit(["xyz"])
    with pytest.raises(ValueError, match="Set them back"):
        model.set_params(embedding_dim=10).fit(WORDS)


def test_warm_start_tells_the_unknown_symbol_from_a_character_that_looks_like_it():
    model = clone(MODELS["bag"]).set_params(warm_start=True, handle_unknown="unknown").fit(WORDS)
    model.set_params(handle_unknown="error", alphabet=model.symbols_[1:])
    with pytest.raises(ValueError, match="symbols of the last fit"):
        model.fit([*WORDS, "\ufffd"])


def test_heads_are_part_of_the_network():
    """Other heads have weights of the same shapes, and mean something else."""
    model = clone(MODELS["transformer"]).fit(WORDS)
    with pytest.raises(ValueError, match=r"'n_heads': 2.*'n_heads': 4"):
        model.set_params(n_heads=4).partial_fit(WORDS)
    model.set_params(n_heads=3)
    with pytest.raises(ValueError, match=r"embedding_dim.*multiple of n_heads=3"):
        model.fit(WORDS)


@each_model
def test_early_stopping_keeps_the_best_weights(model):
    words = load_names().data[:60]
    model = clone(model).set_params(
        early_stopping=True, max_steps=3000, n_iter_no_change=2, dropout=0.0, learning_rate=0.1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(words)
    curve = model.validation_curve_
    assert len(curve) == -(-model.n_steps_ // 50)
    if model.n_steps_ < 3000:
        assert len(curve) - 1 - curve.argmin() == 2


@pytest.mark.parametrize(("name", "largest"), [("lstm", 1.0), ("bag", 1.0), ("convolution", None)])
def test_gradients_are_cut_where_words_are_read_from_their_start(name, largest, monkeypatch):
    given = []

    def witness(self, *arguments):
        given.append(arguments[-1])
        begin(self, *arguments)

    begin = AdamWSteps.__init__
    monkeypatch.setattr(AdamWSteps, "__init__", witness)
    clone(MODELS[name]).fit(WORDS)
    assert given == [largest]


@pytest.mark.parametrize("name", ["gru", "convolution"])
def test_early_stopping_holds_out_words_that_can_be_predicted(name):
    """One word of ten is held out: it must not be one of which nothing is known."""
    words = ["ab", "ba", "aab", "bba", "b", "", "ña", "éb", "ñ", "ééé"]
    model = clone(MODELS[name]).set_params(
        alphabet="ab", handle_unknown="unknown", early_stopping=True, max_steps=50
    )
    for seed in range(6):
        curve = model.set_params(random_state=seed).fit(words).validation_curve_
        assert np.isfinite(curve).all()
    with pytest.raises(ValueError, match="begin with a known character, got 1"):
        model.fit(["ab", "ñ", "éa"])


@each_model
def test_a_range_test_changes_nothing(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = learning_rate_range_test(model, WORDS, lowest=1e-4, n_steps=40)
    assert np.isfinite(found.losses[:20]).all()
    assert not hasattr(model, "weights_")


@each_model
def test_a_file_with_another_architecture_is_refused(model, tmp_path, monkeypatch):
    model = clone(model).fit(WORDS)
    good = dict(model.architecture_)
    for wrong in (
        {},
        {**good, "embedding_dim": good["embedding_dim"] * 2},
        {**good, "embedding_dim": -1},
        {**good, "embedding_dim": "8"},
        {**good, "n_layers": 10**9},
    ):
        model.architecture_ = wrong
        with monkeypatch.context() as patch:  # nobody else looks before the file is written
            patch.setattr(LearntNetwork, "checked", lambda self, vocabulary: self)
            io.save(model, tmp_path / "model")
        with pytest.raises(ValueError, match="no consistent model"):
            io.load(tmp_path / "model")


def test_sampling_takes_one_step_a_symbol(monkeypatch):
    for name in ("bag", "gru", "lstm", "transformer"):
        model = clone(MODELS[name]).fit(WORDS)
        module, sizes = model._model._module, []
        read = module.read

        def counting(codes, state, read=read, sizes=sizes):
            sizes.append(codes.shape[1])
            return read(codes, state)

        monkeypatch.setattr(module, "read", counting)
        words = model.sample(20, random_state=0)
        assert set(sizes) == {1}
        assert len(sizes) == max(map(len, words)) + 1


def test_the_recurrent_ones_use_their_state():
    """The next symbol depends on what came long before: no bigram can tell."""
    words = ["a" + "x" * n + "b" for n in range(1, 5)] + ["c" + "x" * n + "d" for n in range(1, 5)]
    counted = BigramCountLM(smoothing=0).fit(words)
    for name in ("rnn", "gru", "lstm", "transformer"):
        model = clone(MODELS[name]).set_params(max_steps=250, dropout=0.0).fit(words)
        assert model.score(words) > counted.score(words) + 0.1, name
        proba = model.predict_proba(["axx", "cxx"])
        symbols = model.symbols_.tolist()
        assert proba[0, symbols.index("d")] < 0.05, name
        assert proba[1, symbols.index("b")] < 0.05, name


def test_each_beats_counting_bigrams_on_a_thousand_names():
    words = np.random.RandomState(0).permutation(np.unique(load_names().data))
    train, held_out = words[:1000], words[1000:2000]
    counted = BigramCountLM(handle_unknown="unknown").fit(train)
    for model in (
        BagOfCharsLM(),
        RNNCharLM(hidden_size=64, learning_rate=0.01),
        ConvCharLM(hidden_size=64, max_steps=100, learning_rate=0.01),
        TransformerCharLM(n_layers=2, max_steps=200),
    ):
        model.set_params(handle_unknown="unknown", random_state=0).fit(train)
        assert model.score(held_out) > counted.score(held_out), model


def test_fitting_does_not_import_torch_s_compiler(tmp_path):
    """Its import takes seconds."""
    code = (
        "import sys, sklearn_makemore as sm\n"
        "kinds = sm.BagOfCharsLM, sm.RNNCharLM, sm.ConvCharLM, sm.TransformerCharLM, sm.MLPCharLM\n"
        "for kind in kinds:\n"
        "    model = kind(max_steps=2, early_stopping=True).fit(['ab', 'ba', 'b'] * 3)\n"
        "    model.sample(2), model.score(['ab'])\n"
        "sm.io.save(model, sys.argv[1])\n"
        "sm.io.load(sys.argv[1])\n"
        "assert 'torch._dynamo' not in sys.modules"
    )
    path = str(tmp_path / "model")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, path], check=True)


class Scaled(LogBilinear):
    """Has a weight of its own, which torch lists before those of its layers."""

    def __init__(self, n_inputs, n_targets, **architecture):
        super().__init__(n_inputs, n_targets, **architecture)
        self.scale = torch.nn.Parameter(torch.empty(()))


class Extended(LogBilinear):
    """Has a layer after its output."""

    def __init__(self, n_inputs, n_targets, **architecture):
        super().__init__(n_inputs, n_targets, **architecture)
        self.extension = torch.nn.Linear(1, n_targets + 1)


@pytest.mark.parametrize("module", [Scaled, Extended])
def test_a_network_whose_weights_are_in_another_order_is_refused(module):
    class OtherLM(LogBilinearLM):
        _module_class = module

    with pytest.raises(TypeError, match=f"{module.__name__} has weights of shapes .*put it into"):
        OtherLM(max_steps=1).fit(WORDS)


@pytest.mark.parametrize("is_kept", [False, True])
def test_only_buffers_that_are_constants_of_the_network_are_taken(is_kept):
    """What a training leaves in a buffer, such as a running mean, would be lost."""

    class Masked(LogBilinear):
        def __init__(self, n_inputs, n_targets, **architecture):
            super().__init__(n_inputs, n_targets, **architecture)
            self.register_buffer("mask", torch.ones(1), persistent=is_kept)

        def forward(self, windows):
            return super().forward(windows) * self.mask

    class MaskedLM(LogBilinearLM):
        _module_class = Masked

    model = MaskedLM(**COMMON)
    if is_kept:
        with pytest.raises(TypeError, match="Masked has buffers that are not kept: mask"):
            model.fit(WORDS)
    else:
        assert model.fit(WORDS).score(WORDS) == LogBilinearLM(**COMMON).fit(WORDS).score(WORDS)


class Peeping(SequenceModule):
    """Reads in both directions."""

    def __init__(self, n_inputs, n_targets, *, hidden_size):
        super().__init__(n_inputs, n_targets)
        self.embedding = torch.nn.Embedding(n_inputs, hidden_size)
        self.both = torch.nn.GRU(hidden_size, hidden_size, batch_first=True, bidirectional=True)
        self.output = torch.nn.Linear(2 * hidden_size, n_targets)

    def forward(self, codes):
        return self.output(self.both(self.embedding(codes))[0])


class PeepingLM(NetworkLM):
    hidden_size: int = parameter(int, default=4)
    _module_class = Peeping


def test_a_network_that_looks_ahead_is_refused():
    with pytest.raises(TypeError, match="Peeping looks ahead"):
        PeepingLM(**COMMON).fit(WORDS)


def test_keywords_of_the_network_are_parameters_of_its_estimator():
    class Bare(NetworkLM):
        _module_class = Peeping

    with pytest.raises(TypeError, match="Peeping takes hidden_size by keyword, which Bare does"):
        Bare(**COMMON).fit(WORDS)
