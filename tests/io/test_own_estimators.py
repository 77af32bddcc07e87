"""Files of language models that are not the library's own."""

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from docs.developers.log_bilinear import LogBilinearLM
from sklearn_makemore import BigramCountLM, CharLMClassifier, MixtureLM
from sklearn_makemore._core.bigram import BigramModel
from sklearn_makemore._core.learnt import Learnt, check_array, check_distributions
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore.io import load, save
from tests.io.model_files import assembled, parts

WORDS = ["emma", "olivia", "ava", "isabella", "sophia"]
made = []


@dataclass(frozen=True)
class Shares(Learnt):
    proba_: np.ndarray

    def model(self, vocabulary):
        made.append(self)
        return BigramModel(np.tile(self.proba_, (len(self.proba_), 1)))

    def checked(self, vocabulary):
        check_array("proba_", self.proba_, (vocabulary.n_symbols,))
        check_distributions(self.proba_)
        return self


class LengthLM(BaseCharLM):
    """The word ends with a constant probability; all characters are equally likely."""

    _learnt_class = Shares

    def _learn(self, words, vocabulary, tasks, *, partial):
        proba = np.full(words.n_symbols, words.n_predictions - words.n_words, np.float64)
        proba[0] = words.n_words * (len(proba) - 1)
        return Shares(proba / proba.sum())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def rewritten(path, change):
    """Change a file as somebody with intent does: its checksum is right."""
    outer, header, arrays = parts(path.read_bytes())
    change(outer, header["estimator"])
    path.write_bytes(assembled(outer, header, arrays))


@pytest.mark.parametrize(
    "estimator",
    [LengthLM(), LogBilinearLM(embedding_dim=4, block_size=2, max_steps=50, random_state=0)],
)
def test_a_model_of_ones_own_is_kept(estimator, path):
    save(estimator.fit(WORDS), path)
    again = load(path, estimators=[LogBilinearLM, LengthLM])
    assert type(again) is type(estimator)
    assert repr(again) == repr(estimator)
    np.testing.assert_array_equal(again.score_samples(WORDS), estimator.score_samples(WORDS))
    assert again.sample(3, random_state=0).tolist() == estimator.sample(3, random_state=0).tolist()


def test_models_of_ones_own_within_others_are_kept(path):
    mixture = MixtureLM([("length", LengthLM()), ("bigrams", BigramCountLM())], random_state=0)
    classifier = CharLMClassifier(mixture).fit(WORDS, [0, 0, 0, 1, 1])
    save(classifier, path)
    with pytest.raises(ValueError, match=r"'LengthLM', which .* load, in estimators="):
        load(path)
    again = load(path, estimators=(LengthLM,))
    np.testing.assert_array_equal(again.predict_proba(WORDS), classifier.predict_proba(WORDS))


def test_a_class_that_was_not_handed_over_is_not_used(path):
    save(LengthLM().fit(WORDS), path)
    made.clear()
    for allowed in ([], [LogBilinearLM]):
        with pytest.raises(ValueError, match=r"of class 'LengthLM', which .* estimators="):
            load(path, estimators=allowed)
    assert made == []


@pytest.mark.parametrize(
    "name",
    ["os.system", "antigravity", "tests.io.test_own_estimators.LengthLM", "BaseCharLM", "io", 3],
)
def test_names_in_a_file_import_nothing(name, path):
    save(LengthLM().fit(WORDS), path)
    rewritten(path, lambda outer, described: described.update({"class": name}))
    before = set(sys.modules)
    with pytest.raises(ValueError, match="does not have: hand a class"):
        load(path, estimators=[LengthLM])
    assert set(sys.modules) == before


def rename(outer, described, old, new):
    described["attributes"][new] = described["attributes"].pop(old)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda outer, d: outer["proba_"].update(shape=[5, 2]), "proba_ is not an array of shape"),
        (lambda outer, d: outer["proba_"].update(dtype="I64"), "proba_ is not an array of shape"),
        (lambda outer, d: d["alphabet"].pop(), "proba_ is not an array of shape"),
        (lambda outer, d: rename(outer, d, "proba_", "other_"), r"missing: \['proba_'\]"),
        (lambda outer, d: d["attributes"].update(other_=3), r"not known: \['other_'\]"),
        (lambda outer, d: d["attributes"].update(predict=3), "'predict' is nothing that Leng"),
        (lambda outer, d: d["attributes"].update(_learn=3), "'_learn' is nothing"),
        (lambda outer, d: d["attributes"].update(alphabet="ab"), "'alphabet' is nothing that"),
        (lambda outer, d: d["attributes"].update(_skl_callbacks=[]), "'_skl_callbacks' is no"),
        (lambda outer, d: d["attributes"].update(n_symbols_=10**9), r"known: \['n_symbols_'\]"),
        (lambda outer, d: d["attributes"].update(proba_={"tuple": []}), "arrays are not those"),
        (lambda outer, d: d["parameters"].update(handle_unknown="eval"), "'handle_unknown'"),
        (lambda outer, d: d["parameters"].update(hook="eval"), "has no parameters hook"),
        (lambda outer, d: d.update(module="os"), "instead of"),
    ],
)
def test_hostile_files_are_refused_before_the_class_is_given_anything(change, message, path):
    save(LengthLM().fit(["ab", "cd", "efghi"]), path)
    rewritten(path, change)
    made.clear()
    with pytest.raises(ValueError, match=message):
        load(path, estimators=[LengthLM])
    assert made == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, -1.0, 0.5])
def test_numbers_that_are_no_probabilities_are_refused(value, path):
    model = LengthLM().fit(WORDS)
    save(model, path)
    outer, header, arrays = parts(path.read_bytes())
    arrays = arrays.replace(model.proba_[1].tobytes(), np.float64(value).tobytes(), 1)
    path.write_bytes(assembled(outer, header, arrays))
    with pytest.raises(ValueError, match=r"not finite|do not sum to 1|negative"):
        load(path, estimators=[LengthLM])


@pytest.mark.parametrize("name", ["predict", "estimator", "_sklearn_output_config"])
def test_attributes_of_a_classifier_cannot_hide_what_it_is(name, path):
    save(CharLMClassifier().fit(WORDS, [0, 0, 0, 1, 1]), path)
    rewritten(path, lambda outer, described: described["attributes"].update({name: 3}))
    with pytest.raises(ValueError, match=f"'{name}' is nothing that CharLMClassifier learns"):
        load(path)


def test_attributes_of_a_mixture_are_held_to_their_names(path):
    save(MixtureLM([("bigrams", BigramCountLM())]).fit(WORDS), path)
    rewritten(path, lambda outer, described: described["attributes"].update(n_symbols_=10**9))
    with pytest.raises(ValueError, match=r"not known: .*n_symbols_"):
        load(path)


@dataclass(frozen=True)
class Unchecked(Shares):
    checked = Learnt.checked


class UncheckedLM(LengthLM):
    """Says nothing of what a file may hold."""

    _learnt_class = Unchecked


def test_what_could_not_be_read_is_not_written(path):
    with pytest.raises(ValueError, match=r"Unchecked, which UncheckedLM learns.* write one"):
        save(UncheckedLM().fit(WORDS), path)
    with pytest.raises(ValueError, match="has no method checked"):
        load(path, estimators=[UncheckedLM])
    namesake = type("BigramCountLM", (BigramCountLM,), {})
    with pytest.raises(ValueError, match="the name of a class of sklearn_makemore"):
        save(namesake().fit(WORDS), path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("estimators", "error", "message"),
    [
        (LengthLM, TypeError, "a list of classes"),
        ("LengthLM", TypeError, "a list of classes"),
        (["LengthLM"], TypeError, "must hold classes, got 'LengthLM'"),
        ([LengthLM()], TypeError, "must hold classes"),
        ([dict], ValueError, "dict is no estimator"),
        ([LengthLM, type("LengthLM", (LengthLM,), {})], ValueError, "two classes named LengthLM"),
        ([type("BigramCountLM", (BigramCountLM,), {})], ValueError, "name of a class of sklearn"),
    ],
)
def test_what_is_handed_over_is_checked(estimators, error, message, path):
    save(LengthLM().fit(WORDS), path)
    with pytest.raises(error, match=message):
        load(path, estimators=estimators)
