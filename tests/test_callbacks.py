"""scikit-learn's callbacks on language models."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar
from sklearn.model_selection import GridSearchCV

from sklearn_makemore import BigramCountLM, MLPCharLM, NeuralBigramLM, RNNCharLM
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
    search = GridSearchCV(MLP, {"block_size": [1, 2]}, cv=2, n_jobs=n_jobs)
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
    estimator = clone(MLP).set_callbacks(monitor)
    GridSearchCV(estimator, {"block_size": [1, 2]}, cv=2, n_jobs=n_jobs).fit(WORDS)
    log = monitor.get_logs(select="all")
    rows = [row for run in log for row in run.data]
    assert len(rows) == 5 * (1 + 5)
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
