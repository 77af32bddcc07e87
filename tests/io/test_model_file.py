"""Model files: what they keep, what they refuse, what a failure leaves behind."""

import errno
import json
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_makemore import (
    BigramCountLM,
    CharLMClassifier,
    CharLMOutlierDetector,
    CrossFitTransformer,
    MixtureLM,
    MLPCharLM,
    NeuralBigramLM,
    NGramCountLM,
    __version__,
)
from sklearn_makemore.io import _model_file, load, save
from tests.instances import instances
from tests.io.model_files import assembled, parts

DATA = Path(__file__).parent / "data"
WORDS = ["emma", "olivia", "ava", "isabella", "sophia"]
SCORED = ["eva", "zoë", "", "\udc00a", "漢"]


def small_mlp(**parameters):
    parameters = {"random_state": 0, **parameters}  # some seeds end worse than a guess
    return MLPCharLM(hidden_size=4, embedding_dim=2, max_steps=20, device="cpu", **parameters)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("path", sorted(DATA.glob("*.safetensors")), ids=lambda path: path.stem)
def test_frozen_files_are_still_read(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="ascii"))
    model = load(path)
    assert repr(model) == expected["parameters"]
    scores = model.score_samples(SCORED)
    np.testing.assert_allclose(scores, expected["score_samples"], rtol=1e-5)
    assert [list(word) for word in model.sample(3, random_state=0)] == expected["sample"]


def test_there_are_frozen_files():
    frozen = {path.stem.partition("-")[0] for path in DATA.glob("*.safetensors")}
    assert frozen >= {type(estimator).__name__ for estimator in instances()}


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({"alphabet": ("a", "b")}, ("a", "b")),
        ({"alphabet": {"b", "a"}}, {"a", "b"}),
        ({"alphabet": frozenset("ab")}, frozenset("ab")),
        ({"alphabet": "\ud800\udc00ab"}, "\ud800\udc00ab"),
        ({"alphabet": dict.fromkeys("ab")}, {"a": None, "b": None}),
        ({"smoothing": np.float32(0.5)}, 0.5),
        ({"random_state": np.int64(3)}, 3),
    ],
    ids=repr,
)
def test_parameters_are_kept(parameters, kept, path):
    save(BigramCountLM().fit(["ab"]).set_params(**parameters), path)
    (name,) = parameters
    value = load(path).get_params()[name]
    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize("dtype", [object, "<U1", np.dtypes.StringDType()], ids=str)
def test_an_array_as_alphabet_is_kept(dtype, path):
    alphabet = np.array(["a", "b"], dtype=dtype)
    save(BigramCountLM(alphabet=alphabet).fit(["ab"]), path)
    kept = load(path).alphabet
    assert kept.dtype == alphabet.dtype
    assert kept.tolist() == ["a", "b"]


def test_numbers_that_are_not_finite_and_arrays_of_numbers_are_kept(path):
    model = BigramCountLM().fit(["ab"])
    model.alphabet = [np.nan, float("inf"), -np.inf, np.arange(3.0), (np.zeros((0, 2)), True)]
    save(model, path)
    nan, *infinities, numbers, (empty, true) = load(path).alphabet
    assert np.isnan(nan)
    assert infinities == [np.inf, -np.inf]
    assert numbers.tolist() == [0, 1, 2]
    assert empty.shape == (0, 2)
    assert true is True


def test_a_model_of_a_missing_device_is_used_on_the_cpu(path):
    model = small_mlp(random_state=0).fit(WORDS)
    expected = model.score_samples(WORDS)
    model.device_ = "cuda:63"
    model.set_params(device=torch.device("cuda", 63))
    save(model, path)
    again = load(path)
    assert again.device == torch.device("cuda", 63)
    assert again.device_ == "cuda:63"
    np.testing.assert_array_equal(again.score_samples(WORDS), expected)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"random_state": np.random.RandomState(0)}, "random_state=RandomState.*with an int"),
        ({"alphabet": iter("ab")}, r"alphabet=.*str_.*iterator.*numbers, strings"),
        ({"alphabet": [object()]}, "alphabet=.*object"),
        ({"alphabet": np.array([1 + 1j])}, "alphabet=.*complex128"),
        ({"smoothing": -1}, "'smoothing' parameter"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_parameters_that_no_file_can_hold_are_named(parameters, message, path):
    path.write_text("old")
    model = BigramCountLM().fit(WORDS).set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        save(model, path)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == [path.name]


def test_diverged_networks_are_not_saved(path):
    model = small_mlp().fit(WORDS)
    model.coefs_[0][0] = 1e7
    with pytest.raises(ValueError, match=r"coefs_\[0\] has numbers above .*learning_rate"):
        save(model, path)
    assert not path.exists()


def test_what_cannot_be_saved(path):
    with pytest.raises(NotFittedError):
        save(BigramCountLM(), path)

    class Mine(CharLMClassifier):
        pass

    for stranger in (Mine().fit(WORDS, np.arange(5) % 2), ["a list"]):
        with pytest.raises(ValueError, match="is no estimator of sklearn_makemore"):
            save(stranger, path)
    for place in (path, str(path)):
        with pytest.raises(TypeError, match="save takes the estimator first"):
            save(place, BigramCountLM().fit(WORDS))
    assert not path.exists()


def test_files_are_replaced_and_links_and_permissions_stay(tmp_path, path):
    save(BigramCountLM().fit(WORDS), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    save(BigramCountLM(smoothing=3).fit(WORDS), link)
    assert link.is_symlink()
    assert load(path).smoothing == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    first = path.read_bytes()
    save(BigramCountLM(smoothing=3).fit(WORDS), path)
    assert path.read_bytes() == first
    save(BigramCountLM(smoothing=4).fit(WORDS), os.fsencode(path))
    assert load(os.fsencode(path)).smoothing == 4
    assert sorted(os.listdir(tmp_path)) == ["link", path.name]


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_full_disk_leaves_the_old_file(path):
    save(BigramCountLM().fit(["ab"]), path)
    old = path.read_bytes()
    large = BigramCountLM().fit(["".join(map(chr, range(100, 300)))])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(large, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == [path.name]


def test_places_that_cannot_be_written_to(tmp_path, path, monkeypatch):
    model = BigramCountLM().fit(WORDS)
    with pytest.raises(FileNotFoundError, match="missing/model"):
        save(model, tmp_path / "missing" / "model")
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        save(model, tmp_path)

    def read_only(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied", "a temporary name")

    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(PermissionError) as raised:
        save(model, path)
    message = "Permission denied: name a place that you may write to"
    assert str(raised.value) == f"[Errno 13] {message}: '{path}'"


KILLED = """
import os, signal, sys
import sklearn_makemore._atomic as atomic
from sklearn_makemore import BigramCountLM
from sklearn_makemore.io import save

path, model = sys.argv[1], BigramCountLM(smoothing=2).fit(["new"])

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(function):
    def then(*arguments):
        function(*arguments)
        die()
    return then

places = [
    (os, "close", die), (atomic.os, "fsync", die), (atomic.os, "replace", die),
    (atomic.os, "replace", die_after(os.replace)),
]
for module, name, deadly in places:
    child = os.fork()
    if not child:
        setattr(module, name, deadly)
        save(model, path)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print(os.WTERMSIG(status), open(path, "rb").read().hex())
"""


def test_a_killed_process_leaves_the_old_file_or_the_new(tmp_path, path):
    save(BigramCountLM(smoothing=2).fit(["new"]), path)
    new = path.read_bytes()
    save(BigramCountLM(smoothing=1).fit(["old"]), path)
    old = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, path], capture_output=True, check=True)
    found = [line.split() for line in done.stdout.decode().splitlines()]
    assert [killed_by for killed_by, _ in found] == ["9"] * 4
    assert [bytes.fromhex(data) for _, data in found] == [old, old, old, new]


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        load(tmp_path)
    with pytest.raises(ValueError, match="/dev/null is no regular file"):
        load("/dev/null")


def changed(change, model=None):
    """Return a file after `change(outer, header, estimator)`, with the checksum of the result."""
    outer, header, arrays = parts(file_of(model or "bigram"))
    returned = change(outer, header, header["estimator"])
    return assembled(outer, header, arrays if returned is None else returned)


FILES = {}


def file_of(kind):
    """Return the bytes of a small model, fitted once."""
    if not FILES:
        with tempfile.TemporaryDirectory() as folder:
            for name, model in {
                "bigram": BigramCountLM(),
                "neural": NeuralBigramLM(handle_unknown="unknown"),
                "mlp": small_mlp(n_layers=2),
                "ngrams": NGramCountLM(order=3),
                "mixture": MixtureLM(
                    [
                        ("bigrams", BigramCountLM()),
                        ("mlp", small_mlp(random_state=0)),
                        ("none", "drop"),
                    ],
                    weights=None,
                ),
            }.items():
                save(model.fit(WORDS), f"{folder}/m")
                FILES[name] = Path(folder, "m").read_bytes()
    return FILES[kind]


HOLDERS = {
    "classifier": CharLMClassifier(BigramCountLM()),
    "detector": CharLMOutlierDetector(NGramCountLM(order=2), contamination=0.2),
    "cross-fitted": CrossFitTransformer(NGramCountLM(order=2, handle_unknown="unknown")),
    "mixed classes": CharLMClassifier(
        MixtureLM([("a", BigramCountLM()), ("b", NGramCountLM(order=2))], weights=None)
    ),
}


@pytest.mark.parametrize("kind", HOLDERS)
def test_estimators_that_hold_models_are_kept(kind, path):
    estimator = clone(HOLDERS[kind]).fit(WORDS, np.arange(len(WORDS)) % 2)
    save(estimator, path)
    again = load(path)
    assert repr(again) == repr(estimator)
    assert vars(again).keys() == vars(estimator).keys()
    for method in ("predict_proba", "score_samples", "predict", "transform", "explain"):
        if hasattr(estimator, method):
            mine, other = (getattr(each, method)(WORDS) for each in (estimator, again))
            np.testing.assert_array_equal(np.asarray(other), np.asarray(mine), err_msg=method)
    save(clone(estimator).fit(WORDS, np.arange(len(WORDS)) % 2), path)


def test_what_does_not_fit_together_is_refused(path):
    save(clone(HOLDERS["classifier"]).fit(WORDS, np.resize(["x", "y"], len(WORDS))), path)
    outer, header, arrays = parts(path.read_bytes())
    header["estimator"]["attributes"]["classes_"] = {"U": ["a", "b", "c"]}
    path.write_bytes(assembled(outer, header, arrays))
    with pytest.raises(ValueError, match="no consistent model"):
        load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset_", None), ("offset_", "x"), ("offset_", 10**400), ("offset_", {"float": "nan"}),
        ("length_mean_", np.nan), ("length_mean_", 1e308), ("length_variance_", -1e308),
    ],
)  # fmt: skip
def test_a_detector_whose_scores_would_be_no_numbers_is_refused(name, value, path):
    save(clone(HOLDERS["detector"]).fit(WORDS), path)
    outer, header, arrays = parts(path.read_bytes())
    if name == "offset_":
        header["estimator"]["attributes"][name] = value
    else:
        start = outer[name]["data_offsets"][0]
        arrays = arrays[:start] + struct.pack("<d", value) + arrays[start + 8 :]
    path.write_bytes(assembled(outer, header, arrays))
    with pytest.raises(ValueError, match=f"no consistent model: {name} is not"):
        load(path)


OTHER_DTYPES = {"F64": "I64", "F32": "I32"}


def test_the_helpers_make_good_files(path):
    for kind in ("bigram", "neural", "mlp", "ngrams", "mixture"):
        path.write_bytes(changed(lambda *_: None, kind))
        load(path)


def set_in(*keys, value):
    def change(outer, header, estimator):
        place = header
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


def of_estimator(*keys, value):
    return set_in("estimator", *keys, value=value)


def drop_array(outer, header, estimator):
    start, stop = outer["transition_proba_"]["data_offsets"]
    outer["transition_proba_"]["data_offsets"] = [0, stop - start]
    del outer["counts_"]
    return parts(file_of("bigram"))[2][start:stop]


def add_array(outer, header, estimator):
    arrays = parts(file_of("bigram"))[2]
    outer["extra"] = {"dtype": "F64", "shape": [1], "data_offsets": [len(arrays), len(arrays) + 8]}
    return arrays + bytes(8)


def other_dtype(outer, header, estimator):
    outer["counts_"]["dtype"] = "I64"


def other_shape(outer, header, estimator):
    rows, columns = outer["counts_"]["shape"]
    outer["counts_"]["shape"] = [rows * columns, 1]


def put(name, dtype, value, at=0):
    """Overwrite an element of an array, the first unless said."""

    def change(outer, header, estimator):
        kinds = {
            "BigramCountLM": "bigram", "NeuralBigramLM": "neural", "MLPCharLM": "mlp",
            "NGramCountLM": "ngrams", "MixtureLM": "mixture",
        }  # fmt: skip
        arrays = bytearray(parts(file_of(kinds[estimator["class"]]))[2])
        new = np.array([value], dtype).tobytes()
        start = outer[name]["data_offsets"][at < 0] + at * len(new)
        arrays[start : start + len(new)] = new
        return bytes(arrays)

    return change


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        ("bigram", set_in("format", value=3), f"has format 3.*{__version__}.*upgrade"),
        ("bigram", set_in("format", value="1"), "header that cannot be read: format '1'"),
        ("bigram", set_in("format", value=0), "header that cannot be read: format 0"),
        ("bigram", of_estimator("class", value="os.system"), "'os.system', which"),
        ("bigram", of_estimator("class", value="BaseCharLM"), "'BaseCharLM', which"),
        ("bigram", of_estimator("class", value=["BigramCountLM"]), "does not have: hand a class"),
        ("bigram", of_estimator("class", value="NeuralBigramLM"), "has no parameters smoothing"),
        ("bigram", of_estimator("surplus", value=1), "the header has .*surplus"),
        ("bigram", of_estimator("parameters", "depth", value=1), "has no parameters depth"),
        ("bigram", of_estimator("parameters", value=[]), "are not named"),
        ("bigram", of_estimator("parameters", "smoothing", value="x"), "'smoothing' parameter"),
        ("bigram", of_estimator("parameters", "smoothing", value={"eval": []}), "known form"),
        ("bigram", of_estimator("parameters", "smoothing", value={}), "known form"),
        ("bigram", of_estimator("parameters", "alphabet", value={"dict": [[[1], 2]]}), "unhash"),
        ("bigram", of_estimator("parameters", "alphabet", value={"U": ["a", 1]}), "other values"),
        ("bigram", of_estimator("boundary", value=""), "boundary is no string"),
        ("bigram", of_estimator("boundary", value=3), "boundary is no string"),
        ("bigram", of_estimator("handle_unknown", value=1), "handle_unknown is 1"),
        ("bigram", of_estimator("handle_unknown", value="unknown"), "counts_ is not an array"),
        ("bigram", of_estimator("n_predictions", value=-1.0), "no finite number from 0 up"),
        ("bigram", of_estimator("n_predictions", value=3), "no finite number from 0 up"),
        ("bigram", of_estimator("symbols", value="chars"), "symbols is 'chars'"),
        ("bigram", of_estimator("symbols", value={"pattern": ["(", 32]}), "subpattern"),
        ("bigram", of_estimator("symbols", value={"pattern": ["a", 128]}), "not of its form"),
        ("bigram", of_estimator("symbols", value={"pattern": ["a" * 20_000, 32]}), "more than"),
        ("bigram", of_estimator("alphabet", 0, value="b"), "sorted and distinct"),
        ("bigram", of_estimator("alphabet", 0, value="aa"), "not single ones"),
        ("bigram", of_estimator("alphabet", value="abc"), "not single ones"),
        ("bigram", of_estimator("alphabet", value=["a"]), "counts_ is not an array of shape"),
        ("bigram", of_estimator("attributes", "counts_", value=1), "not those that the header"),
        ("bigram", of_estimator("attributes", "more_", value=1), r"not known: \['more_'\]"),
        (
            "bigram",
            of_estimator("attributes", "transition_proba_", value={"array": "counts_"}),
            "not those that the header names",
        ),
        ("bigram", drop_array, "the arrays are not those that the header names"),
        ("bigram", add_array, "the arrays are not those that the header names"),
        ("bigram", other_dtype, "counts_ is not an array of shape .* and dtype float64"),
        ("bigram", other_shape, "counts_ is not an array of shape"),
        ("bigram", put("counts_", "f8", np.inf), "counts_ is not finite"),
        ("bigram", put("transition_proba_", "f8", np.nan), "transition_proba_ is not finite"),
        ("bigram", put("transition_proba_", "f8", 0.9), "probabilities do not sum to 1"),
        ("bigram", put("transition_proba_", "f8", -0.9), "a probability is negative"),
        ("neural", put("coef_", "f8", np.nan), "coef_ is not finite"),
        ("neural", of_estimator("attributes", "n_steps_", value="3"), "is not"),
        ("neural", of_estimator("attributes", "n_steps_", value=3), "loss_curve_ is not an array"),
        ("mlp", put("embedding_", "f4", np.inf), "embedding_ is not finite"),
        ("mlp", put("coefs_.1", "f4", 1e38), r"coefs_\[1\] has numbers above 1e\+06"),
        ("mlp", put("coefs_.1", "f4", -1e38), r"coefs_\[1\] has numbers above 1e\+06"),
        ("mlp", put("coefs_.1", "f4", np.nan), r"coefs_\[1\] is not finite"),
        ("mlp", of_estimator("attributes", "activation_", value="exec"), "no consistent model"),
        ("mlp", of_estimator("attributes", "activation_", value=3), "activation_ is not one of"),
        ("mlp", of_estimator("attributes", "device_", value="gpu!"), "no consistent model"),
        ("mlp", of_estimator("attributes", "n_predictions_", value={"float": "nan"}), "finite"),
        (
            "mlp",
            of_estimator("attributes", "intercepts_", value=[{"array": "intercepts_.0"}]),
            "not those that the header names",
        ),
        (
            "mlp",
            of_estimator(
                "attributes", "coefs_", value=[{"array": f"coefs_.{i}"} for i in (0, 2, 1)]
            ),
            r"coefs_\[\d\] is not an array",
        ),
        ("mlp", of_estimator("parameters", "device", value={"device": "gpu!"}), "no torch device"),
        ("ngrams", put("ngram_contexts_", "i8", 99, at=-1), "does not follow its context"),
        ("ngrams", put("ngram_contexts_", "i8", 0, at=-1), "n-grams are not in order"),
        (
            "ngrams",
            of_estimator("handle_unknown", value="unknown"),
            "first n-grams are not the symbols",
        ),
        ("ngrams", put("ngram_suffixes_", "i8", -1, at=-1), "does not follow its suffix"),
        ("ngrams", put("ngram_suffixes_", "i8", 50, at=-1), "no longer than its suffix"),
        ("ngrams", put("ngram_symbols_", "u1", 99, at=-1), "symbol that there is not"),
        ("ngrams", put("ngram_symbols_", "u1", 2, at=2), "not the symbols"),
        ("ngrams", put("windows_", "u1", 99), "windows_ has symbols"),
        ("ngrams", put("ngram_log_proba_", "f8", 1e3, at=-1), "is too large"),
        ("ngrams", put("ngram_log_proba_", "f8", np.nan, at=-1), "is too large"),
        ("ngrams", put("ngram_log_proba_", "f8", -50.0, at=-1), "probabilities do not sum to 1"),
        ("ngrams", put("ngram_log_backoff_", "f8", np.inf, at=4), "is too large"),
        ("ngrams", put("ngram_log_backoff_", "f8", 20.0, at=4), "do not sum to 1"),
        ("ngrams", put("ngram_log_backoff_", "f8", 700.0, at=4), "is too large"),
        ("ngrams", put("ngram_log_backoff_", "f8", -9.0, at=4), "probabilities do not sum to 1"),
        ("mixture", put("estimators_.0.counts_", "f8", np.inf), "counts_ is not finite"),
        ("mixture", put("weights_", "f8", -1.0), "weights_ are not shares"),
        ("mixture", of_estimator("attributes", "_names", value=["bigrams"]), "no consistent model"),
        (
            "mixture",
            of_estimator("attributes", "_names", value=["bigrams", "bigrams"]),
            "no consistent model",
        ),
        (
            "mixture",
            of_estimator("attributes", "estimators_", 0, "estimator", "class", value="os.system"),
            "does not have: hand a class",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_contradict_themselves_are_refused(model, change, message, path):
    path.write_bytes(changed(change, model))
    with pytest.raises(ValueError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path} ")


@pytest.mark.parametrize("kind", ["bigram", "neural", "mlp"])
@pytest.mark.parametrize("fault", ["a row less", "another dtype", "one dimension more"])
def test_every_array_is_held_to_its_shape_and_dtype(kind, fault, path):
    names = set(parts(file_of(kind))[0]) - {"__metadata__"}
    for altered in names:
        outer, header, arrays = parts(file_of(kind))
        kept = b""
        for name in sorted(names, key=lambda name: outer[name]["data_offsets"]):
            entry = outer[name]
            start, stop = entry["data_offsets"]
            array = arrays[start:stop]
            if name == altered and fault == "another dtype":
                entry["dtype"] = {"F64": "I64", "F32": "I32", "I64": "F64", "U8": "I8"}[
                    entry["dtype"]
                ]
            elif name == altered and fault == "one dimension more":
                entry["shape"].append(1)
            elif name == altered:
                array = array[: len(array) // entry["shape"][0] * (entry["shape"][0] - 1)]
                entry["shape"][0] -= 1
            entry["data_offsets"] = [len(kept), len(kept) + len(array)]
            kept += array
        path.write_bytes(assembled(outer, header, kept))
        with pytest.raises(ValueError, match=r"\w+_(\[\d\])? is not (an array|a list)"):
            load(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut short"),
        (b"{}", "cut short"),
        (struct.pack("<Q", 2**63) + b"{}", "cut short"),
        (struct.pack("<Q", 2) + b"{}" + bytes(8), "no whole safetensors file"),
        (struct.pack("<Q", 2) + b"{}", "not one that sklearn_makemore wrote"),
        (b"\x80\x04K\x01." * 8, "cut short"),
    ],
)
def test_other_files_are_refused(data, message, path):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 1}', "cannot be read"),
        ('{"format": 1, "format": 1, "estimator": {}}', "a name twice"),
        ('{"format": 1, "checksum": NaN, "estimator": {}}', "NaN in JSON"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_headers_that_are_no_json_are_refused(text, message, path):
    outer = json.dumps({"__metadata__": {"sklearn_makemore": text}}).encode()
    path.write_bytes(struct.pack("<Q", len(outer)) + outer)
    with pytest.raises(ValueError, match=message):
        load(path)


def test_a_huge_file_is_refused_before_it_is_read(path):
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 2**40))
        file.truncate(2**41)  # takes no room on the disk
    with pytest.raises(ValueError, match="too large for a model"):
        load(path)


def test_a_large_table_over_few_symbols_is_refused_before_it_is_read(path, monkeypatch):
    outer, header, _ = parts(file_of("bigram"))
    cells = 2**28
    outer["counts_"] |= {"shape": [cells, 1], "data_offsets": [0, cells * 8]}
    outer["transition_proba_"] |= {"shape": [cells, 1], "data_offsets": [cells * 8, cells * 16]}
    text = json.dumps(outer | {"__metadata__": {"sklearn_makemore": json.dumps(header)}}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + cells * 16)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monkeypatch.setattr(_model_file, "_checksum", lambda described, arrays: header["checksum"])
    with pytest.raises(ValueError, match="counts_ is not an array of shape"):
        load(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2**15  # KiB


def loaded_unless_refused(path):
    """Return the model, or None where a ValueError names the file; nothing else may be raised."""
    try:
        return load(path)
    except ValueError as error:
        message = str(error)
    assert message.startswith(f"{path} ")
    return None


@pytest.mark.parametrize("kind", ["bigram", "neural", "mlp", "ngrams", "mixture"])
@given(data=st.data())
def test_damaged_files_raise_value_error(kind, data, tmp_path_factory):
    original = file_of(kind)
    damaged = bytearray(original)
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(original) - 1)))
    places = st.lists(st.integers(0, len(original) - 1), min_size=cut is None, max_size=3)
    for place in data.draw(places):
        damaged[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / f"damaged-{kind}"
    path.write_bytes(damaged[:cut])
    if bytes(damaged[:cut]) == original:
        return
    model = loaded_unless_refused(path)
    if model is not None:  # nothing depends on the version
        path.write_bytes(original)
        expected = load(path)
        assert repr(model) == repr(expected)
        np.testing.assert_array_equal(model.score_samples(WORDS), expected.score_samples(WORDS))


TAGS = ["array", "estimator", "float", "tuple", "set", "dict", "O", "U", "code_points", "device"]


def or_collections_of(values):
    keys = st.sampled_from(TAGS) | st.text(max_size=3)
    return values | st.lists(values, max_size=3) | st.dictionaries(keys, values, max_size=2)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = or_collections_of(or_collections_of(SCALARS))


@pytest.mark.parametrize("kind", ["bigram", "mlp"])
@given(data=st.data())
def test_headers_of_any_content_raise_value_error_or_load(kind, data, tmp_path_factory):
    outer, header, arrays = parts(file_of(kind))
    place, keys = header["estimator"], []
    while isinstance(place, (dict, list)) and place and (not keys or data.draw(st.booleans())):
        options = list(place) if isinstance(place, dict) else range(len(place))
        keys.append(data.draw(st.sampled_from(options)))
        place = place[keys[-1]]
    of_estimator(*keys, value=data.draw(JSON))(outer, header, header["estimator"])
    path = tmp_path_factory.getbasetemp() / f"edited-{kind}"
    path.write_bytes(assembled(outer, header, arrays))
    model = loaded_unless_refused(path)
    if model is not None:
        assert not np.isnan(model.score_samples(["a", "emma"])).any()


def test_a_file_of_many_arrays_needs_few_descriptors(tmp_path):
    y = [f"class {i:03}" for i in range(60)]
    model = CharLMClassifier(BigramCountLM()).fit(["ab", "ba"] * 120, y * 4)
    save(model, tmp_path / "model")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 64
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 20, before[1]))
        loaded = load(tmp_path / "model")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert loaded.classes_.tolist() == y
