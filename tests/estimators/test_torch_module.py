"""Torch modules that know nothing of the library, as language models."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError
from torch import nn

from sklearn_makemore import MixtureLM, TorchCharLM
from sklearn_makemore._neural import checkpoint
from sklearn_makemore.base import SequenceModule
from sklearn_makemore.datasets import load_names
from sklearn_makemore.io import load, save
from sklearn_makemore.model_selection import learning_rate_range_test

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "noah", "liam"]
COMMON = {"max_steps": 60, "random_state": 0, "learning_rate": 0.02, "device": "cpu"}


class Normed(nn.Sequential):
    """Windows, with batch normalisation and dropout."""

    def __init__(self, n_inputs, n_targets, block_size, width=16, dropout=0.1):
        super().__init__(
            nn.Embedding(n_inputs, 8),
            nn.Flatten(),
            nn.Linear(8 * block_size, width),
            nn.BatchNorm1d(width),
            nn.Tanh(),
            nn.Dropout(dropout),
            nn.Linear(width, n_targets),
        )


class Recurrent(nn.Module):
    """Sequences; draws a weight of its own, and takes anything by keyword."""

    def __init__(self, width=16, **sizes):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(1) + 1)
        self.embedding = nn.Embedding(sizes["n_inputs"], 8)
        self.gru = nn.GRU(8, width, batch_first=True)
        self.output = nn.Linear(width, sizes["n_targets"])

    def forward(self, codes):
        return self.output(self.gru(self.embedding(codes))[0]) * self.scale


class Counting(SequenceModule):
    """Logits of the number of symbols read, which it keeps as its state."""

    def __init__(self, n_inputs, n_targets):
        super().__init__(n_inputs, n_targets)
        self.output = nn.Linear(1, n_targets)
        self.n_read_at_once = []

    def forward(self, codes):
        return self.read(codes, self.init_state(len(codes), codes.device))[0]

    def init_state(self, n, device):
        return (torch.zeros((n, 1), device=device),)

    def read(self, codes, state):
        self.n_read_at_once.append(codes.shape[1])
        so_far = state[0] + torch.arange(1, codes.shape[1] + 1, device=codes.device)
        return self.output(so_far[:, :, None] / 8), (so_far[:, -1:],)


WINDOW = TorchCharLM(Normed, kind="window", block_size=3, **COMMON)
SEQUENCE = TorchCharLM(Recurrent, **COMMON)
each_model = pytest.mark.parametrize("model", [WINDOW, SEQUENCE], ids=["window", "sequence"])


@each_model
def test_it_learns_and_to_torch_is_the_module(model):
    model = clone(model).fit(WORDS)
    assert model.loss_curve_[-10:].mean() < 0.8 * model.loss_curve_[0]
    module = model.to_torch()
    assert type(module) is model.module
    assert not module.training
    codes = [0, *map(model.symbols_.tolist().index, "li")]
    with torch.no_grad():
        logits = module(torch.tensor([codes])).double().flatten(0, -2)[-1]
    expected = model.predict_log_proba(["li"])[0]
    np.testing.assert_allclose(log_softmax(logits.numpy()), expected, atol=1e-5)
    for weights, parameter in zip(model.weights_, module.parameters(), strict=True):
        np.testing.assert_array_equal(weights, parameter.detach())


@pytest.mark.filterwarnings("ignore:The loss of")  # it hardly moves, so that means stay the same
def test_batch_normalisation_learns_its_running_means():
    model = clone(WINDOW).set_params(module_params={"dropout": 0.0}, learning_rate=1e-9)
    model.fit(WORDS)
    n, mean, variance = model.buffers_
    assert n == model.n_steps_ == 60
    module = model.to_torch()
    text = "".join("..." + word for word in WORDS) + "."
    codes = [model.symbols_.tolist().index(symbol) for symbol in text]
    rows = [codes[i - 3 : i] for i in range(3, len(codes)) if text[i - 1] != "." or text[i] != "."]
    with torch.no_grad():
        inputs = module[2](module[1](module[0](torch.tensor(rows))))
    np.testing.assert_allclose(mean, inputs.mean(0), atol=0.1)
    np.testing.assert_allclose(variance, inputs.var(0), rtol=0.5)
    np.testing.assert_array_equal(mean, module[3].running_mean)
    again = model.partial_fit(WORDS)
    assert again.buffers_[0] == n + 60


def test_held_out_words_are_predicted_with_the_running_means():
    """The best weights come with their own buffers, and their loss is the one on the curve."""
    words = np.unique(load_names().data[:400])
    model = clone(WINDOW).set_params(early_stopping=True, max_steps=400, learning_rate=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(words)
    best = model.validation_curve_.argmin()
    assert best < len(model.validation_curve_) - 1
    assert model.buffers_[0] == model.validation_steps_[best]


@each_model
def test_the_seed_decides_and_torch_s_generator_is_left_alone(model):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = clone(model).fit(WORDS)
    torch.manual_seed(6)
    again = clone(model).fit(WORDS)
    torch.manual_seed(5)
    first.sample(3)
    pickle.loads(pickle.dumps(first)).partial_fit(WORDS)
    assert torch.equal(torch.random.get_rng_state(), before)
    for a, b in zip(first.weights_, again.weights_, strict=True):
        np.testing.assert_array_equal(a, b)
    other = clone(model).set_params(random_state=1).fit(WORDS)
    assert not np.array_equal(other.weights_[0], first.weights_[0])


def test_dropout_draws_from_the_seed():
    some, none = (
        clone(WINDOW).set_params(module_params={"dropout": share}, max_steps=5).fit(WORDS)
        for share in (0.5, 0.0)
    )
    assert some.loss_curve_[0] != none.loss_curve_[0]
    again = clone(some).fit(WORDS)
    np.testing.assert_array_equal(again.loss_curve_, some.loss_curve_)


@each_model
def test_the_unknown_symbol_is_the_mean_of_the_others(model):
    model = clone(model).set_params(handle_unknown="unknown", alphabet="emalivo").fit(WORDS)
    embedding = next(w for w in model.weights_ if w.shape == (model.n_symbols_, 8))
    np.testing.assert_allclose(embedding[-1], embedding[:-1].mean(axis=0), atol=1e-6)
    assert np.isfinite(model.score(["año"]))
    proba = model.predict_proba(["añ"])
    np.testing.assert_allclose(proba[:, -1], 1 / (model.n_predictions_ + 1), rtol=1e-12)


@each_model
def test_files_name_the_class(model, tmp_path):
    path = tmp_path / "model.safetensors"
    model = clone(model).set_params(module_params={"width": 12}).fit(WORDS)
    save(model, path)
    with pytest.raises(ValueError, match=f"{model.module.__name__}.*in modules="):
        load(path)
    again = load(path, modules=[Normed, Recurrent])
    assert again.architecture_ == model.architecture_
    np.testing.assert_array_equal(again.score_samples(WORDS), model.score_samples(WORDS))
    a, b = again.partial_fit(WORDS[:2]), copy.deepcopy(model).partial_fit(WORDS[:2])
    np.testing.assert_array_equal(a.score_samples(WORDS), b.score_samples(WORDS))

    class Other(nn.Module):
        pass

    Other.__name__ = model.module.__name__
    with pytest.raises(ValueError, match="no consistent model"):
        load(path, modules=[Other])


def test_buffers_of_a_file_are_checked(tmp_path):
    model = clone(WINDOW).fit(WORDS)
    for wrong in (
        model.buffers_[:2],
        [*model.buffers_[:2], model.buffers_[2][:3]],
        [*model.buffers_[:2], model.buffers_[2].astype(np.float64)],
        "none",
    ):
        broken = copy.copy(model)
        broken.buffers_ = wrong
        with pytest.raises(ValueError, match="buffers_"):
            save(broken, tmp_path / "model")


def test_a_default_needs_no_class(tmp_path):
    for kind in ("sequence", "window"):
        model = TorchCharLM(kind=kind, module_params={"hidden_size": 8}, **COMMON).fit(WORDS)
        save(model, tmp_path / kind)
        assert load(tmp_path / kind).score(WORDS) == model.score(WORDS)


def test_a_module_of_the_library_s_kind_keeps_its_state():
    model = TorchCharLM(Counting, **COMMON).fit(WORDS)
    network = model._model._module.own
    network.n_read_at_once.clear()
    model.sample(5)
    assert set(network.n_read_at_once) == {1}


@each_model
def test_copies_searches_and_mixtures(model):
    again = pickle.loads(pickle.dumps(clone(model).fit(WORDS)))
    np.testing.assert_array_equal(
        again.score_samples(WORDS), clone(model).fit(WORDS).score_samples(WORDS)
    )
    grid = {"module_params": [{"width": 4}, {"width": 16}]}
    search = GridSearchCV(
        clone(model).set_params(handle_unknown="unknown", max_steps=50), grid, cv=2
    ).fit(WORDS)
    assert (
        search.best_estimator_.architecture_["module_params"]
        == search.best_params_["module_params"]
    )
    assert np.isfinite(MixtureLM([("net", model)], weights=[1]).fit(WORDS).score(WORDS))


@each_model
def test_warm_starts_and_changed_parameters(model):
    model = clone(model).set_params(warm_start=True, module_params={"width": 8}).fit(WORDS)
    first = model.loss_curve_[-10:].mean()
    assert model.fit(WORDS).loss_curve_[:10].mean() < 1.5 * first
    model.module_params["width"] = 9
    assert model.architecture_["module_params"] == {"width": 8}
    with pytest.raises(ValueError, match="Set them back"):
        model.fit(WORDS)
    found = learning_rate_range_test(clone(model), WORDS, lowest=1e-4, highest=10, n_steps=60)
    assert np.isfinite(found.losses[:20]).all()


def test_a_checkpoint_keeps_buffers_and_dropout(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint"
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    model = clone(WINDOW).set_params(max_steps=150, checkpoint=path)
    whole = clone(model).set_params(checkpoint=None).fit(WORDS)
    calls = []
    keep = checkpoint.Checkpoint.keep_now_and_then

    def keep_and_die(self, *arguments):
        keep(self, *arguments)
        calls.append(1)
        if len(calls) == 2:
            raise OSError("the machine stops")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoint, "keep_now_and_then", keep_and_die)
        with pytest.raises(OSError, match="stops"):
            clone(model).fit(WORDS)
    resumed = clone(model).fit(WORDS)
    for a, b in zip(
        [*whole.weights_, *whole.buffers_], [*resumed.weights_, *resumed.buffers_], strict=True
    ):
        np.testing.assert_array_equal(a, b)


class Wrong(nn.Module):
    """A module with one thing wrong."""

    def __init__(self, n_inputs, n_targets, wrong):
        super().__init__()
        self.wrong = wrong
        self.embedding = nn.Embedding(n_inputs, 4)
        self.gru = nn.GRU(4, 4, 2, batch_first=True, dropout=0.5 * (wrong == "draws"))
        self.both = nn.GRU(4, 2, batch_first=True, bidirectional=True)
        self.output = nn.Linear(4, n_targets)
        self.plain = torch.randn(1)
        if wrong == "no weights":
            self.requires_grad_(False)
        if wrong == "lazy":
            self.output = nn.LazyLinear(n_targets)
        if wrong == "late":
            nn.init.zeros_(self.output.weight)

    def forward(self, codes):
        values = self.embedding(codes)
        if self.wrong == "tuple":
            return self.gru(values)
        if self.wrong in ("looks ahead", "late"):
            return self.output(self.both(values)[0])
        if self.wrong == "last only":
            return self.output(self.gru(values)[0])[:, -1]
        if self.wrong == "hidden":
            return self.gru(values)[0]
        if self.wrong == "detached":
            return self.output(self.gru(values)[0]).detach()
        if self.wrong == "length":
            return self.output(self.gru(values + torch.zeros(5, 4))[0])
        if self.wrong == "not kept":
            return self.output(self.gru(values)[0]) * self.plain
        return self.output(self.gru(values)[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("tuple", r"returns a tuple, where kind='sequence' needs"),
        ("last only", r"returns \(4, 13\), .*kind='sequence'.*set kind='window'"),
        ("hidden", r"returns \(4, 8, 4\), where .* \(4, 8, 13\)"),
        ("looks ahead", "looks ahead.*Mask"),
        ("late", "looks ahead"),
        ("no weights", "has no weights to train.*nn.Parameter"),
        ("detached", r"depend on weights .* detach\(\)"),
        ("draws", "torch's global generator.* to 0: gru. Layers nn.Dropout"),
        ("lazy", "lazy layers"),
        ("length", r"fails on int64 codes of shape \(4, 8\), from 0 to 12.*of any length"),
        ("not kept", "made again.*registered buffers"),
    ],
)
def test_modules_that_cannot_work_are_refused_by_name(wrong, message):
    model = TorchCharLM(Wrong, module_params={"wrong": wrong}, **COMMON)
    with pytest.raises(TypeError, match=rf"Wrong .*{message}"):
        model.fit(WORDS)
    assert not model.__sklearn_is_fitted__()
    model.set_params(module_params={"wrong": "nothing"}).fit(WORDS)


@pytest.mark.parametrize("module", [Recurrent(n_inputs=3, n_targets=3), "Recurrent", dict])
def test_what_is_no_class_of_modules_is_refused(module):
    with pytest.raises(InvalidParameterError, match=r"class derived from torch.nn.Module.*Got"):
        TorchCharLM(module).fit(WORDS)


@pytest.mark.parametrize("parameters", [{"height": 3}, {"n_inputs": 3}])
def test_arguments_that_a_module_does_not_take_are_named(parameters):
    with pytest.raises(TypeError, match=rf"Normed cannot be made.*{next(iter(parameters))}"):
        clone(WINDOW).set_params(module_params=parameters).fit(WORDS)


class Placed(nn.Module):
    """Knows 20 places."""

    def __init__(self, n_inputs, n_targets):
        super().__init__()
        self.embedding, self.places = nn.Embedding(n_inputs, 4), nn.Embedding(20, 4)
        self.output = nn.Linear(4, n_targets)

    def forward(self, codes):
        places = self.places(torch.arange(codes.shape[1], device=codes.device))
        return self.output(self.embedding(codes) + places)


def test_words_longer_than_a_module_takes_are_named():
    model = TorchCharLM(Placed, **COMMON).fit(WORDS)
    with pytest.raises(ValueError, match=r"Placed fails on words of 30 symbols.*max_length"):
        model.score(["a" * 30])
