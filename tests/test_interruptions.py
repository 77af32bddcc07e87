"""Fits interrupted by the user, at every line and in every mode of torch."""

import copy
import gc
import linecache
import signal
import sys
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from torch.overrides import _get_current_function_mode_stack

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
)
from sklearn_makemore._neural import making
from tests.instances import instances, predictors

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "evelyn", "lea", "ada"]
LABELS = np.arange(len(WORDS)) % 2
ALPHABET = "".join(sorted(set("".join(WORDS))))


class Interruption:
    """Raises KeyboardInterrupt at line `at` of those of the library that are run."""

    def __init__(self, at):
        self.at, self.n_lines = at, 0

    def __call__(self, frame, event, argument):
        return self.line if "sklearn_makemore" in frame.f_code.co_filename else None

    def line(self, frame, event, argument):
        here = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        # The microsecond in which NumPy's own context manager ends cannot be guarded from here.
        if event == "line" and "with np.errstate" not in here:
            self.n_lines += 1
            if self.n_lines == self.at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.line


def interrupted(call, at):
    """Call it, interrupted at a line; return the lines run, whether it raised, and warnings."""
    interruption, raised = Interruption(at), False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = sys.gettrace()
        sys.settrace(interruption)
        try:
            call()
        except KeyboardInterrupt:
            raised = True
        finally:
            sys.settrace(before)
    return interruption.n_lines, raised, [str(warning.message) for warning in caught]


def global_state():
    return (
        torch.random.get_rng_state().tolist(),
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        # One of the library's own may stay, if it is off.
        [mode for mode in _get_current_function_mode_stack() if getattr(mode, "is_on", True)],
        torch.get_default_dtype(),
        np.random.get_state()[1].tolist(),
        np.geterr(),
        warnings.filters[:],
        signal.getsignal(signal.SIGINT),
    )


def estimators():
    """Yield an estimator of each class whose symbols are given."""
    few = {"embedding_dim": 4, "hidden_size": 8, "random_state": 0}
    mlp = MLPCharLM(**few, alphabet=ALPHABET)
    for estimator in instances():
        yield clone(estimator).set_params(alphabet=ALPHABET, random_state=0)
    yield clone(mlp).set_params(early_stopping=True)
    yield clone(mlp).set_params(solver="sgd")
    yield NeuralBigramLM(solver="gd", alphabet=ALPHABET, random_state=0)
    for estimator in predictors():
        yield clone(estimator).set_params(estimator=BigramCountLM(alphabet=ALPHABET))
    yield CharLMClassifier(mlp)
    yield CharLMOutlierDetector(mlp, cv=2)
    yield CrossFitTransformer(BigramCountLM(alphabet=ALPHABET), cv=2)


def answers(estimator):
    """Return what a fitted estimator says."""
    said = []
    for name in ("score_samples", "predict_log_proba", "transform"):
        if hasattr(estimator, name):
            said.append(np.asarray(getattr(estimator, name)(WORDS)))
    if hasattr(estimator, "most_likely"):
        said += [estimator.sample(4, random_state=1, max_length=9)]
        said += estimator.most_likely(3, max_length=3)
    return [answer.tolist() for answer in said]


def is_fitted(estimator):
    return any(name.endswith("_") and not name.startswith("_") for name in vars(estimator))


def fit(estimator, n=None):
    return estimator.fit(WORDS[:n], LABELS[:n])


@pytest.mark.usefixtures("several_threads")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("n_points", "n_steps"), [(2, 12), pytest.param(150, 60, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("estimator", list(estimators()), ids=lambda e: repr(e)[:60])
def test_a_fit_interrupted_anywhere(estimator, n_points, n_steps):
    names = (name for name in estimator.get_params() if name.split("__")[-1] == "max_steps")
    estimator = clone(estimator).set_params(**dict.fromkeys(names, n_steps))
    new = answers(fit(clone(estimator)))
    fitted = fit(clone(estimator), 6)
    old = answers(fitted)
    n_lines, _, _ = interrupted(lambda: fit(clone(estimator)), -1)
    before = global_state()
    points = np.random.default_rng(0).integers(1, n_lines, n_points).tolist()
    for at in [1, *points, n_lines]:
        for start in (clone(estimator), copy.deepcopy(fitted)):
            was_fitted = is_fitted(start)
            n_run, raised, messages = interrupted(lambda start=start: fit(start), at)
            assert global_state() == before
            told = any("interrupted after" in message for message in messages)
            assert raised != told or n_run < at, (at, messages)
            if told:  # as good as it had become
                assert start.n_steps_ == len(start.loss_curve_) > 0
                assert np.isfinite(start.score(WORDS))
            elif is_fitted(start):
                assert answers(start) in ([old, new] if was_fitted else [new])
            else:
                assert not was_fitted
            assert answers(fit(start)) == new


class InterruptsABlock:
    """A callback during which the user presses Ctrl-C."""

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "block of steps":
            raise KeyboardInterrupt


@pytest.mark.parametrize("method", ["fit", "fit_transform"])
@pytest.mark.parametrize(
    "within",
    [
        lambda model: model,
        lambda model: make_pipeline(model, StandardScaler()),
        lambda model: make_union(model),
        lambda model: CharLMClassifier(MixtureLM([("mlp", model)])),
    ],
)
def test_a_network_deep_within_another_ends_the_whole(within, method):
    """However many estimators are between, it does not keep what it has learnt by then."""
    model = MLPCharLM(max_steps=100, alphabet=ALPHABET).set_callbacks(InterruptsABlock())
    transformer = CrossFitTransformer(within(model), cv=2)
    with pytest.raises(KeyboardInterrupt):
        getattr(transformer, method)(WORDS, LABELS)
    assert not is_fitted(transformer)
    with pytest.warns(UserWarning, match="interrupted after 50 steps"):
        model.fit(WORDS)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_fit_within_a_mode_of_torch(mode):
    for model in (MLPCharLM(max_steps=5, random_state=0), NeuralBigramLM()):
        expected = clone(model).fit(WORDS).score_samples(WORDS)
        with mode():
            before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
            found = clone(model).fit(WORDS)
            assert (torch.is_grad_enabled(), torch.is_inference_mode_enabled()) == before
            np.testing.assert_array_equal(found.score_samples(WORDS), expected)
        np.testing.assert_array_equal(found.score_samples(WORDS), expected)
        found.score_symbols(WORDS)


def test_a_mode_whose_end_is_interrupted_is_harmless(monkeypatch):
    """Torch keeps it for ever; later networks get their weights all the same."""

    def end(mode, *arguments):
        leave(mode, *arguments)
        torch.overrides._push_mode(mode)  # as if it had not been left
        raise KeyboardInterrupt

    expected = MLPCharLM(max_steps=5, random_state=0).fit(WORDS).score_samples(WORDS)
    leave = making._WithoutInitialisation.__exit__
    with monkeypatch.context() as patch:
        patch.setattr(making._WithoutInitialisation, "__exit__", end)
        with pytest.raises(KeyboardInterrupt):
            MLPCharLM(max_steps=5, random_state=0).fit(WORDS)
    try:
        again = MLPCharLM(max_steps=5, random_state=0).fit(WORDS).score_samples(WORDS)
    finally:
        torch.overrides._pop_mode()
    np.testing.assert_array_equal(again, expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [*instances(), *predictors()], ids=lambda e: repr(e)[:60])
def test_questions_interrupted_anywhere_change_nothing(estimator):
    """Whatever a fitted estimator is asked, an interruption leaves it as it was."""
    steps = {"max_steps": 2} if "max_steps" in estimator.get_params() else {}
    fitted = fit(clone(estimator).set_params(**steps))
    expected = answers(fitted)
    before, stored = global_state(), copy.deepcopy(fitted.__getstate__())
    n_lines, _, _ = interrupted(lambda: answers(fitted), -1)
    for at in np.random.default_rng(0).integers(1, n_lines, 4).tolist():
        assert interrupted(lambda: answers(fitted), at)[1]
        assert global_state() == before
    assert answers(fitted) == expected
    assert repr(fitted.__getstate__()) == repr(stored)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
# Python drops what is raised within its own callbacks. hypothesis has one for gc, which is off;
# should there be others, the signal comes again, long before the search is done.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("job", ["sample", "most_likely", "score_samples", "search"])
def test_a_signal_ends_what_takes_long(job):
    """A real signal, at any moment: the call ends, and the next one gives what it should."""
    lm = BigramCountLM(alphabet=ALPHABET).fit(WORDS)
    many = WORDS * 20_000
    search = GridSearchCV(lm, {"smoothing": np.arange(1, 10_000)}, cv=2)
    call = {
        "sample": lambda: lm.sample(200_000, random_state=0),
        "most_likely": lambda: lm.most_likely(3_000),
        "score_samples": lambda: lm.score_samples(many),
        "search": lambda: search.fit(WORDS),
    }[job]
    expected = answers(lm)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    def for_ever(seconds):
        signal.setitimer(signal.ITIMER_REAL, seconds, 3)
        while True:
            call()

    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()
    try:
        for seconds in (0.002, 0.01, 0.03):
            with pytest.raises(KeyboardInterrupt):
                for_ever(seconds)
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not hasattr(search, "best_score_")
    assert answers(lm) == expected
