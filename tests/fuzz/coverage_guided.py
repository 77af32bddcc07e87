"""The same properties, with inputs that atheris (libFuzzer) chooses by the code they reach.

`run` starts this file as a process of its own, because libFuzzer ends the one it runs in.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

MEMORY_MIB, SECONDS_OF_AN_INPUT, LONGEST = 3000, 20, 20_000
STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")
BREAKS_OFF = re.compile(r"SUMMARY: libFuzzer: (.*)")


def run(target, seconds, seed):
    """Fuzz one target in a process of its own and return what came of it."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz_{target}_"))
    command = [sys.executable, "-m", "tests.fuzz.coverage_guided", target, folder, seconds, seed]
    start = time.monotonic()
    with open(folder / "log", "wb") as log:
        subprocess.run(list(map(str, command)), stdout=log, stderr=subprocess.STDOUT, check=False)
    text = (folder / "log").read_text(errors="replace")
    statistics = {name: int(value) for name, value in STATISTIC.findall(text)}
    findings = [json.loads(path.read_text()) for path in sorted(folder.glob("finding_*.json"))]
    findings += [{"error": reason, "file": str(folder)} for reason in BREAKS_OFF.findall(text)]
    return {
        "seconds": round(time.monotonic() - start),
        "inputs": statistics["number_of_executed_units"],
        "peak_mib": statistics["peak_rss_mb"],
        "corpus": len(list((folder / "corpus").iterdir())),
        "findings": findings,
    }


def word_target():
    """Return the function of an input, its first inputs and its tokens: words."""
    from tests.fuzz import test_words

    properties = [
        each for each in vars(test_words).values() if getattr(each, "is_hypothesis_test", False)
    ]

    def one_input(data):
        properties[data[0] % len(properties)].hypothesis.fuzz_one_input(data[1:])

    return one_input, [bytes([i]) * 200 for i in range(len(properties))], []


def arpa_target():
    """The same for ARPA files."""
    from tests.fuzz.test_arpa import LINES, NUMBERS, TEXTS, TOKENS, check_arpa

    tokens = [token.encode("utf-8", "surrogatepass") for token in NUMBERS + TOKENS + LINES]
    return check_arpa, [text.encode() for text in TEXTS], tokens


def model_file_target():
    """The same for model files: a line of JSON for all of the header, then the arrays."""
    from tests.fuzz.model_bytes import rebuilt, valid_files
    from tests.fuzz.properties import check_model_file
    from tests.fuzz.test_model_files import TAGS
    from tests.io.model_files import parts

    def one_input(data):
        text, _, arrays = data.partition(b"\n")
        try:
            outer, header = json.loads(text)
            outer | {"": header["estimator"]}
        except (ValueError, TypeError, KeyError, RecursionError):
            check_model_file(data)
        else:
            check_model_file(rebuilt(outer, header, arrays))

    seeds = []
    for data in valid_files().values():
        outer, header, arrays = parts(data)
        del outer["__metadata__"]
        seeds += [data, json.dumps([outer, header]).encode() + b"\n" + arrays]
    return one_input, seeds, [json.dumps(tag).encode() for tag in TAGS]


TARGETS = {"words": word_target, "arpa": arpa_target, "model_files": model_file_target}


def recorded(one_input, folder):
    """Return a function that writes a new kind of error to a file, and goes on."""
    known = set()

    def call(data):
        if not data:
            return
        try:
            one_input(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            inside = [f for f in frames if "/sklearn_makemore/" in f.filename]
            place = f"{inside[-1].filename}:{inside[-1].lineno}" if inside else ""
            key = (type(error).__name__, place)
            if key in known:
                return
            known.add(key)
            path = folder / f"finding_{len(known)}"
            path.with_suffix(".bin").write_bytes(data)
            said = {"error": f"{key[0]}: {error!s:.200}", "at": key[1], "file": f"{path}.bin"}
            path.with_suffix(".json").write_text(json.dumps(said))

    return call


def main():
    """Run a target in this process, until libFuzzer ends it."""
    target, folder, seconds, seed = sys.argv[1:]
    import atheris

    with atheris.instrument_imports(include=["sklearn_makemore"], enable_loader_override=False):
        one_input, seeds, tokens = TARGETS[target]()
    warnings.simplefilter("error")
    corpus = Path(folder, "corpus")
    corpus.mkdir()
    for number, data in enumerate(seeds):
        (corpus / str(number)).write_bytes(data)
    words = ["".join(f"\\x{byte:02x}" for byte in token) for token in tokens if 0 < len(token) < 60]
    Path(folder, "tokens").write_text("".join(f'"{word}"\n' for word in words))
    options = {
        "max_total_time": seconds, "seed": int(seed) + 1, "rss_limit_mb": MEMORY_MIB,
        "timeout": SECONDS_OF_AN_INPUT, "max_len": LONGEST, "print_final_stats": 1,
        "artifact_prefix": f"{folder}/",
    }  # fmt: skip
    if words:
        options["dict"] = f"{folder}/tokens"
    flags = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup(["fuzz", str(corpus), *flags], recorded(one_input, Path(folder)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
