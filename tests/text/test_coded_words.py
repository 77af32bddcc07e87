"""Contexts and pieces of coded words against a slow reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.coded import WORDS, coded


@given(WORDS, st.integers(0, 7))
def test_contexts_are_those_of_each_word_alone(words, block_size):
    contexts = []
    for word in words:
        padded = [0] * block_size + word
        contexts += [padded[i : i + block_size] for i in range(len(word) + 1)]
    columns = coded(words).context_columns(block_size)
    assert len(columns) == block_size
    if block_size:
        assert np.stack(columns, axis=1).tolist() == contexts


@given(WORDS, st.integers(1, 12))
def test_pieces_are_consecutive_whole_words(words, max_predictions):
    whole = coded(words, weights=range(1, len(words) + 1))
    pieces = list(whole.pieces(max_predictions))
    assert sum(piece.n_words for piece in pieces) == len(words)
    assert np.concatenate([piece.targets for piece in pieces]).tolist() == whole.targets.tolist()
    weights = np.concatenate([piece.prediction_weights() for piece in pieces])
    assert weights.tolist() == whole.prediction_weights().tolist()
    for piece in pieces:
        assert piece.codes[0] == piece.codes[-1] == 0
        assert piece.n_predictions <= max_predictions or piece.n_words == 1


@given(WORDS, st.data())
def test_words_that_are_kept_are_those_words(words, data):
    mask = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    kept = coded(words, weights=range(1, len(words) + 1)).keep(np.array(mask, bool))
    numbers = [i for i, is_kept in enumerate(mask) if is_kept]
    expected = coded([words[i] for i in numbers], weights=[i + 1 for i in numbers])
    assert kept.codes.tolist() == expected.codes.tolist()
    assert kept.offsets.tolist() == expected.offsets.tolist()
    assert kept.weights.tolist() == expected.weights.tolist()


@given(WORDS, st.randoms())
def test_equal_words_have_one_number_in_any_order(words, random):
    number_of = dict(zip(map(tuple, words), coded(words).numbered().tolist(), strict=True))
    assert len(set(number_of.values())) == len(number_of)
    random.shuffle(words)
    expected = [number_of[tuple(word)] for word in words]
    assert coded(words).numbered().tolist() == expected


def test_targets_and_last_symbols_are_neighbours():
    words = coded([[1, 2], [], [3]])
    assert words.last_symbols.tolist() == [0, 1, 2, 0, 0, 3]
    assert words.targets.tolist() == [1, 2, 0, 0, 3, 0]
    assert words.predictions_per_word.tolist() == [3, 1, 2]
    assert words.positions.tolist() == [0, 1, 2, 0, 0, 1]
    assert words.prediction_weights() is None
    weighted = coded([[1, 2], [], [3]], weights=[5, 2, 7])
    assert weighted.prediction_weights().tolist() == [5, 5, 5, 2, 7, 7]
