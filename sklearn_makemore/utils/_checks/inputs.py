"""Words in: containers, bad values, unknown characters."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import importlib.util
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_makemore.utils._checks.common import (
    OTHER_WORDS,
    WORDS,
    assert_close,
    fitted,
    is_language_model,
    labels_of,
    methods_of,
    object_array,
    only_if,
    raises,
    scores_of,
    spelling_of,
    symbols_of,
    tolerance,
)

MEANS = ("score", "perplexity", "bits_per_symbol")


def containers(words: Sequence[str]) -> dict[str, Any]:
    """Return words that are strings in every container that is supported and installed."""
    words = list(words)
    array = np.array(words, dtype=object)
    found: dict[str, Any] = {
        "list": words,
        "tuple": tuple(words),
        "object array": array,
        "<U array": np.array(words),
        "StringDType array": np.array(words, dtype=np.dtypes.StringDType()),
        "(n, 1) array": array[:, np.newaxis],
        "object Series": pd.Series(words, dtype=object),
        "string Series": pd.Series(words, dtype="string[python]"),
        "str Series": pd.Series(words, dtype="str"),
        "categorical Series": pd.Series(words, dtype="category"),
        "Index": pd.Index(words),
        "DataFrame": pd.DataFrame({"word": words}),
    }
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa

        half = len(words) // 2
        found |= {
            "pyarrow Series": pd.Series(words, dtype="string[pyarrow]"),
            "Arrow array": pa.array(words, pa.string()),
            "Arrow large_string array": pa.array(words, pa.large_string()),
            "sliced Arrow array": pa.array(["sliced off", *words, "é"]).slice(1, len(words)),
            "Arrow dictionary": pa.array(words).dictionary_encode(),
            "Arrow chunks": pa.chunked_array([words[:half], words[half:]], pa.string()),
        }
    if importlib.util.find_spec("polars"):
        import polars as pl

        found |= {
            "polars Series": pl.Series(words),
            "polars Categorical": pl.Series(words, dtype=pl.Categorical),
            "polars DataFrame": pl.DataFrame({"word": words}),
        }
    return found


def containers_of_lists(words: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return words of tokens in every container that is supported and installed."""
    lists, tuples = list(map(list, words)), list(map(tuple, words))
    array = object_array(lists)
    found: dict[str, Any] = {
        "list of lists": lists,
        "list of tuples": tuples,
        "tuple of tuples": tuple(tuples),
        "list of arrays": [np.array(word, dtype=str) for word in words],
        "object array": array,
        "(n, 1) array": array[:, np.newaxis],
        "Series of lists": pd.Series(lists),
        "Series of tuples": pd.Series(tuples, dtype=object),
        "Index": pd.Index(tuples, tupleize_cols=False),
        "DataFrame": pd.DataFrame({"word": lists}),
    }
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa

        half = len(words) // 2
        of_strings = pa.list_(pa.string())
        found |= {
            "pyarrow Series": pd.Series(lists, dtype=pd.ArrowDtype(of_strings)),
            "Arrow array": pa.array(lists, of_strings),
            "Arrow large_list array": pa.array(lists, pa.large_list(pa.large_string())),
            "sliced Arrow array": pa.array([["cut"], *lists, ["é"]]).slice(1, len(words)),
            "Arrow dictionary": pa.array(lists, pa.list_(pa.dictionary(pa.int32(), pa.string()))),
            "Arrow chunks": pa.chunked_array([lists[:half], lists[half:]], of_strings),
        }
    if importlib.util.find_spec("polars"):
        import polars as pl

        found |= {
            "polars Series": pl.Series(lists),
            "polars Categorical": pl.Series(lists, dtype=pl.List(pl.Categorical)),
            "polars DataFrame": pl.DataFrame({"word": lists}),
        }
    return found


def check_containers_agree(name: str, estimator: Any) -> None:
    """Every container of the same words gives the same fit and the same scores."""
    spell = spelling_of(estimator)
    held = containers_of_lists if spell.of_tokens else containers
    words, others = spell.all(WORDS), held(spell.all(OTHER_WORDS))
    expected, labels = scores_of(fitted(clone(estimator))), labels_of(estimator, words)
    for kind, container in held(words).items():
        scores = scores_of(clone(estimator).fit(container, labels), others[kind])
        assert_close(scores, expected, 0, f"words in a {kind}")
    if is_language_model(estimator):
        fitted(estimator)
        for container in held(words).values():
            assert estimator.predict_proba(container).shape == (len(words), estimator.n_symbols_)


def check_input_is_not_changed(name: str, estimator: Any) -> None:
    """Lists, arrays, labels and weights of the caller stay as they are."""
    spell = spelling_of(estimator)
    words = [list(word) if spell.of_tokens else word for word in spell.all(WORDS)]
    array, labels = object_array(words), labels_of(estimator, words)
    weights = np.arange(1.0, len(words) + 1)
    before = copy.deepcopy(words)
    for given in (words, array):
        estimator.fit(given, labels, sample_weight=weights)
    for method in methods_of(estimator):
        method(words)
        method(array)
    assert words == array.tolist() == before
    assert labels == labels_of(estimator, words)
    assert weights.tolist() == list(range(1, len(words) + 1))


def check_bad_words_are_named(name: str, estimator: Any) -> None:
    """Missing values and what is no word are refused with their positions."""
    spell = spelling_of(estimator)
    word = spell("a")
    bad: list[tuple[type[Exception], str, Any]] = [
        (ValueError, "1", [word, None, word]),
        (ValueError, "2", [word, word, float("nan")]),
        (ValueError, "0", [pd.NA, word]),
        (ValueError, "1", pd.Series([word, None])),
        (ValueError, "1", object_array([word, np.nan])),
        (TypeError, "1", [word, 5]),
        (TypeError, "bytes", [word, b"b"]),
        (TypeError, "0", np.array([1.5, 2.5])),
        (TypeError, "['word']", "word"),
        (ValueError, "2 columns", np.array([["a", "b"]], dtype=object)),
        (ValueError, "2 columns", pd.DataFrame({"a": [word], "c": [word]})),
        *(bad_tokens() if spell.of_tokens else bad_strings()),
    ]
    for error, mentions, words in bad:
        raises(error, mentions, fitted, clone(estimator), words)
    for method in methods_of(fitted(estimator)):
        raises(ValueError, "1", method, [word, None])
        raises(TypeError, "str", method, "a")


def bad_strings() -> list[tuple[type[Exception], str, Any]]:
    """Return what is refused where words are strings."""
    return [
        (ValueError, "1", pd.Series(["a", None], dtype="string")),
        (TypeError, "symbols='token'", ["a", ["b"]]),
    ]


def bad_tokens() -> list[tuple[type[Exception], str, Any]]:
    """Return what is refused where words are sequences of tokens."""
    place = "item 1 of the word at position 2"
    return [
        (TypeError, "at position 1", [["a"], "b"]),
        (ValueError, place, [["a"], [], ["b", ""]]),
        (ValueError, place, [["a"], [], ["b", None]]),
        (TypeError, place, [["a"], [], ["b", 5]]),
        (TypeError, place, [["a"], [], ["b", ["c"]]]),
    ]


def check_any_string_is_a_word(name: str, estimator: Any) -> None:
    """Line ends, NUL, combining marks, emoji and lone surrogates are characters like others.

    To an estimator that holds language models unseen ones are, too, at a finite price.
    """
    spell = spelling_of(estimator)
    odd = ["a.b", "\n", "\0\0", " ", "e\u0301", "\U0001f600\U0001f468\u200d", "\ud800x", "", "日本"]
    odd = list(map(spell.join, odd))
    words = [*odd, *spell.all(WORDS)]
    fitted(estimator, words)
    if is_language_model(estimator):
        others = estimator.sample(200, random_state=0).tolist()
        known = set(chain.from_iterable(map(spell.split, words)))
        assert known.issuperset(chain.from_iterable(map(spell.split, others)))
    else:
        others = list(map(spell.join, ["ñ", "語語語", "\ud801"]))
    for some in (odd, others):
        assert np.isfinite(scores_of(estimator, some)).all()
        n_symbols = sum(len(spell.split(word)) + 1 for word in some)
        assert len(symbols_of(estimator, some)) == n_symbols


def check_zero_words(name: str, estimator: Any) -> None:
    """No words: fit and the means raise, everything else is empty and of the right width."""
    raises(ValueError, "at least", fitted, clone(estimator), [])
    word = spelling_of(estimator)("a")
    nothing: list[Any] = [[], np.array([], dtype=object), pd.Series([], dtype="str")]
    for method in methods_of(fitted(estimator)):
        for empty in nothing:
            if method.__name__ in MEANS:
                raises(ValueError, "at least one word", method, empty)
                continue
            of_none, of_one = method(empty), method([word])
            assert of_none.shape == (0, *of_one.shape[1:]), method
            if isinstance(of_one, pd.DataFrame):
                assert of_none.columns.tolist() == of_one.columns.tolist()


def check_words_are_scored_apart(name: str, estimator: Any) -> None:
    """The score of a word does not depend on its neighbours or their order."""
    words = spelling_of(estimator).all(WORDS)
    together = scores_of(fitted(estimator), words)
    apart = np.concatenate([scores_of(estimator, [word]) for word in words])
    assert_close(apart, together, 20 * tolerance(estimator), "words scored one by one")
    backwards = scores_of(estimator, words[::-1])[::-1]
    assert_close(backwards, together, 20 * tolerance(estimator), "words in another order")


@only_if(is_language_model)
def check_unknown_characters(name: str, estimator: Any) -> None:
    """An unknown symbol is an error that shows the ways out, or the last symbol."""
    spell = spelling_of(estimator)
    stranger, words = spell.symbol("ñ"), spell.all(["ann", "añb"])
    strict = fitted(clone(estimator).set_params(handle_unknown="error"))
    for method in methods_of(strict):
        raises(ValueError, "handle_unknown='unknown'", method, words)
    raises(ValueError, repr(stranger), strict.score, words)
    raises(ValueError, "position 1", strict.score, words)
    lenient = fitted(estimator.set_params(handle_unknown="unknown"))
    assert lenient.n_symbols_ == strict.n_symbols_ + 1
    assert lenient.symbols_[-1] == "\ufffd"
    scores = lenient.score_samples(spell.all(["añb", "aßb"]))
    assert scores[0] == scores[1]
    assert not np.isnan(scores).any()
    assert lenient.transform(spell.all(["añbñ", "ann"]))[:, 4].tolist() == [2, 0]
    shown = lenient.score_symbols([spell("ñ")])["symbol"]
    assert shown.tolist() == [stranger, lenient.symbols_[0]]
    proba = lenient.predict_proba(spell.all(["", "ñ", "a"]))
    assert_close(proba.sum(axis=1), 1, 1e-9, "rows with an unknown symbol")
    assert all("\ufffd" not in word for word in lenient.sample(300, random_state=0))


@only_if(is_language_model)
def check_unknown_characters_cost(name: str, estimator: Any) -> None:
    """By default a symbol that is not known is scored at a price, and the model is the same."""
    spell = spelling_of(estimator)
    stranger = spell.symbol("ñ")
    strict = fitted(clone(estimator).set_params(handle_unknown="error"))
    model = fitted(estimator.set_params(handle_unknown="penalty"))
    assert model.symbols_.tolist() == strict.symbols_.tolist()
    assert_close(scores_of(model), scores_of(strict), 0, "words of known symbols")
    table = model.score_symbols(spell.all(["añb", "ñ"]))
    assert table["symbol"].tolist()[:3] == spell.symbols("añb")
    costs = -table["log_proba"][table["symbol"] == stranger].to_numpy()
    n_predictions = sum(len(word) + 1 for word in WORDS)
    expected = np.log(max(n_predictions, model.n_symbols_) + 1)
    assert_close(costs, expected, 1e-12, "the cost of an unknown symbol")
    assert np.isfinite(model.score_samples(spell.all(["ñ", "añb", "ßñ"]))).all()
    assert model.transform(spell.all(["añbñ", "ann"]))[:, 4].tolist() == [2, 0]
    proba = model.predict_proba(spell.all(["ñ", "añ", "ñab", "a"]))
    assert_close(proba.sum(axis=1), 1, 1e-9, "rows after an unknown symbol")
    following = np.exp(table["log_proba"].to_numpy())
    codes = [model.symbols_.tolist().index(spell.symbol("b")), 0]
    after = model.predict_proba(spell.all(["añ", "ñ"]))[:, codes]
    agreement = [after[0, 0], after[1, 1]]
    assert_close(following[[2, 5]], agreement, 20 * tolerance(estimator), "what follows it")
    raises(ValueError, "prefix", model.sample, prefix=spell("ñ"))


@only_if(is_language_model)
def check_alphabet_is_known_beforehand(name: str, estimator: Any) -> None:
    """Symbols of `alphabet` are the model's whether or not they occur."""
    spell = spelling_of(estimator)
    symbols = sorted(spell.symbols(set("".join(WORDS)) | set("xyzñ")))
    for alphabet in (spell.join(symbols), symbols, set(symbols)):
        model = fitted(clone(estimator).set_params(alphabet=alphabet))
        assert model.symbols_.tolist()[1 : len(symbols) + 1] == symbols
        assert not np.isnan(model.score_samples([spell("ñx")])).any()
    small = clone(estimator).set_params(alphabet=spell("abc"), handle_unknown="error")
    raises(ValueError, "alphabet=", fitted, small)
    if spell.of_tokens:
        raises(ValueError, "'abc'", fitted, small.set_params(alphabet="abc"))


@only_if(is_language_model)
def check_boundary_is_only_shown(name: str, estimator: Any) -> None:
    """The boundary parameter changes what is shown and nothing else."""
    spell = spelling_of(estimator)
    bar = fitted(clone(estimator).set_params(boundary="|"))
    other = fitted(clone(estimator).set_params(boundary="<s>"))
    assert other.symbols_[0] == "<s>"
    assert_close(scores_of(other), scores_of(bar), 0, "another boundary")
    rows = other.score_symbols([spell("a")])
    assert rows["symbol"].tolist() == [spell.symbol("a"), "<s>"]
    boundaries = (spell.join(["<s>"] * n) for n in range(100))
    assert rows["context"][0] in boundaries, "the first context has more than boundaries"


def check_index_is_carried(name: str, estimator: Any) -> None:
    """Labels of a pandas row come back in every pandas output."""
    spell = spelling_of(estimator)
    others = spell.all(OTHER_WORDS)
    words = pd.Series(others, index=[f"row {i}" for i in range(len(others))])
    rows = symbols_of(fitted(estimator), words)
    assert rows.index.equals(pd.RangeIndex(len(rows)))
    lengths = [len(word) + 1 for word in OTHER_WORDS]
    assert rows["word"].tolist() == words.index.repeat(lengths).tolist()
    ends = np.cumsum(lengths) - 1
    assert rows["symbol"].drop(ends).tolist() == spell.symbols("".join(OTHER_WORDS))
    assert rows["symbol"][ends].nunique() == 1, "all words end in the boundary"
    assert symbols_of(estimator, others)["word"].max() == len(others) - 1
    if hasattr(estimator, "transform"):
        for column in (words, words.to_frame("word")):
            frame = estimator.set_output(transform="pandas").transform(column)
            assert frame.index.equals(words.index)
            assert frame.columns.tolist() == estimator.get_feature_names_out().tolist()
