"""Try inputs for as long as you like: ``python -m tests.fuzz.run TARGET --seconds 600``.

One line of JSON at the end says how many inputs were tried, in how many seconds, the peak memory
of the process, and what was found: errors that are not documented, with the input in a file.
"""

import argparse
import importlib
import json
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings

HYPOTHESIS = {
    "words": "test_words",
    "model_files": "test_model_files",
    "arpa": "test_arpa",
    "command_line": "test_command_line",
}
ATHERIS = ("words", "model_files", "arpa")
INPUTS_IN_A_ROW = 200  # of one property, before the next


def main():
    """Run one target with one tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=HYPOTHESIS)
    parser.add_argument("--tool", choices=["hypothesis", "atheris"], default="hypothesis")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.tool == "atheris" and options.target not in ATHERIS:
        parser.error(f"atheris has the targets {', '.join(ATHERIS)}")
    report = {"target": options.target, "tool": options.tool}
    if options.tool == "atheris":
        from tests.fuzz.coverage_guided import run

        report |= run(options.target, options.seconds, options.seed)
    else:
        report |= run_properties(HYPOTHESIS[options.target], options.seconds, options.seed)
    print(json.dumps(report))
    return 1 if report["findings"] else 0


def run_properties(module, seconds, first_seed):
    """Try the properties of a module in turn, with other seeds, until the time is up."""
    warnings.simplefilter("error")
    settings.register_profile(
        "fuzz",
        max_examples=INPUTS_IN_A_ROW,
        deadline=10_000,
        database=None,
        phases=[Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("fuzz")
    start, findings, n_inputs, rounds = time.monotonic(), {}, [0], first_seed
    properties = [
        value
        for value in vars(importlib.import_module(f"tests.fuzz.{module}")).values()
        if getattr(value, "is_hypothesis_test", False)
    ]
    for each in properties:
        each.hypothesis.inner_test = counted(each.hypothesis.inner_test, n_inputs)
    while time.monotonic() < start + seconds:
        rounds += 1
        for each in properties:
            if time.monotonic() < start + seconds:
                try_property(each, rounds, findings)
    return {
        "seconds": round(time.monotonic() - start),
        "inputs": n_inputs[0],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "findings": list(findings.values()),
    }


def counted(function, n_inputs):
    """Return a function that also counts its calls."""

    def call(*arguments, **named):
        n_inputs[0] += 1
        return function(*arguments, **named)

    return call


def try_property(test, number, findings):
    """Run a property once; what it finds goes into `findings` and a file."""
    try:
        seed(number)(test)()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        text = "".join(traceback.format_exception(error))
        frames = [line.strip() for line in text.splitlines() if "/sklearn_makemore/" in line]
        key = (test.__name__, type(error).__name__, frames[-1] if frames else "")
        if key not in findings:
            with tempfile.NamedTemporaryFile(
                "w", suffix=".txt", delete=False, encoding="utf-8", errors="surrogatepass"
            ) as file:
                file.write(text)
            findings[key] = {"error": f"{type(error).__name__}: {error!s:.200}", "at": key[2]} | {
                "file": str(Path(file.name))
            }


if __name__ == "__main__":
    sys.exit(main())
