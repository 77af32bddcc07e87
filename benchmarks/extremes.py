"""Time and memory of extremes of scale and shape, in every estimator, one child process each.

A case either works within memory or is refused by an error that says what to change. Networks take
few steps, because what matters here is memory.

Run from the root of the repository: ``python -m benchmarks.extremes``, with names of estimators or
cases for some of them only, whose rows take the place of those of the same day.
"""

import itertools
import json
import random
import resource
import subprocess
import sys
import time
import unicodedata
import warnings

from benchmarks.common import RESULTS, machine, peak_memory, save
from sklearn_makemore import BigramCountLM, MLPCharLM, NGramCountLM
from sklearn_makemore.utils.discovery import all_estimators

MIB = 2**20
ADDRESS_SPACE = 16 * 2**30  # what a child may ask for, so that no case takes the machine down
TIMEOUT = 120
MILLION = 1_000_000
PREFIXES = ["", "a"]


def assigned_characters(n):
    """Return the first `n` letters and symbols from U+3400: Chinese, Korean, emoji, ..."""
    every = map(chr, range(0x3400, sys.maxunicode))
    found = [char for char in every if unicodedata.category(char) in ("Lo", "So")]
    return found[:n]


def words_of(characters, n_symbols):
    """Return words of 2 to 5 symbols that hold every one of the characters."""
    source = random.Random(0)
    drawn = [*characters, *source.choices(characters, k=n_symbols - len(characters))]
    source.shuffle(drawn)
    words, start = [], 0
    while start < len(drawn):
        size = source.randint(2, 5)
        words.append("".join(drawn[start : start + size]))
        start += size
    return words


def one_word():
    return ["emma"], ["emma"]


def empty_word():
    return [""], [""]


def same_words():
    return ["emma"] * MILLION, ["emma"] * MILLION


def long_word_to_score():
    """Words of usual length to learn from, and one of a million symbols."""
    return ["".join(random.Random(i).choices("abcdef", k=8)) for i in range(100)], long_word()[0]


def long_word():
    words = ["".join(random.Random(0).choices("abcdef", k=MILLION))]
    return words, words


def long_word_among_others():
    """A word of 5,000 symbols among usual ones."""
    words, _ = long_word_to_score()
    return [*words, "abcdef" * 833], words


def alphabet_100_000():
    words = words_of(assigned_characters(100_000), 150_000)
    return words, words[:100]


def alphabet_11_000():
    """As many symbols as a table of 1 GiB over all pairs holds, nearly."""
    words = words_of(assigned_characters(11_000), 50_000)
    return words, words[:100]


CASES = [
    one_word,
    empty_word,
    same_words,
    long_word,
    long_word_to_score,
    long_word_among_others,
    alphabet_11_000,
    alphabet_100_000,
]


def make(kind):
    """Return an estimator with few steps, one that holds others with two of them."""
    parameters = kind._parameter_constraints
    if "estimators" in parameters:
        return kind([("ngrams", NGramCountLM()), ("mlp", MLPCharLM(max_steps=2))])
    if kind.__name__ == "CrossFitTransformer":
        return kind(NGramCountLM())
    if "max_steps" in parameters:
        return kind(max_steps=2, random_state=0)
    return kind()


def operations(estimator, words, others):
    """Return what to do by name: what the estimator has."""
    is_classifier = "estimator" in estimator.get_params(deep=False) and hasattr(
        estimator, "predict_proba"
    )
    labels = [len(word) % 2 if len(words) > 1 else 0 for word in words]
    if len(set(labels)) == 1:
        labels = [i % 2 for i in range(len(words))]
    prefix = others[0][:1]
    is_model = hasattr(estimator, "most_likely")
    inputs = others if len(others) == 1 or not is_model else ["", prefix]
    jobs = {
        "fit": lambda: estimator.fit(words, labels if is_classifier else None),
        "score": lambda: estimator.score(others),
        "score_samples": lambda: estimator.score_samples(others),
        "score_symbols": lambda: estimator.score_symbols(others),
        "transform": lambda: estimator.transform(others),
        "predict": lambda: estimator.predict(inputs),
        "explain": lambda: estimator.explain(others[:100]),
        "sample": lambda: estimator.sample(5, **({} if is_model else {"label": labels[0]})),
        "most_likely": lambda: estimator.most_likely(3),
    }
    if is_classifier:
        del jobs["score"]
    if len(set("".join(words))) > 1_000 and hasattr(estimator, "to_torch"):
        # After so few steps a network draws an end once in as many symbols as there are.
        del jobs["sample"], jobs["most_likely"]
    return {name: job for name, job in jobs.items() if name == "fit" or hasattr(estimator, name)}


def child(name, case):
    """Do everything with one estimator in one case; print a row for each thing done."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    warnings.simplefilter("ignore")
    words, others = {case.__name__: case for case in CASES}[case]()
    estimator = make(dict(all_estimators(None))[name])
    BigramCountLM().fit(["a"]).sample(1)
    if "device" in estimator.get_params() or "mlp" in estimator.get_params():
        MLPCharLM(max_steps=1).fit(["a"])  # so that imports do not count
    for what, job in operations(estimator, words, others).items():
        row = {"who": name, "case": case, "job": what, "outcome": "worked"}

        def timed(job=job, row=row):
            start = time.perf_counter()
            try:
                job()
            except Exception as error:
                row["outcome"] = f"{type(error).__name__}: {str(error)[:300]}"
            row["seconds"] = round(time.perf_counter() - start, 2)

        row["peak_mib"] = round(peak_memory(timed) / MIB)
        print(json.dumps(row), flush=True)
        if what == "fit" and row["outcome"] != "worked":
            break


def rows_of_child(name, case):
    command = [sys.executable, "-m", "benchmarks.extremes", "--child", name, case]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            out, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
    rows = [json.loads(line) for line in out.splitlines()]
    if process.returncode:
        reason = f"no answer in {TIMEOUT} s" if process.returncode == -9 else "died"
        job = f"after {rows[-1]['job']}" if rows else "fit"
        rows.append({"who": name, "case": case, "job": job, "outcome": reason})
    return rows


def print_rows(rows):
    for row in rows:
        figures = f"{row.get('seconds', '')} | {row.get('peak_mib', '')}"
        print(
            f"| {row['case']} | {row['who']} | {row['job']} | {figures} | {row['outcome']} |",
            flush=True,
        )


def earlier_rows():
    """Return the rows of runs on the same day."""
    path = RESULTS / f"extremes-{machine()['date']}.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def main():
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    asked = set(sys.argv[1:])
    cases, names = [case.__name__ for case in CASES], [name for name, _ in all_estimators(None)]
    cases = [case for case in cases if case in asked] or cases
    names = [name for name in names if name in asked] or names
    rows = []
    for case, name in itertools.product(cases, names):
        found = rows_of_child(name, case)
        print_rows(found)
        rows += found
    done = set(itertools.product(cases, names))
    kept = [row for row in earlier_rows() if (row["case"], row["who"]) not in done]
    save("extremes", kept + rows)


if __name__ == "__main__":
    main()
