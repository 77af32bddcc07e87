"""MLPCharLM: the lecture's loop to the letter, training on the table, what survives what."""

import pickle
import warnings

import joblib
import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from sklearn_makemore import BigramCountLM, MLPCharLM, NeuralBigramLM
from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._neural import adamw, training
from sklearn_makemore._neural.lecture import known_predictions
from sklearn_makemore._neural.scoring import TorchWindowModel
from sklearn_makemore._neural.training import TrainingResult
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import as_column
from sklearn_makemore.datasets import load_names
from tests.coded import coded

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella", "noah", "liam"]
SMALL = {"hidden_size": 16, "embedding_dim": 4, "max_steps": 60, "random_state": 0}


def test_sgd_is_the_lecture_s_loop():
    """Against the loop written out with the lecture's tensors."""
    steps, block, seed = 40, 3, 7
    symbols = [".", *sorted(set("".join(WORDS)))]
    code = {symbol: i for i, symbol in enumerate(symbols)}
    contexts, targets = [], []
    for word in WORDS:
        context = [0] * block
        for symbol in [*word, "."]:
            contexts.append(context)
            targets.append(code[symbol])
            context = [*context[1:], code[symbol]]
    X, Y, V = torch.tensor(contexts), torch.tensor(targets), len(symbols)
    g = torch.Generator().manual_seed(seed)
    C = torch.randn((V, 5), generator=g)
    W1, b1 = torch.randn((15, 11), generator=g), torch.randn(11, generator=g)
    W2, b2 = torch.randn((11, V), generator=g), torch.randn(V, generator=g)
    parameters = [C, W1, b1, W2, b2]
    for p in parameters:
        p.requires_grad = True
    losses = []
    for i in range(steps):
        ix = torch.randint(0, len(X), (8,), generator=g)
        h = torch.tanh(C[X[ix]].view(-1, 15) @ W1 + b1)
        loss = torch.nn.functional.cross_entropy(h @ W2 + b2, Y[ix])
        losses.append(loss.item())
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -(0.1 if i < steps / 2 else 0.01) * p.grad
    model = MLPCharLM(
        solver="sgd", max_steps=steps, batch_size=8, embedding_dim=5, hidden_size=11,
        random_state=seed,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        model.fit(WORDS)
    np.testing.assert_allclose(model.loss_curve_, losses, atol=1e-4)
    np.testing.assert_allclose(model.embedding_, C.detach(), atol=1e-4)
    np.testing.assert_allclose(model.coefs_[0], W1.detach(), atol=1e-4)
    np.testing.assert_allclose(model.intercepts_[1], b2.detach(), atol=1e-4)


def test_the_default_fit_beats_counting_bigrams_on_a_thousand_names():
    words = np.random.RandomState(0).permutation(np.unique(load_names().data))
    train, held_out = words[:1000], words[1000:2000]
    mlp = MLPCharLM(handle_unknown="unknown", random_state=0).fit(train)
    counted = BigramCountLM(handle_unknown="unknown").fit(train)
    assert mlp.score(held_out) > counted.score(held_out) + 0.05


def test_shapes_of_what_is_learnt():
    model = MLPCharLM(**SMALL, n_layers=3, block_size=2).fit(WORDS)
    V = model.n_symbols_
    assert model.embedding_.shape == (V, 4)
    assert [coef.shape for coef in model.coefs_] == [(8, 16), (16, 16), (16, 16), (16, V)]
    assert [len(intercept) for intercept in model.intercepts_] == [16, 16, 16, V]
    assert model.loss_curve_.shape == (60,) == (model.n_steps_,)
    assert model.n_predictions_ == sum(len(word) + 1 for word in WORDS)
    assert not hasattr(model, "validation_curve_")


def test_to_torch_is_the_model():
    model = MLPCharLM(**SMALL).fit(WORDS)
    module = model.to_torch()
    windows = torch.tensor([[0, 0, 0], [0, 1, 2], [3, 2, 1]])
    prefixes = ["", *("".join(model.symbols_[c] for c in row if c) for row in windows[1:].tolist())]
    with torch.no_grad():
        logits = module(windows).double().numpy()
    expected = model.predict_log_proba(prefixes)
    np.testing.assert_allclose(log_softmax(logits, axis=1), expected, atol=1e-6)
    module.output.bias.data.add_(torch.arange(model.n_symbols_))
    np.testing.assert_array_equal(model.predict_log_proba(prefixes), expected)


EARLY = MLPCharLM(
    early_stopping=True, max_steps=2000, n_iter_no_change=3, learning_rate=0.05, random_state=0
)


def held_out_of(model, words):
    """Return the words that a fit with this seed holds out: the first random numbers it draws."""
    vocabulary = BigramCountLM(alphabet=model.alphabet).fit(words)._vocabulary
    coded = vocabulary.encode(as_column(words).read_all(), None)
    generator = torch.Generator().manual_seed(model.random_state)
    _, held_out = hold_out(
        coded, model.validation_fraction, lambda n: torch.randperm(n, generator=generator).numpy()
    )
    return vocabulary.decode(held_out.targets)


def test_early_stopping_keeps_the_best_weights_for_words_it_has_not_seen():
    words = load_names().data[:600]
    model = clone(EARLY).fit(words)
    curve = model.validation_curve_
    assert model.n_steps_ < 2000
    assert len(curve) == -(-model.n_steps_ // 50)
    assert len(curve) - 1 - curve.argmin() == 3
    assert -model.score(held_out_of(model, words)) == pytest.approx(curve.min(), abs=1e-4)
    assert curve[-1] > curve.min() + 0.01
    worse = clone(model).set_params(early_stopping=False, max_steps=model.n_steps_).fit(words)
    assert not hasattr(worse, "validation_curve_")


def test_held_out_words_are_not_trained_on():
    """A word of characters of its own is as good as impossible while it is held out."""
    words = [*load_names().data[:100], "xxxxqqqq"]
    alphabet = "".join(set("".join(words)))
    model = clone(EARLY).set_params(max_steps=100, alphabet=alphabet, learning_rate=None)
    for seed in range(40):
        if "xxxxqqqq" in held_out_of(model.set_params(random_state=seed), words):
            break
    model.fit(words)
    trained = clone(model).set_params(early_stopping=False).fit(words)
    assert model.score(["xxxxqqqq"]) < trained.score(["xxxxqqqq"]) - 1


def test_a_look_that_is_no_number_is_not_the_best():
    losses = iter([2.0, np.nan, 3.0, 4.0])
    module = torch.nn.Linear(1, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "mean_cross_entropy", lambda module, data: next(losses))
        held_out, result, stops = training.HeldOut(module, None, 3), TrainingResult(), []
        for value in range(4):
            with torch.no_grad():
                module.weight.fill_(value)
            result.loss_curve += [1.0] * 50
            stops.append(held_out.block_ended(result, is_last=False))
    assert stops == [False, False, False, True]
    assert held_out.best_module().weight.item() == 0
    held_out.restore_best()
    assert module.weight.item() == 0


def test_held_out_words_are_looked_at_once_more_at_the_end(monkeypatch):
    monkeypatch.setattr(training, "mean_cross_entropy", lambda module, data: 1.0)
    held_out, result = training.HeldOut(torch.nn.Linear(1, 1), None, 9, 3), TrainingResult()
    for block in range(1, 9):
        result.loss_curve += [1.0] * (50 if block < 8 else 7)
        held_out.block_ended(result, is_last=block == 8)
    assert result.validation_steps == [150, 300, 357]
    assert result.validation_curve == [1.0] * 3


def test_a_callback_sees_the_best_weights():
    class Last:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name != "fit":
                self.scores = fitted_estimator.score_samples(["emma"])
                self.curve = fitted_estimator.validation_curve_

    witness = Last()
    model = clone(EARLY).set_callbacks(witness).fit(load_names().data[:600])
    np.testing.assert_array_equal(witness.scores, model.score_samples(["emma"]))
    np.testing.assert_array_equal(witness.curve, model.validation_curve_)


@pytest.mark.filterwarnings("ignore:The loss of", "ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("solver", ["adamw", "sgd"])
def test_weights_that_are_not_finite_are_refused(solver):
    model = MLPCharLM(max_steps=1, learning_rate=1e300, solver=solver, random_state=0)
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.set_params(hidden_size=8).fit(WORDS)
    assert not hasattr(model, "coefs_")


def test_a_weight_counts_as_repetitions_in_the_number_of_steps():
    words = load_names().data[:300]
    weighted = MLPCharLM(random_state=0).fit(words, sample_weight=np.full(300, 10.0))
    repeated = MLPCharLM(random_state=0).fit(np.repeat(words, 10))
    assert weighted.n_steps_ == repeated.n_steps_ > 500
    assert weighted.score(words) == pytest.approx(repeated.score(words), abs=0.02)


@pytest.mark.filterwarnings("ignore:The loss of")
def test_weights_of_words_count_in_the_lecture_s_loop():
    model = MLPCharLM(solver="sgd", max_steps=400, hidden_size=16, random_state=0)
    model.fit(["aaa", "bbb"], sample_weight=[99.0, 1.0])
    assert model.predict_proba([""])[0, 1] > 0.8


@pytest.mark.filterwarnings("ignore:The loss of")
def test_what_counts_as_seen():
    model = MLPCharLM(**SMALL, warm_start=True).fit(WORDS).fit(WORDS)
    n = sum(len(word) + 1 for word in WORDS)
    assert model.n_predictions_ == n
    assert clone(model).fit(WORDS).partial_fit(["ava"]).n_predictions_ == n + 4
    assert clone(model).set_params(early_stopping=True).fit(WORDS).n_predictions_ == n
    bigram = NeuralBigramLM(solver="gd", alphabet="emalivo", handle_unknown="unknown").fit(WORDS)
    assert bigram.n_predictions_ == n
    assert bigram.predict_proba([""])[0, -1] == pytest.approx(1 / (n + 1))
    assert bigram.partial_fit(["ava"]).n_predictions_ == n + 4
    assert bigram.predict_proba([""])[0, -1] == pytest.approx(1 / (n + 5))
    with pytest.raises(ValueError, match="overflow"):
        model.fit(WORDS, sample_weight=np.full(len(WORDS), 1e308))


def test_single_predictions_without_unknown_symbols_keep_their_weights():
    flat = coded([[1, 3, 2], [2], [3]], weights=[5, 2, 7])
    words = CodedWords(flat.codes, flat.offsets, 4, 3, flat.weights)
    windows, targets, weights = known_predictions(words, 1)
    assert windows.tolist() == [[0], [2], [0], [2]]
    assert targets.tolist() == [1, 0, 2, 0]
    assert weights.tolist() == [5, 5, 2, 2]


def test_partial_fit_has_a_constant_rate_and_holds_nothing_out():
    model = MLPCharLM(**SMALL, early_stopping=True).fit(WORDS)
    coded = model._vocabulary.encode(as_column(WORDS).read_all(), None)
    begun = model._begin(coded, model._vocabulary, partial=True)
    assert set(begun.steps._rates.tolist()) == {np.float32(0.02)}
    begun = model._begin(coded, model._vocabulary, partial=False)
    assert len(set(begun.steps._rates.tolist())) > 30
    model.partial_fit(["ava"])
    assert not hasattr(model, "validation_curve_")


def test_an_interrupt_ends_a_search(monkeypatch):
    take = adamw.AdamWSteps.take
    calls = []

    def interrupt(self, step):
        calls.append(step)
        if len(calls) == 70:
            raise KeyboardInterrupt
        return take(self, step)

    monkeypatch.setattr(adamw.AdamWSteps, "take", interrupt)
    search = GridSearchCV(MLPCharLM(**SMALL), {"block_size": [1, 2]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.set_params(estimator__alphabet="".join(set("".join(WORDS)))).fit(WORDS)
    assert len(calls) == 70


def test_early_stopping_needs_two_different_words():
    with pytest.raises(ValueError, match="two different words"):
        MLPCharLM(**SMALL, early_stopping=True).fit(["ab", "ab"])


def test_warm_start_goes_on_from_the_last_weights():
    model = MLPCharLM(**SMALL, warm_start=True).fit(WORDS)
    first = model.loss_curve_[-10:].mean()
    model.fit(WORDS)
    assert model.loss_curve_[0] < first + 0.2
    assert model.loss_curve_[-10:].mean() < first
    cold = MLPCharLM(**SMALL).fit(WORDS).fit(WORDS)
    np.testing.assert_array_equal(cold.coefs_[0], MLPCharLM(**SMALL).fit(WORDS).coefs_[0])
    with pytest.raises(ValueError, match="symbols of the last fit"):
        model.fit(["xyz"])
    with pytest.raises(ValueError, match="fitted network has weights of shapes"):
        model.set_params(hidden_size=3).fit(WORDS)


@pytest.mark.filterwarnings("ignore:The loss of")
@pytest.mark.parametrize("solver", ["adamw", "sgd"])
def test_partial_fit_trains_on_at_a_constant_rate(solver):
    parameters = {**SMALL, "solver": solver, "alphabet": "".join(set("".join(WORDS)) | {"z"})}
    model = MLPCharLM(**parameters).partial_fit(WORDS)
    n = model.n_predictions_
    before = model.score(["zoz"])
    for _ in range(3):
        assert model.partial_fit(["zoz", "zaz"]) is model
    assert model.score(["zoz"]) > before + 0.5
    assert model.n_predictions_ == n + 3 * 8
    assert model.n_steps_ == 60


def test_unknown_characters_have_one_share_in_n_plus_one():
    model = MLPCharLM(**SMALL, handle_unknown="unknown", alphabet="emalivo").fit(WORDS)
    n = sum(len(word) + 1 for word in WORDS)
    assert model.n_predictions_ == n
    proba = model.predict_proba(["", "añ", "lia"])
    np.testing.assert_allclose(proba[:, -1], 1 / (n + 1), rtol=1e-12)
    np.testing.assert_allclose(model.embedding_[-1], model.embedding_[:-1].mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    "estimator", [MLPCharLM(**SMALL), MLPCharLM(**SMALL, solver="sgd"), NeuralBigramLM()], ids=repr
)
def test_words_of_unknown_characters_alone_teach_nothing(estimator):
    estimator = clone(estimator).set_params(alphabet="z", handle_unknown="unknown")
    with pytest.raises(ValueError, match=r"unknown characters.*alphabet="):
        estimator.fit(["ab", "c"])


def test_the_seed_decides_the_weights():
    first, again = (MLPCharLM(**SMALL, dropout=0.3).fit(WORDS) for _ in range(2))
    for a, b in zip(first.coefs_, again.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    other = MLPCharLM(**{**SMALL, "random_state": 1}, dropout=0.3).fit(WORDS)
    assert not np.array_equal(other.coefs_[0], first.coefs_[0])


def test_grid_search_in_two_processes_gives_the_results_of_one():
    grid = {"hidden_size": [4, 8], "block_size": [1, 2]}
    alphabet = "".join(set("".join(WORDS)))
    estimator = MLPCharLM(alphabet=alphabet, max_steps=50, embedding_dim=3, random_state=0)
    results = []
    for n_jobs in (1, 2):
        search = GridSearchCV(estimator, grid, cv=2, n_jobs=n_jobs).fit(WORDS)
        results.append(search.cv_results_["mean_test_score"])
        assert len(search.best_estimator_.sample(10)) == 10
    np.testing.assert_allclose(results[0], results[1], atol=1e-5)


def test_a_loss_that_is_not_finite_names_the_rate_and_keeps_the_model():
    model = MLPCharLM(**SMALL).fit(WORDS)
    before = model.score_samples(WORDS)
    model.set_params(learning_rate=1e30)
    with pytest.raises(FloatingPointError, match="learning_rate"):
        model.fit(WORDS)
    np.testing.assert_array_equal(model.score_samples(WORDS), before)


def test_a_fit_that_is_worse_than_a_guess_warns():
    with pytest.warns(ConvergenceWarning, match="uniform guess"):
        MLPCharLM(**{**SMALL, "learning_rate": 3.0, "max_steps": 20}).fit(WORDS)


class StopsAt50:
    """Stands for standard output, and for a user who has seen enough."""

    def write(self, text):
        raise KeyboardInterrupt

    def flush(self):
        pass


@pytest.mark.parametrize(
    "estimator",
    [
        MLPCharLM(**{**SMALL, "max_steps": 500}),
        MLPCharLM(**{**SMALL, "max_steps": 500}, solver="sgd"),
        NeuralBigramLM(solver="gd"),
        NeuralBigramLM(alpha=1e-4),
    ],
    ids=repr,
)
def test_an_interrupted_fit_leaves_a_usable_model(estimator):
    model = clone(estimator).set_params(verbose=1)
    with warnings.catch_warnings(record=True) as caught, pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("always")
        patch.setattr("sys.stdout", StopsAt50())
        model.fit(WORDS)
    assert any("interrupted after 50 steps" in str(warning.message) for warning in caught)
    assert model.n_steps_ == 50 == len(model.loss_curve_)
    assert np.isfinite(model.score(WORDS))
    assert len(model.sample(3)) == 3


def test_an_interrupt_within_a_block_keeps_the_steps_before_it(monkeypatch):
    take = adamw.AdamWSteps.take

    def interrupt(self, step):
        calls.append(step)
        if len(calls) == 70:
            raise KeyboardInterrupt
        return take(self, step)

    calls = []
    monkeypatch.setattr(adamw.AdamWSteps, "take", interrupt)
    model = MLPCharLM(**{**SMALL, "max_steps": 500})
    with pytest.warns(UserWarning, match="interrupted after 69 steps"):
        model.fit(WORDS)
    assert model.n_steps_ == 69
    assert np.isfinite(model.score(WORDS))


def test_extreme_logits_stay_finite():
    model = MLPCharLM(**SMALL).fit(WORDS)
    state = model.__getstate__()
    state["intercepts_"][-1][:] = np.where(np.arange(model.n_symbols_) % 2, 1e4, -1e4)
    model.__setstate__(state)
    scores = model.score_samples(WORDS)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(model.predict_proba(["", "a"]).sum(axis=1), 1, atol=1e-9)


def test_a_model_fitted_elsewhere_scores_on_the_cpu():
    model = MLPCharLM(**SMALL).fit(WORDS)
    expected = model.score_samples(WORDS)
    assert model.device_ == str(torch.device("cuda", 0) if torch.cuda.is_available() else "cpu")
    state = pickle.loads(pickle.dumps(model.__getstate__())) | {"device_": "cuda:99"}
    elsewhere = MLPCharLM()
    elsewhere.__setstate__(state)
    np.testing.assert_allclose(elsewhere.score_samples(WORDS), expected, atol=1e-4)


def test_out_of_memory_halves_the_batch(monkeypatch):
    model = MLPCharLM(**SMALL).fit(WORDS)
    expected = model.predict_log_proba(WORDS)
    module = model._model._module
    forward, sizes = module.forward, []

    def small_memory(windows):
        sizes.append(len(windows))
        if len(windows) > 3:
            raise torch.OutOfMemoryError("out of memory")
        return forward(windows)

    monkeypatch.setattr(module, "forward", small_memory)
    np.testing.assert_allclose(model.predict_log_proba(WORDS), expected, atol=1e-6)
    assert sizes[0] > 3
    assert isinstance(model._model, TorchWindowModel)


def test_verbose_prints_losses(capsys):
    MLPCharLM(**{**SMALL, "max_steps": 150}, verbose=2).fit(WORDS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["step 100"]
    MLPCharLM(**SMALL).fit(WORDS)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("several_threads")
def test_torch_s_globals_are_left_alone():
    torch.manual_seed(5)
    before, n_threads = torch.random.get_rng_state(), torch.get_num_threads()
    MLPCharLM(**SMALL, dropout=0.3, early_stopping=True).fit(WORDS).sample(3)
    MLPCharLM(**{**SMALL, "max_steps": 3}, solver="sgd").set_params(learning_rate=1e-3)
    NeuralBigramLM(solver="gd").fit(WORDS)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == n_threads


def _threads_in_a_worker():
    of_joblib = torch.get_num_threads()
    torch.set_num_threads(3)
    given = torch.get_num_threads()
    MLPCharLM(**SMALL).fit(WORDS)
    kept = torch.get_num_threads()
    torch.set_num_threads(of_joblib)
    return given, kept


def test_workers_keep_the_threads_that_they_are_given():
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(_threads_in_a_worker)() for _ in range(2))
    assert all(given == kept > 1 for given, kept in found)


def test_early_stopping_of_the_lecture_s_loop():
    words = load_names().data[:300]
    model = MLPCharLM(
        solver="sgd", early_stopping=True, max_steps=20_000, n_iter_no_change=1, hidden_size=8,
        learning_rate=0.5, random_state=0,
    ).fit(words)  # fmt: skip
    assert model.n_steps_ % 1000 == 0
    assert model.n_steps_ < 20_000
    assert len(model.validation_curve_) == model.n_steps_ // 1000
