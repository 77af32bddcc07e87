"""Words held out: distinct ones, with all their repeats."""

import numpy as np
import pytest

from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._text.coded_words import CodedWords
from tests.coded import coded


def words_of(part):
    ends = zip(part.offsets[:-1], part.offsets[1:], strict=True)
    return {part.codes[a:b].tobytes() for a, b in ends}


@pytest.mark.parametrize(("fraction", "n_held_out"), [(0.5, 2), (0.01, 1), (0.99, 3)])
def test_words_are_held_out_with_all_their_repeats(fraction, n_held_out):
    words = coded([[1, 2], [3], [1, 2], [], [3], [2]] * 3)
    kept, held_out = hold_out(words, fraction, np.random.default_rng(0).permutation)
    assert kept.n_words + held_out.n_words == words.n_words
    assert not words_of(kept) & words_of(held_out)
    assert (len(words_of(kept)), len(words_of(held_out))) == (4 - n_held_out, n_held_out)


@pytest.mark.parametrize("seed", range(9))
def test_words_that_begin_with_the_unknown_symbol_are_kept_where_it_is_asked(seed):
    flat = coded([[1, 2], [3, 1], [3], [2], [1, 3], [3, 2], [3]])
    words = CodedWords(flat.codes, flat.offsets, 4, 3, None)
    random_order = np.random.default_rng(seed).permutation
    kept, held_out = hold_out(words, 0.4, random_order, begin_known=True)
    assert len(words_of(held_out)) == 1  # of three, though all are six
    assert not any(word.startswith(b"\0\3") for word in words_of(held_out))
    assert kept.n_words == 6
    with pytest.raises(ValueError, match="begin with a known character, got 1"):
        hold_out(words.words(0, 3), 0.5, random_order, begin_known=True)


def test_one_word_cannot_be_split():
    with pytest.raises(ValueError, match="two different words"):
        hold_out(coded([[1], [1]]), 0.5, np.arange)
