"""Files and pickles of versions in which a symbol was a character and "." the default boundary."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from sklearn_makemore import io

DATA = Path(__file__).parent / "data"
OF_FILES = {"defaults": (["emma"], -8.546363568716018), "dots": (["a.b"], -4.394449154672439)}
EXPECTED = json.loads((DATA / "before-symbols.json").read_text())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_old_pickles_are_what_they_were(name):
    model = pickle.loads((DATA / f"{name}-before-symbols.pickle").read_bytes())
    np.testing.assert_allclose(
        model.transform(["ava", "emma"])[:, 0], EXPECTED[name]["scores"], rtol=1e-5
    )
    one = model.estimators_[0] if name == "CharLMClassifier" else model
    assert one.symbols == "char"
    shown = {"MLPCharLM": "#", "NGramCountLM": "."}.get(name, ".")
    assert one.symbols_[0] == shown
    explicit = {"MLPCharLM": "#", "NGramCountLM": "."}.get(name)
    assert one.boundary == explicit
    unknown = {"NGramCountLM": "unknown", "CharLMClassifier": "unknown"}.get(name, "error")
    assert one.handle_unknown == unknown
    if unknown == "error":
        with pytest.raises(ValueError, match="'q' in the word 'q'"):
            one.score_samples(["q"])
    else:
        assert np.isfinite(one.score_samples(["q"])).all()
    again = pickle.loads(pickle.dumps(model))
    assert repr(again) == repr(model)


@pytest.mark.parametrize(("name", "boundary"), [("defaults", None), ("dots", ".")])
def test_old_files_are_what_they_were(name, boundary, tmp_path):
    model = io.load(DATA / f"{name}-format1.model")
    assert (model.boundary, model.symbols, model.handle_unknown) == (boundary, "char", "error")
    assert model.symbols_[0] == "."
    words, expected = OF_FILES[name]
    scores = model.score_samples(words)
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    with pytest.raises(ValueError, match="'q' in the word 'q'"):
        model.score_samples(["q"])
    io.save(model, tmp_path / "anew")
    again = io.load(tmp_path / "anew")
    assert repr(again) == repr(model)
    np.testing.assert_array_equal(again.score_samples(words), scores)
