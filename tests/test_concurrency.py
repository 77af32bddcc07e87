"""Threads, processes, and what must not be left behind by them."""

import hashlib
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MLPCharLM,
)
from sklearn_makemore.callbacks import ScoreMonitor
from tests.instances import instances, predictors

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "evelyn", "lea", "ada"]
LABELS = np.arange(len(WORDS)) % 2
ALPHABET = "".join(sorted(set("".join(WORDS))))
FEW = {"max_steps": 20, "embedding_dim": 4, "hidden_size": 8, "random_state": 0}


def has_semaphores():
    """Tell whether processes can be waited for: not where shared memory is read-only."""
    try:
        multiprocessing.get_context().Lock()
    except (OSError, ImportError):
        return False
    return True


PROCESSES = pytest.mark.skipif(not has_semaphores(), reason="no semaphores here")


def estimators():
    for estimator in instances():
        model = clone(estimator).set_params(random_state=0, handle_unknown="unknown")
        yield model
    for estimator in predictors():
        yield clone(estimator).set_params(estimator=BigramCountLM())
    yield CharLMClassifier(MLPCharLM(**FEW))
    yield CharLMOutlierDetector(MLPCharLM(**FEW), cv=2)
    yield CrossFitTransformer(BigramCountLM(alphabet=ALPHABET), cv=2)


ESTIMATORS = pytest.mark.parametrize("estimator", list(estimators()), ids=lambda e: repr(e)[:60])


def questions(estimator):
    """Return calls that only read a fitted estimator, by name."""
    calls = {
        name: lambda name=name: getattr(estimator, name)(WORDS)
        for name in ("score_samples", "predict_proba", "predict", "transform", "explain")
        if hasattr(estimator, name)
    }
    if hasattr(estimator, "score_symbols"):
        calls |= {
            "score": lambda: estimator.score(WORDS),
            "score_symbols": lambda: estimator.score_symbols(WORDS)["log_proba"],
            "sample": lambda: estimator.sample(5, random_state=0, max_length=8),
            "most_likely": lambda: estimator.most_likely(3, max_length=3)[1],
        }
    return calls


def answer(call):
    said = call()
    return said.to_numpy().tolist() if hasattr(said, "to_numpy") else np.asarray(said).tolist()


def digest(estimator):
    """Return a digest of every array, and of all else that a fitted estimator has been given."""
    found = hashlib.sha256()
    for name, value in sorted(vars(estimator).items()):
        if name.endswith("_") or name in ("_learnt", "_vocabulary"):
            found.update(name.encode() + pickle.dumps(value))
    return found.hexdigest()


@ESTIMATORS
def test_threads_read_what_one_reads(estimator):
    estimator = clone(estimator).fit(WORDS, LABELS)
    before = digest(estimator)
    # The first call of a kind may tabulate: a fresh copy for each, and all kinds at once.
    expected = {name: answer(call) for name, call in questions(estimator).items()}
    assert digest(estimator) == before
    fresh = pickle.loads(pickle.dumps(estimator))
    jobs = list(questions(fresh).items()) * 6
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(answer, [call for _, call in jobs]))
    assert said == [expected[name] for name, _ in jobs]
    assert digest(fresh) == digest(pickle.loads(pickle.dumps(estimator)))


@ESTIMATORS
def test_clones_are_fitted_in_threads(estimator):
    def answers_of_fit(model):
        return [answer(call) for call in questions(model.fit(WORDS, LABELS)).values()]

    expected = answers_of_fit(clone(estimator))
    with ThreadPoolExecutor(4) as pool:
        assert (
            list(pool.map(answers_of_fit, [clone(estimator) for _ in range(4)])) == [expected] * 4
        )


def test_monitors_in_threads_record_what_one_records():
    def log_of(_):
        monitor = ScoreMonitor(WORDS[:3])
        model = MLPCharLM(**{**FEW, "max_steps": 150}, alphabet=ALPHABET).set_callbacks(monitor)
        model.fit(WORDS)
        log = monitor.get_logs().data_as_pandas
        return log[["task_id", "train_score", "held_out_score"]].to_numpy().tolist()

    expected = log_of(0)
    assert len(expected) == 4  # the fit and three blocks
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(log_of, range(3))) == [expected] * 3


def answers_in_child(models, queue):
    asked = [*models, *(clone(model).fit(WORDS) for model in models)]
    queue.put([answer(call) for model in asked for call in questions(model).values()])


@PROCESSES
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Python 3.12: with threads
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_models_in_child_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    models = [BigramCountLM(random_state=0).fit(WORDS), MLPCharLM(**FEW).fit(WORDS)]
    expected = [answer(call) for model in models for call in questions(model).values()] * 2
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    child = context.Process(target=answers_in_child, args=(models, queue), daemon=True)
    child.start()
    try:
        assert queue.get(timeout=120) == expected
        child.join(timeout=60)
        assert child.exitcode == 0
    finally:
        child.kill()
        child.join()
        child.close()
        queue.close()
        queue.join_thread()


# A fork after torch has used several threads: those are not there in the child, and OpenMP would
# wait for them for ever.
FORKED = """
import os, sys
import torch
from sklearn_makemore import MLPCharLM, TransformerCharLM
from sklearn_makemore.datasets import load_names

torch.set_num_threads(2)
words = load_names().data[:100]
a = torch.randn(600, 600)
(a @ a).sum()  # several threads
torch.nn.functional.relu(torch.randn(10**6)).sum()
model = MLPCharLM(max_steps=50, random_state=0).fit(words)
model.score_samples(words)

def score():
    return len(model.score_samples(words))

def fit():
    again = MLPCharLM(max_steps=50, random_state=0).fit(words)
    return (again.sample(3) == model.sample(3)).all() and score()

for job in (score, fit):
    child = os.fork()
    if not child:
        os._exit(0 if job() else 1)
    print(job.__name__, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_after_threads_of_torch_does_not_hang():
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    environment.pop("OMP_WAIT_POLICY", None)
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=300, check=True)
    assert done.stdout.decode().splitlines() == ["score 0", "fit 0"]


def dies(here, estimator, X):
    if os.getpid() != here:
        os._exit(1)


@PROCESSES
def test_a_worker_that_dies_ends_a_search():
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    lm, grid = BigramCountLM(alphabet=ALPHABET), {"smoothing": [0.1, 1]}
    search = GridSearchCV(lm, grid, scoring=partial(dies, os.getpid()), cv=2, n_jobs=2)
    with pytest.raises(TerminatedWorkerError):
        search.fit(WORDS)


# Everything with warnings as errors, in development mode; prints what is left behind.
TIDY = """
import gc, os, tempfile, threading
import numpy as np
from pathlib import Path
from sklearn_makemore import (
    BigramCountLM, CharLMClassifier, CharLMOutlierDetector, MLPCharLM, MixtureLM, NGramCountLM, cli,
    io,
)
from sklearn_makemore.datasets import load_names

names = load_names()
words = names.data[:100]
models = [
    NGramCountLM(), MLPCharLM(max_steps=50, random_state=0), BigramCountLM(),
    MixtureLM([("a", BigramCountLM()), ("b", NGramCountLM())], random_state=0),
]

def everything(folder):
    for model in models:
        model.fit(words).score_samples(words)
        model.sample(3, random_state=0)
        io.save(model, folder / "model")
        io.load(folder / "model").most_likely(2, max_length=3)
    io.write_arpa(models[0], folder / "model.arpa.gz")
    io.read_arpa(folder / "model.arpa.gz").score(words)
    CharLMClassifier(n_jobs=2).fit(words, np.arange(100) % 2).predict(words)
    CharLMOutlierDetector(n_jobs=2).fit(words).predict(words)
    (folder / "words.txt").write_text("emma", encoding="utf-8")
    cli.main(["score", str(folder / "words.txt"), "--output", str(folder / "out.csv")])

def descriptors():
    return sorted(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else []

with tempfile.TemporaryDirectory() as home:
    tempfile.tempdir = home
    folder = Path(home) / "place"
    folder.mkdir()
    everything(folder)
    gc.collect()
    before = threading.enumerate(), descriptors()
    everything(folder)
    gc.collect()
    assert (threading.enumerate(), descriptors()) == before
    assert threading.enumerate() == [threading.main_thread()]
    left = {path.name for path in folder.iterdir()}
    assert left == {"model", "model.arpa.gz", "words.txt", "out.csv"}, left
    assert [path.name for path in Path(home).iterdir()] == ["place"]
    tempfile.tempdir = None
"""


@PROCESSES  # without them joblib warns when it is imported
def test_nothing_is_left_behind():
    # What others import and deprecate is theirs.
    options = ["-X", "dev", "-W", "error", "-W", "ignore::DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *options, "-c", TIDY], capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    # What torch says of a processor that it does not know is its own.
    told = [
        line for line in done.stderr.decode().splitlines() if "Warning" in line or "ignored" in line
    ]
    assert not told


# Fits, scores and samples again and again; prints by how many MiB the process has grown.
GROWS = """
import gc, os, sys
from sklearn.base import clone
from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM, RNNCharLM
from sklearn_makemore.datasets import load_names

words = load_names().data[:40]
few = {"max_steps": 3, "hidden_size": 8, "embedding_dim": 4, "random_state": 0}
models = [NGramCountLM(), BigramCountLM(), MLPCharLM(**few), RNNCharLM(**few)]

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

def go(n):
    for _ in range(n):
        for model in models:
            model = clone(model).fit(words)
            model.score(words)
            model.sample(5, random_state=0, max_length=20)
    gc.collect()

go(10)
before = resident()
go(int(sys.argv[1]))
print(resident() - before)
"""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
@pytest.mark.parametrize(
    ("n_times", "mebibytes"), [(20, 3), pytest.param(200, 10, marks=pytest.mark.long)]
)
def test_memory_does_not_grow(n_times, mebibytes):
    command = [sys.executable, "-W", "ignore", "-c", GROWS, str(n_times)]
    done = subprocess.run(command, capture_output=True, timeout=600, check=True)
    assert float(done.stdout) < mebibytes
