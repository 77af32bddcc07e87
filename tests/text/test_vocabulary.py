"""Characters to codes and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_makemore._text.containers import as_column
from sklearn_makemore._text.vocabulary import Vocabulary

WORDS = st.lists(st.text(st.characters(), max_size=6), min_size=1)


def read(words):
    return as_column(words).read_all()


@given(WORDS)
def test_any_words_round_trip(words):
    vocabulary = Vocabulary.of_text(read(words), ".", "error")
    coded = vocabulary.encode(read(words))
    assert vocabulary.decode(coded.codes[1:]) == words
    assert coded.n_predictions == sum(map(len, words)) + len(words)


@given(WORDS, WORDS, st.booleans())
def test_codes_are_looked_up_one_by_one(words, alphabet_words, has_unknown):
    alphabet = "".join(alphabet_words)
    vocabulary = Vocabulary.of_alphabet(alphabet, ".", "unknown" if has_unknown else "error")
    code = {c: i + 1 for i, c in enumerate(sorted(set(alphabet)))}
    if not has_unknown and not set("".join(words)) <= set(alphabet):
        with pytest.raises(ValueError, match=r"does not know.*alphabet=.*handle_unknown='unknown'"):
            vocabulary.encode(read(words))
        return
    unknown = len(code) + 1
    expected = [0]
    for word in words:
        expected += [code.get(c, unknown) for c in word] + [0]
    coded = vocabulary.encode(read(words))
    assert coded.codes.tolist() == expected
    assert coded.n_symbols == len(code) + 1 + has_unknown
    assert (coded.unknown_code == unknown) if has_unknown else (coded.unknown_code is None)


def test_symbols_are_in_code_point_order():
    vocabulary = Vocabulary.of_text(read(["zaé", "日"]), "<s>", "unknown")
    assert vocabulary.symbols.tolist() == ["<s>", "a", "z", "é", "日", "\ufffd"]
    assert vocabulary.symbols.dtype == object


def test_codes_are_as_narrow_as_the_alphabet():
    for n, dtype in ((253, np.uint8), (254, np.uint16), (70_000, np.uint32)):
        characters = [chr(0x20000 + i) for i in range(n)]
        coded = Vocabulary.of_alphabet(characters, ".", "unknown").encode(read(characters))
        assert coded.codes.dtype == dtype
        assert coded.codes[1::2].tolist() == list(range(1, n + 1))


def test_a_character_equal_to_the_boundary_shown_is_a_character():
    vocabulary = Vocabulary.of_text(read(["a.b"]), ".", "error")
    coded = vocabulary.encode(read(["a.b", "."]))
    assert vocabulary.symbols.tolist() == [".", ".", "a", "b"]
    assert vocabulary.decode(coded.codes[1:]) == ["a.b", "."]


def test_which_vocabularies_have_the_same_symbols():
    vocabulary = Vocabulary.of_alphabet("ab", ".", "error")
    assert vocabulary.same_symbols(Vocabulary.of_alphabet("ba", "|", "error"))
    assert not vocabulary.same_symbols(Vocabulary.of_alphabet("abc", ".", "error"))
    assert not vocabulary.same_symbols(Vocabulary.of_alphabet("ab", ".", "unknown"))


def test_unknown_characters_are_named_with_positions():
    vocabulary = Vocabulary.of_alphabet("ab", ".", "error")
    with pytest.raises(ValueError, match=r"'ñ' in the word 'añ' at position 2, 'ü' .* position 4"):
        vocabulary.encode(read(["a", "b", "añ", "ñ", "üb"]))
    with pytest.raises(ValueError, match="and others"):
        vocabulary.encode(read(["cdefghij"]))
    text = read(["ñ", "a", "ü"])
    with pytest.raises(ValueError, match=r"'ü' in the word 'ü' at position 2"):
        vocabulary.encode(text.keep(np.array([False, True, True])))


def test_a_character_that_is_known_in_the_other_case_is_said_to_be():
    vocabulary = Vocabulary.of_alphabet("abÉ", ".", "error")
    for word, known in (("ac A", "a"), ("é", "É")):
        with pytest.raises(ValueError, match=f"It knows '{known}': if case does not matter"):
            vocabulary.encode(read([word]))
    with pytest.raises(ValueError, match=r"handle_unknown='unknown'\.$"):
        vocabulary.encode(read(["CŁß"]))
