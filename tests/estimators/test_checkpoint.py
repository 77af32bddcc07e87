"""A training that dies goes on from its checkpoint, to the same weights."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_makemore import (
    BagOfCharsLM,
    CharLMClassifier,
    ConvCharLM,
    MixtureLM,
    MLPCharLM,
    RNNCharLM,
    TransformerCharLM,
    io,
)
from sklearn_makemore._neural import checkpoint, training
from sklearn_makemore.datasets import load_names

WORDS = load_names().data[:300].tolist()
SMALL = {"max_steps": 170, "random_state": 0, "dropout": 0.2, "batch_size": 32, "device": "cpu"}
MODELS = [
    MLPCharLM(hidden_size=8, embedding_dim=2, **SMALL),
    MLPCharLM(hidden_size=8, solver="sgd", learning_rate=0.01, **SMALL),
    ConvCharLM(hidden_size=8, **SMALL),
    BagOfCharsLM(hidden_size=8, embedding_dim=8, **SMALL),
    RNNCharLM(hidden_size=8, embedding_dim=8, **SMALL),
    TransformerCharLM(embedding_dim=8, n_heads=2, n_layers=1, **SMALL),
]


class Died(Exception):
    """Stands for the end of a process: nothing is cleaned up."""


class DiesAfter:
    """A callback that ends the fit after so many blocks."""

    def __init__(self, n_blocks):
        self.left = n_blocks

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context, **more):
        if context.task_name != "fit":
            self.left -= 1
            if self.left == 0:
                raise Died


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    return tmp_path / "checkpoint"


def weights_of(model):
    return [
        np.ravel(array) for array in model._stored_state()[1].kind.from_attributes(vars(model))[1]
    ]


@pytest.mark.filterwarnings("ignore:The loss of")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_fit_goes_on_to_the_bit(model, early_stopping, path):
    model = clone(model).set_params(early_stopping=early_stopping, n_iter_no_change=99)
    whole = clone(model).fit(WORDS)
    dies = clone(model).set_params(checkpoint=path).set_callbacks(DiesAfter(3))
    with pytest.raises(Died):
        dies.fit(WORDS)
    assert path.exists()
    resumed = clone(model).set_params(checkpoint=str(path), verbose=0).fit(WORDS)
    assert not path.exists()
    assert resumed.n_steps_ == whole.n_steps_ == 170
    np.testing.assert_array_equal(resumed.loss_curve_, whole.loss_curve_)
    for mine, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    if early_stopping:
        np.testing.assert_array_equal(resumed.validation_curve_, whole.validation_curve_)
        np.testing.assert_array_equal(resumed.validation_steps_, whole.validation_steps_)


def test_the_best_weights_may_be_those_before_the_interruption(path, monkeypatch):
    losses = itertools.count()
    monkeypatch.setattr(training, "mean_cross_entropy", lambda module, data: next(losses))
    model = clone(MODELS[0]).set_params(early_stopping=True, n_iter_no_change=99)
    whole = clone(model).fit(WORDS)
    model.set_params(checkpoint=path)
    with pytest.raises(Died):
        clone(model).set_callbacks(DiesAfter(3)).fit(WORDS)
    for mine, theirs in zip(weights_of(model.fit(WORDS)), weights_of(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("random_state", [None, 3])
def test_without_a_seed_the_same_words_stay_held_out(random_state, path, capsys):
    """The seed that was drawn is kept in the file, too."""
    model = clone(MODELS[0]).set_params(
        checkpoint=path, early_stopping=True, random_state=random_state, verbose=1
    )
    with pytest.raises(Died):
        clone(model).set_callbacks(DiesAfter(3)).fit(WORDS)
    seed = checkpoint.kept_seed(path)
    capsys.readouterr()
    resumed = clone(model).fit(WORDS)
    whole = clone(model).set_params(checkpoint=None, random_state=seed).fit(WORDS)
    for mine, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert random_state in (None, seed)


def test_the_steps_before_are_not_taken_again(path, capsys):
    model = clone(MODELS[0]).set_params(checkpoint=path, verbose=1)
    with pytest.raises(Died):
        clone(model).set_callbacks(DiesAfter(3)).fit(WORDS)
    capsys.readouterr()
    model.fit(WORDS)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "going on from the checkpoint after step 100",
        "step 150",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda model, words: model.set_params(hidden_size=9).fit(words),
        lambda model, words: model.set_params(learning_rate=0.001).fit(words),
        lambda model, words: model.set_params(random_state=1).fit(words),
        lambda model, words: model.fit(words[1:]),
        lambda model, words: model.fit(words, sample_weight=range(1, len(words) + 1)),
        lambda model, words: model.fit(words[::-1]),
        lambda model, words: MODELS[2].set_params(checkpoint=model.checkpoint).fit(words),
    ],
)
def test_a_checkpoint_of_another_fit_is_refused(change, path):
    model = clone(MODELS[0]).set_params(checkpoint=path)
    with pytest.raises(Died):
        clone(model).set_callbacks(DiesAfter(2)).fit(WORDS)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"holds a training with other .*another file"):
        change(model, WORDS)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"words\n" * 99])
def test_what_is_no_checkpoint_is_refused_and_kept(content, path):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"no whole checkpoint.*remove it"):
        clone(MODELS[0]).set_params(checkpoint=path).fit(WORDS)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "fit",
    [
        lambda model: GridSearchCV(model, {"hidden_size": [3]}, cv=2, error_score="raise").fit(
            WORDS
        ),
        lambda model: CharLMClassifier(model).fit(WORDS, np.arange(len(WORDS)) % 2),
        lambda model: MixtureLM([("mlp", model)]).fit(WORDS),
    ],
)
def test_it_is_for_a_fit_of_its_own(fit, path):
    model = clone(MODELS[0]).set_params(checkpoint=path, alphabet=set("".join(WORDS)))
    with pytest.raises(InvalidParameterError, match="'checkpoint' parameter is for a"):
        fit(model)
    assert not path.exists()


def test_it_is_written_about_every_minute(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 60.0)
    now = iter(range(0, 10**6, 25))
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: next(now))
    written = []
    save_file = checkpoint.save_file

    def counting(tensors, *more, **keywords):
        written.append(len(tensors["loss_curve"]))
        save_file(tensors, *more, **keywords)

    monkeypatch.setattr(checkpoint, "save_file", counting)
    clone(MODELS[0]).set_params(checkpoint=path, max_steps=500).fit(WORDS)
    assert written == [150, 300, 450][: len(written)]
    assert 2 <= len(written) <= 3


def test_a_killed_process_is_gone_on_from(tmp_path):
    code = """
import os, sys
from sklearn_makemore import MLPCharLM
from sklearn_makemore._neural import checkpoint
checkpoint.SECONDS_BETWEEN = 0.0
replacing = checkpoint.replacing
kept = []
def then_kill(path):
    if len(kept) == 2:
        os.kill(os.getpid(), 9)
    kept.append(path)
    return replacing(path)
if sys.argv[2] == "dies":
    checkpoint.replacing = then_kill
words = [a + b + c for a in "abcd" for b in "eiou" for c in "xyz"]
model = MLPCharLM(max_steps=300, random_state=0, hidden_size=8, checkpoint=sys.argv[1])
print(float(model.fit(words).loss_curve_.sum()))
"""
    runs = []
    for path, how in (("whole", "lives"), ("cut", "dies"), ("cut", "lives")):
        command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / path), how]
        runs.append(subprocess.run(command, capture_output=True, text=True, check=False))
    assert [run.returncode for run in runs] == [0, -9, 0], runs
    assert runs[0].stdout == runs[2].stdout
    assert list(tmp_path.iterdir()) == []


def test_a_refit_is_a_fit_of_its_own(path):
    """What was learnt before counts where a fit begins with it, and there alone."""
    model = clone(MODELS[0]).fit(WORDS[:50]).set_params(checkpoint=path)
    with pytest.raises(Died):
        model.set_callbacks(DiesAfter(3)).fit(WORDS)
    resumed = clone(MODELS[0]).set_params(checkpoint=path).fit(WORDS)
    whole = clone(MODELS[0]).fit(WORDS)
    for mine, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_path_is_kept_in_files_of_models(path, tmp_path):
    model = clone(MODELS[0]).set_params(checkpoint=path).fit(WORDS[:50])
    io.save(model, tmp_path / "model")
    assert io.load(tmp_path / "model").checkpoint == str(path)


@pytest.mark.parametrize("place", ["no/folder", ""])
def test_a_place_that_cannot_be_written_to_is_refused_before_the_first_step(place, tmp_path):
    model = clone(MODELS[0]).set_params(checkpoint=tmp_path / place)
    with pytest.raises(OSError, match=r"make its folder|Is a directory"):
        model.set_callbacks(DiesAfter(1)).fit(WORDS)


def test_a_training_goes_on_where_it_cannot_be_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)

    def full(*given, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    model = clone(MODELS[0]).set_params(checkpoint=tmp_path / "checkpoint")
    with pytest.warns(UserWarning, match="not kept in .*No space left"):
        model.fit(WORDS)
    assert model.n_steps_ == 170
