"""How many workers are started."""

import threading

import pytest
from joblib import parallel_config

from sklearn_makemore import BigramCountLM, CharLMClassifier, CharLMOutlierDetector
from sklearn_makemore._meta.holder import n_workers


def test_no_more_workers_than_tasks():
    assert n_workers(None, 5) == n_workers(1, 5) == 1
    assert n_workers(3, 5) == 3
    assert n_workers(10**6, 5) == 5
    assert n_workers(4, 0) == 1
    with parallel_config(n_jobs=2):
        assert n_workers(None, 5) == 2


@pytest.mark.parametrize(
    "estimator",
    [CharLMClassifier(BigramCountLM(alphabet="abc")), CharLMOutlierDetector(BigramCountLM(), cv=2)],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_boundless_number_of_jobs_starts_few_threads(estimator):
    estimator.set_params(n_jobs=100_000)
    most, done = [threading.active_count()], threading.Event()

    def watch():
        while not done.wait(1e-4):
            most.append(threading.active_count())

    before, watcher = threading.active_count(), threading.Thread(target=watch)
    watcher.start()
    try:
        estimator.fit(["ab", "ba", "cab", "abc"], [0, 1, 0, 1]).predict(["ab"])
    finally:
        done.set()
        watcher.join()
    assert max(most) < before + 20
