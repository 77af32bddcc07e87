"""scikit-learn's callbacks on language models."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.utils.validation import check_is_fitted

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    RNNCharLM,
    io,
)
from sklearn_makemore.callbacks import ScoreMonitor
from sklearn_makemore.datasets import load_names

WORDS = load_names().data[:400]
ALPHABET = "".join(set("".join(WORDS)))
MLP = MLPCharLM(hidden_size=8, embedding_dim=3, max_steps=230, alphabet=ALPHABET, random_state=0)
ITERATIVE = [
    MLP,
    clone(MLP).set_params(solver="sgd"),
    NeuralBigramLM(solver="gd"),
    NeuralBigramLM(alpha=1e-4),
]
SHORT = clone(MLP).set_params(max_steps=60)
RNN = RNNCharLM(hidden_size=8, embedding_dim=3, max_steps=230, alphabet=ALPHABET, random_state=0)


class Witness:
    """Notes what it is told, and asks to stop after some blocks."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.events = []
        self.scores = []
        self.max_subtasks = None
        self.metadata = None

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, metadata=None):
        self.events.append(f"{context.task_name} begins")
        self.metadata = metadata
        if context.task_name == "fit":
            self.max_subtasks = context.max_subtasks

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self.events.append(f"{context.task_name} ends")
        self.scores.append(fitted_estimator.score(X))
        return len(self.scores) == self.stop_after


@pytest.mark.parametrize("estimator", [*ITERATIVE, RNN], ids=repr)
@pytest.mark.filterwarnings("ignore:The loss of")
def test_any_callback_can_stop_a_training(estimator):
    witness = Witness(stop_after=3)
    model = clone(estimator).set_callbacks(witness).fit(WORDS)
    assert model.n_steps_ == 150 == len(model.loss_curve_)
    block = ["block of steps begins", "block of steps ends"]
    assert witness.events == ["setup", "fit begins", *block * 3, "fit ends", "teardown"]
    assert witness.scores[-1] == model.score(WORDS)
    assert witness.scores[2] == pytest.approx(witness.scores[3], abs=1e-12)
    assert not hasattr(model, "_fit_tasks")


def test_callbacks_change_nothing_of_the_model():
    watched = clone(MLP).set_callbacks(Witness()).fit(WORDS)
    np.testing.assert_array_equal(watched.coefs_[0], clone(MLP).fit(WORDS).coefs_[0])
    pickle.loads(pickle.dumps(watched))


@pytest.mark.filterwarnings("ignore:The loss of")
def test_tasks_are_counted_beforehand():
    for estimator, expected in zip(ITERATIVE, [5, 5, 6, None], strict=True):
        witness = Witness(stop_after=1)
        clone(estimator).set_callbacks(witness).fit(WORDS)
        assert witness.max_subtasks == expected
    witness = Witness()
    BigramCountLM().set_callbacks(witness).fit(WORDS)
    assert witness.max_subtasks == 0
    assert witness.events == ["setup", "fit begins", "fit ends", "teardown"]


def test_partial_fit_and_weights_are_told_too():
    witness = Witness()
    model = clone(MLP).set_callbacks(witness).fit(WORDS)
    witness.events.clear()
    weights = np.full(len(WORDS), 2.0)
    model.partial_fit(WORDS, sample_weight=weights)
    assert witness.events.count("block of steps ends") == 5
    assert witness.metadata["sample_weight"] is weights


def test_a_callback_that_fails_leaves_the_model_as_it_was():
    class Fails(Witness):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("mine")

    model = clone(MLP).fit(WORDS)
    before = model.score_samples(WORDS)
    witness = Fails()
    with pytest.raises(RuntimeError, match="mine"):
        model.set_callbacks(witness).fit(WORDS[:50])
    np.testing.assert_array_equal(model.score_samples(WORDS), before)
    assert witness.events[-1] == "teardown"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bars_of_a_search_nest(capsys, n_jobs):
    search = GridSearchCV(SHORT, {"block_size": [1, 2]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(WORDS)
    shown = capsys.readouterr().out
    assert "GridSearchCV" in shown
    assert "MLPCharLM - fit" in shown


def test_the_monitor_records_train_and_held_out_scores():
    monitor = ScoreMonitor(WORDS[::2])
    weights = np.arange(200) % 3 + 1.0
    model = clone(MLP).set_callbacks(monitor).fit(WORDS[1::2], sample_weight=weights)
    log = monitor.get_logs().data_as_pandas
    blocks = log[log.task_name == "block of steps"]
    assert len(blocks) == 5
    assert blocks.train_score.iloc[-1] > blocks.train_score.iloc[0]
    fit = log[log.task_name == "fit"].iloc[0]
    assert fit.train_score == pytest.approx(model.score(WORDS[1::2], sample_weight=weights))
    assert fit.held_out_score == pytest.approx(model.score(WORDS[::2]))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_monitor_works_within_a_search(n_jobs):
    monitor = ScoreMonitor()
    estimator = clone(SHORT).set_callbacks(monitor)
    GridSearchCV(estimator, {"block_size": [1, 2]}, cv=2, n_jobs=n_jobs).fit(WORDS)
    log = monitor.get_logs(select="all")
    rows = [row for run in log for row in run.data]
    assert len(rows) == 5 * (1 + 2)
    assert all(row["train_score"] < 0 for row in rows)
    assert "held_out_score" not in rows[0]


@pytest.mark.parametrize(
    "estimator",
    [clone(MLP).set_params(early_stopping=True, learning_rate=0.2, max_steps=1000), ITERATIVE[-1]],
    ids=repr,
)
def test_every_block_that_begins_ends(estimator):
    witness = Witness()
    model = clone(estimator).set_callbacks(witness).fit(WORDS)
    begun = witness.events.count("block of steps begins")
    assert begun == witness.events.count("block of steps ends") >= -(-model.n_steps_ // 50)


class Listener:
    """Notes the tasks that it is told of, each with those around it."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        names = []
        while context is not None:
            names.append(f"{context.estimator_name}: {context.task_name}")
            context = context.parent
        self.events.append(" < ".join(names))

    def on_fit_task_end(self, estimator, context, *, X, metadata, fitted_estimator):
        if context.parent is None:
            check_is_fitted(fitted_estimator)
            self.events.append("fitted")
            self.given = X, metadata


class PropagatedListener(Listener):
    max_propagation_depth = None

    def on_fit_task_end(self, estimator, context):
        pass


def fit(estimator, method="fit"):
    return getattr(estimator, method)(WORDS, LABELS)


LABELS = np.where(np.arange(len(WORDS)) % 2, "odd", "even")
HOLDERS = [
    (CharLMClassifier(SHORT), "fit", ["class even", "class odd"]),
    (CharLMOutlierDetector(SHORT, cv=2), "fit", ["fold", "fold"]),
    (CrossFitTransformer(SHORT, cv=2), "fit", ["all words"]),
    (CrossFitTransformer(SHORT, cv=2), "fit_transform", ["all words", "fold", "fold"]),
]


@pytest.mark.parametrize(("estimator", "method", "parts"), HOLDERS, ids=str)
def test_an_estimator_that_holds_others_tells_of_its_parts(estimator, method, parts):
    name = type(estimator).__name__
    own, weights = Listener(), np.ones(len(WORDS))
    getattr(clone(estimator).set_callbacks(own), method)(WORDS, LABELS, sample_weight=weights)
    told = [f"{name}: fit", *(f"{name}: {part} < {name}: fit" for part in parts)]
    assert own.events == ["setup", *told, "fitted", "teardown"]
    words, metadata = own.given
    assert words is WORDS
    assert metadata["sample_weight"] is weights
    everything = PropagatedListener()
    fit(clone(estimator).set_callbacks(everything), method)
    of_part = [f"MLPCharLM: fit < {name}: fit"]
    of_part += 2 * [f"MLPCharLM: block of steps < MLPCharLM: fit < {name}: fit"]
    assert everything.events == ["setup", f"{name}: fit", *of_part * len(parts), "teardown"]


@pytest.mark.parametrize(("estimator", "method", "parts"), HOLDERS, ids=str)
def test_callbacks_of_an_inner_model_see_what_its_fit_is_part_of(estimator, method, parts):
    name, inner = type(estimator).__name__, Listener()
    fit(clone(estimator).set_params(estimator=clone(SHORT).set_callbacks(inner)), method)
    assert inner.events.count("setup") == inner.events.count("teardown") == len(parts)
    assert inner.events.count(f"MLPCharLM: fit < {name}: fit") == len(parts)


def test_callbacks_reach_models_within_models():
    listener = PropagatedListener()
    mixture = MixtureLM([("mlp", SHORT), ("bigrams", BigramCountLM())], weights=None)
    fit(CharLMClassifier(mixture).set_callbacks(listener))
    path = "MLPCharLM: block of steps < MLPCharLM: fit < MixtureLM: fit < CharLMClassifier: fit"
    assert listener.events.count(path) == 4


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bars_of_the_classes(capsys, n_jobs):
    fit(CharLMClassifier(SHORT, n_jobs=n_jobs).set_callbacks(ProgressBar()))
    shown = capsys.readouterr().out
    assert "CharLMClassifier - fit" in shown
    assert "class even" in shown
    assert "MLPCharLM - fit" in shown


def test_the_monitor_of_scikit_learn_scores_a_classifier():
    monitor = ScoringMonitor(scoring="accuracy")
    weights = np.arange(len(WORDS)) % 3 + 1.0
    classifier = CharLMClassifier(BigramCountLM()).set_callbacks(monitor)
    classifier.fit(WORDS, LABELS, sample_weight=weights)
    row = next(row for row in monitor.get_logs().data if row["task_name"] == "fit")
    assert row["accuracy"] == classifier.score(WORDS, LABELS, sample_weight=weights)


@pytest.mark.parametrize(
    "holder",
    [
        lambda model: CharLMClassifier(model),
        lambda model: MixtureLM([("mlp", model), ("bigrams", BigramCountLM())], weights=None),
        lambda model: CharLMClassifier(MixtureLM([("mlp", model)], weights=None)),
    ],
)
def test_going_on_tells_the_very_callbacks(holder):
    """`partial_fit` trains copies of the models; their callbacks are no copies."""
    listener = Listener()
    estimator = holder(clone(SHORT).set_callbacks(listener))
    classes = {"classes": ["even", "odd"]} if isinstance(estimator, CharLMClassifier) else {}
    estimator.partial_fit(WORDS, LABELS, **classes)
    n_events = len(listener.events)
    estimator.partial_fit(WORDS, LABELS, **classes)
    assert len(listener.events) == 2 * n_events


def test_a_prefit_mixture_keeps_the_callbacks_of_its_models():
    listener = Listener()
    model = BigramCountLM().fit(WORDS).set_callbacks(listener)
    MixtureLM([("bigrams", model)], prefit=True).fit(WORDS).partial_fit(WORDS)
    assert listener.events.count("setup") == 1


def test_a_file_can_be_written_by_a_callback(tmp_path):
    class Saves(Listener):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if fitted_estimator is not None:
                io.save(fitted_estimator, tmp_path / "model.safetensors")

    for estimator in (CharLMClassifier(), CrossFitTransformer(BigramCountLM()), MLP):
        fitted = fit(clone(estimator).set_callbacks(Saves()))
        again = io.load(tmp_path / "model.safetensors")
        np.testing.assert_array_equal(again.transform(WORDS), fitted.transform(WORDS))


@pytest.mark.parametrize(
    "estimator", [CharLMClassifier(), CharLMOutlierDetector(), CrossFitTransformer(MLP)]
)
def test_the_monitor_of_words_is_for_language_models(estimator):
    with pytest.raises(TypeError, match="is none: set it on the model that it is given"):
        fit(clone(estimator).set_callbacks(ScoreMonitor()))
