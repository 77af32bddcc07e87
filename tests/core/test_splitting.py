"""Words held out: distinct ones, with all their repeats."""

import numpy as np
import pytest

from sklearn_makemore._core.splitting import hold_out
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


def test_one_word_cannot_be_split():
    with pytest.raises(ValueError, match="two different words"):
        hold_out(coded([[1], [1]]), 0.5, np.arange)
