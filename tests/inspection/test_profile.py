"""The first look at a column of words."""

import unicodedata
from collections import Counter

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore.datasets import load_names
from sklearn_makemore.inspection import _profile, _profile_spellings, _profile_values, profile
from sklearn_makemore.inspection._profile_characters import (
    LEAD,
    OF_WINDOWS,
    TRAIL,
    flags_of,
    script_of,
    shape_of,
)
from sklearn_makemore.inspection._profile_kinds import KIND_NAMES, KINDS, is_mojibake
from sklearn_makemore.inspection._profile_values import fold
from sklearn_makemore.utils._checks.inputs import containers

COLUMNS = ["check", "value", "count", "share", "examples"]
CHECKS = ["missing", "empty or blank", *_profile.CHECKS]
ANY_TEXT = st.text(st.characters(), max_size=8)  # lone surrogates too
ODD_TEXT = st.text(st.sampled_from("aAñé9١ \t\u00a0\u200b\ud800\u0301日カЖ.-+@&;%Ã©"), max_size=8)
NEAR_TEXT = st.text("abc", min_size=3, max_size=6)


def found(column, check):
    """Return the count and the examples of each value of a check."""
    frame = profile(column)
    rows = frame[frame["check"] == check]
    return dict(zip(rows["value"], zip(rows["count"], rows["examples"], strict=True), strict=True))


@given(st.lists(ANY_TEXT | ODD_TEXT | st.sampled_from([None, float("nan"), "n/a", "aab", "aaab"])))
def test_any_column_has_a_profile(column):
    frame = profile(column)
    assert list(frame.columns) == COLUMNS
    assert list(dict.fromkeys(frame["check"])) == (CHECKS if column else [])
    np.testing.assert_array_equal(frame["share"], frame["count"] / max(len(column), 1))
    times = Counter(value for value in column if isinstance(value, str))
    for examples in frame["examples"]:
        assert len(set(examples)) == len(examples) <= 3
        ranks = [times[example] for example in examples]
        assert all(ranks)
        assert ranks == sorted(ranks, reverse=True)
    is_nothing = frame["value"] == "nothing"
    assert (frame["count"] > 0).tolist() == (~is_nothing).tolist()
    assert (frame.loc[is_nothing, "check"].value_counts() == 1).all()
    assert all(value.isprintable() for value in frame["value"])
    of_groups = frame[frame["check"].isin(["character class", "script", "case", "shape"])]
    n_words = sum(n for value, n in times.items() if value.strip())
    assert (of_groups.groupby("check")["count"].sum() == n_words).all()
    assert frame[frame["check"] == "missing"]["count"].sum() == len(column) - times.total()


@settings(max_examples=10)
@given(st.lists(ODD_TEXT.filter(lambda word: "\ud800" not in word), min_size=1))
def test_every_container_has_the_same_profile(words):
    expected = profile(words)
    for kind, container in containers(words).items():
        pd.testing.assert_frame_equal(profile(container), expected, obj=kind)


@pytest.mark.parametrize(
    "column",
    [
        ["ab", None, float("nan"), pd.NA, np.nan, pd.NaT],
        np.array(["ab", *[None] * 5], object),
        np.ma.array(["ab"] * 6, mask=[False, *[True] * 5]),
        pd.Series(["ab", *[None] * 5]),
        pd.Series(["ab", *[None] * 5], dtype=object),
        pd.Series(["ab", *[None] * 5], dtype="string[python]"),
        pd.Series(["ab", *[None] * 5], dtype="string[pyarrow]"),
        pd.Series(["ab", *[None] * 5], dtype="category"),
        pd.DataFrame({"name": ["ab", *[None] * 5]}),
        pl.Series(["ab", *[None] * 5]),
        pl.DataFrame({"name": ["ab", *[None] * 5]}),
        pa.array(["ab", *[None] * 5]),
        pa.array(["ab", *[None] * 5]).dictionary_encode(),
        pa.chunked_array([["ab"], [None] * 5]),
        pa.table({"name": ["ab", *[None] * 5]}),
    ],
    ids=lambda column: f"{type(column).__module__}.{type(column).__name__}",
)
def test_missing_values_are_counted(column):
    frame = profile(column)
    assert frame.iloc[0].tolist() == ["missing", "missing", 5, 5 / 6, []]
    assert found(column, "case") == {"lower": (1, ["ab"])}


@pytest.mark.parametrize("column", [[None, None], pd.Series([np.nan, np.nan]), pa.nulls(2)])
def test_a_column_of_missing_values_only(column):
    frame = profile(column)
    assert frame["check"].tolist() == CHECKS
    assert frame["count"].tolist() == [2] + [0] * (len(CHECKS) - 1)


@pytest.mark.parametrize("column", [[], np.array([], str), pd.Series([], dtype=str), pa.nulls(0)])
def test_no_rows(column):
    frame = profile(column)
    assert frame.shape == (0, 5)
    pd.testing.assert_series_equal(frame.dtypes, profile(["a"]).dtypes)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1, 2], r"got int \(1\) at positions 0, 1\. .*dtype=str"),
        (np.arange(9), r"positions 0, 1, 2, 3, 4 and 4 more\. .*dtype=str"),
        (pd.Series(["a", 2.5, None]), r"got float \(2\.5\) at position 1\. .*dtype=str"),
        (pl.Series([1.5, None]), r"got float \(1\.5\) at position 0\. .*dtype=str"),
        (pa.array([None, True]), r"got bool \(True\) at position 1\. .*dtype=str"),
        (pd.to_datetime(["2024-01-31"]), r"got Timestamp .* at position 0\. .*convert it to str"),
        ([["a", "b"], "c"], r"got list \(\['a', 'b'\]\) at position 0\. .*join it"),
        ([["a", "b"], ["c"]], r"got list .* at positions 0, 1\. .*join it"),
        (pa.array([["a"], None]), r"got list .* at position 0\. .*join it"),
        ([None, b"a"], r"got bytes \(b'a'\) at position 1\. .*decode it"),
        ("anna", r"got a single str"),
        ({"anna"}, r"got set\. Make it a list"),
    ],
    ids=str,
)
def test_what_is_no_string_is_refused(column, message):
    with pytest.raises(TypeError, match=message):
        profile(column)


def test_frames_of_several_columns_are_refused():
    with pytest.raises(ValueError, match="must be a single column of words, got 2 columns"):
        profile(pd.DataFrame({"a": ["x"], "b": ["y"]}))


def test_strings_of_other_types_are_strings():
    class Name(str):
        pass

    column = [Name("Anna"), np.str_("Anna"), "Anna"]
    assert found(column, "repeats")["more than once"] == (3, ["Anna"])
    assert all(type(example) is str for row in profile(column)["examples"] for example in row)


def test_long_columns_are_read_in_pieces(monkeypatch):
    column = [
        "Anna",
        "Åsa 12",
        "",
        "日本",
        None,
        "anna",
        "a\u200bb",
        "Bob Bob",
        "x" * 40,
        "n/a",
    ] * 3
    expected = profile(column)
    for module in (_profile_values, __import__("sklearn_makemore._text.flat_text", fromlist=[""])):
        monkeypatch.setattr(module, "WORDS_PER_PIECE", 3)
    pd.testing.assert_frame_equal(profile(column), expected)
    monkeypatch.setattr(_profile_values, "CHARACTERS_PER_PIECE", 10)
    pd.testing.assert_frame_equal(profile(column), expected)
    with pytest.raises(TypeError, match=r"int \(7\) at position 4\."):
        profile(["a", "b", "c", "d", 7])


def test_one_value():
    frame = profile(["Anna"])
    shown = frame[frame["value"] != "nothing"]
    assert shown["value"].tolist() == ["letters only", "Latin", "Title", "4 (always)", "Aaaa"]
    assert (shown["share"] == 1).all()


def test_blank_values_are_in_no_other_check():
    column = ["", "", "  ", "\t", "\u2003\u00a0", "Anna"]
    assert found(column, "empty or blank") == {
        "empty": (2, [""]),
        "white space only": (3, ["  ", "\t", "\u2003\u00a0"]),
    }
    frame = profile(column)
    assert (frame[~frame["check"].isin(["empty or blank"])]["count"] <= 1).all()


def test_white_space():
    column = [
        "Anna",
        " Anna",
        "Anna ",
        "Anna  Maria",
        "a\tb",
        "c\r\n",
        "d\u00a0e",
        "\u3000f",
        "Li Na",
    ]
    assert found(column, "white space") == {
        "leading": (2, [" Anna", "\u3000f"]),
        "trailing": (2, ["Anna ", "c\r\n"]),
        "doubled inside": (1, ["Anna  Maria"]),
        "tab or line end": (2, ["a\tb", "c\r\n"]),
        "no-break or other space": (2, ["d\u00a0e", "\u3000f"]),
    }


def test_control_characters_are_named():
    column = [
        "an\u200bna",
        "\ufeffanna",
        "anna\u200b",
        "\u202eanna",
        "a\0",
        "\ud800\ue000\uffff\u3164",
    ]
    assert found(column[:4], "control characters") == {
        "U+200B ZERO WIDTH SPACE": (2, ["an\u200bna", "anna\u200b"]),
        "U+202E RIGHT-TO-LEFT OVERRIDE": (1, ["\u202eanna"]),
        "U+FEFF ZERO WIDTH NO-BREAK SPACE": (1, ["\ufeffanna"]),
    }
    assert found(column[4:], "control characters") == {
        "U+0000 control character": (1, ["a\0"]),
        "U+3164 HANGUL FILLER": (1, column[5:]),
        "U+D800 lone surrogate": (1, column[5:]),
        "U+E000 private use": (1, column[5:]),
        "U+FFFF unassigned": (1, column[5:]),
    }
    many = [f"a{chr(code)}" for code in range(1, 9)] + ["b\1"]
    assert next(iter(found(many, "control characters").items())) == (
        "U+0001 control character",
        (2, ["a\1", "b\1"]),
    )
    assert found(many, "control characters")["others"] == (3, ["a\6", "a\7", "a\x08"])


def test_character_classes():
    column = ["anna", "e\u0301", "1٢", "ab1", "a-b", "a b", "a+½", "a-1", "\u200b"]
    assert found(column[:6], "character class") == {
        "letters only": (2, ["anna", "e\u0301"]),
        "digits only": (1, ["1٢"]),
        "letters and digits": (1, ["ab1"]),
        "letters and spaces": (1, ["a b"]),
        "letters and punctuation": (1, ["a-b"]),
    }
    assert found(column[6:], "character class") == {
        "letters, digits and punctuation": (1, ["a-1"]),
        "letters and symbols": (1, ["a+½"]),
        "other characters only": (1, ["\u200b"]),
    }


def test_more_groups_than_are_shown():
    words = ["ab", "12", "a1", "a b", "a-b", "a+b"]
    groups = words * 2 + ["a-1", "1-2"]
    rows = found(groups, "character class")
    assert len(rows) == 6
    assert rows["other mixtures"] == (4, ["a+b", "a-1", "1-2"])
    assert len(found(words, "character class")) == 6
    assert "other mixtures" not in found(words, "character class")


def test_scripts():
    column = [
        "Anna",
        "Aнна",
        "Анна",
        "日本",
        "ひろ子",
        "トム・日本",
        "김日",
        "ａｎｎａ",
        "123",
        "ª",
        "佐々木",
    ]
    assert found(column[:7], "script") == {
        "Latin": (1, ["Anna"]),
        "Cyrillic": (1, ["Анна"]),
        "mixed: Cyrillic, Latin": (1, ["Aнна"]),
        "Han": (1, ["日本"]),
        "Han, Hiragana": (1, ["ひろ子"]),
        "other scripts": (2, ["トム・日本", "김日"]),
    }
    assert found(column[6:], "script") == {
        "Han, Hangul": (1, ["김日"]),
        "Latin": (2, ["ａｎｎａ", "ª"]),
        "Han": (1, ["佐々木"]),
        "of no script": (1, ["123"]),
    }


def test_scripts_of_today_are_those_of_unicode():
    regex = pytest.importorskip("regex")
    today = (
        "Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati "
        "Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Oriya "
        "Sinhala Tamil Telugu Thaana Thai Tibetan"
    ).split()
    letters = "".join(filter(str.isalpha, map(chr, range(0x20000))))
    script_of_letter = dict(zip(letters, map(script_of, letters), strict=True))
    apart = {
        script: {c for c in letters if script_of_letter[c] == script}
        ^ set(regex.findall(rf"\p{{Script={script}}}", letters))
        for script in today
    }
    apart = {c for of in apart.values() for c in of if unicodedata.normalize("NFKC", c) == c}
    assert len(apart) < 40  # historic letters, and modifiers named for none


def test_more_scripts_than_bits():
    letters = {script_of(chr(code)): chr(code) for code in range(0x20, 0x2FFFF)}
    del letters[""]
    assert len(letters) > 64
    rows = found([*letters.values(), "a", "a", "b"], "script")
    assert rows["Latin"] == (4, ["a", letters["Latin"], "b"])
    assert rows["another"][0] == len(letters) - 63
    assert sum(count for count, _ in rows.values()) == len(letters) + 3


def test_cases():
    column = ["anna", "ANNA", "Anna", "Anna-Maria O'Neil", "O'neil", "Anna maria", "McDonald", "12"]
    assert found(column, "case") == {
        "Title": (3, ["Anna", "Anna-Maria O'Neil", "O'neil"]),
        "lower": (1, ["anna"]),
        "UPPER": (1, ["ANNA"]),
        "Sentence case": (1, ["Anna maria"]),
        "mIxed": (1, ["McDonald"]),
        "no case": (1, ["12"]),
    }
    assert found(["日本", "Å\u0301sa", "ǅa"], "case") == {
        "Title": (2, ["Å\u0301sa", "ǅa"]),
        "no case": (1, ["日本"]),
    }


def test_lengths():
    column = ["ab"] * 2 + ["abc"] * 2 + ["abcd"] * 3 + ["a" * 9]
    assert found(column, "length") == {
        "2 (minimum, lower quartile)": (2, ["ab"]),
        "3 (median)": (2, ["abc"]),
        "4 (upper quartile)": (3, ["abcd"]),
        "9 (maximum)": (1, ["a" * 9]),
    }
    assert found(["🦄a", "xy"], "length") == {"2 (always)": (2, ["🦄a", "xy"])}


@given(st.lists(st.text("ab", min_size=1, max_size=9), min_size=1))
def test_quartiles_are_lengths_that_occur(words):
    lengths = sorted(map(len, words))
    expected = np.quantile(lengths, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")
    rows = found(words, "length")
    assert [int(value.split()[0]) for value in rows] == sorted(set(expected.tolist()))
    assert [count for count, _ in rows.values()] == [
        lengths.count(n) for n in sorted(set(expected.tolist()))
    ]


def test_shapes():
    column = ["Anna", "Li Na", "12-AB", "e\u0301a", "日本語", "a", "O''B", " x"]
    assert list(found(column[:4], "shape")) == ["Aa+", "Aa Aa", "9+-A+", "a+"]
    assert list(found(column[4:], "shape")) == ["a+", "a", "A'+A", "' a'"]
    codes = ["AB-1234", "CD-5678", "XY-0000"] * 5
    assert found(codes, "shape") == {"AA-9999": (15, codes[:3])}
    assert found([*codes, "Z"], "shape") == {"AA-9999": (15, codes[:3]), "A": (1, ["Z"])}
    assert list(found([*codes, "Z", "Y"], "shape")) == ["A+-9+", "A"]
    assert list(found(["\u0301", "ab"], "shape")) == ["marks only", "a+"]
    assert list(found(["a\n", "b" * 9], "shape")) == ["'a\\n'", "a+"]
    (long,) = found(["ab-" * 30], "shape")
    assert len(long) == 40
    assert long.endswith("...")


@given(st.lists(ODD_TEXT.filter(str.strip), min_size=1))
def test_shapes_are_runs_of_classes(words):
    def shape(word, is_exact):
        symbols = [symbol for symbol in map(shape_of, word) if symbol]
        if is_exact:
            return "".join(symbols)
        runs = []
        for symbol in symbols:
            if runs and runs[-1][0] == symbol:
                runs[-1] = symbol + "+"
            else:
                runs.append(symbol)
        return "".join(runs)

    of_length = Counter(map(len, words))
    is_exact = max(of_length.values()) >= 0.9 * len(words)
    counts = Counter(shape(word, is_exact) for word in words)
    rows = found(words, "shape")
    others = rows.pop("other shapes", (0, []))[0]
    largest = sorted(counts.values(), reverse=True)
    assert [count for count, _ in rows.values()] == largest[: len(rows)]
    assert others == sum(largest[len(rows) :])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("e-mail address", "anna@example.com a.b+c@x-y.co.uk jürgen@müller.de"),
        ("URL", "https://example.com www.example.com/a?b=c ftp://x s3://bucket/key"),
        (
            "UUID or hex id",
            "550e8400-e29b-41d4-a716-446655440000 {550E8400-E29B-41D4-A716-446655440000} "
            "0x1F d41d8cd98f00b204e9800998ecf8427e",
        ),
        ("IP address", "192.168.0.1 8.8.8.8 255.255.255.255"),
        (
            "date",
            "2024-01-31 31.12.2024 12/31/24 1/2/1999 20240131 2024-01-31T10:00:00Z 5-Jan-2024",
        ),
        ("number", "5 007 1234567890123456 1,234.50 1.234,50 -3 +5 .5 12.5% €5 1e5 ١٢ 0000012345"),
        ("phone number", "+390212345678 0612345678 00390212345678 (02)1234567 555-123-4567"),
        (None, "Anna O'Neil a@b 999.1.1.1 AB-123 1/2 2024-13-01 12a x= deadbeef 1.2.3.4.5 -"),
    ],
)
def test_kinds(kind, words):
    for word in words.split():
        match = KINDS.fullmatch(word)
        assert (match and KIND_NAMES[int(match.lastgroup.removeprefix("kind"))]) == kind, word
    rows = found(words.split(), "looks like")
    assert rows.get(kind, (0,))[0] == (len(words.split()) if kind else 0)


def test_kinds_are_found_in_spaces_and_may_hold_them():
    column = [" anna@example.com ", "+39 02 1234567", "1 Jan 2024", "January 5, 2024", "1 234 567"]
    assert found(column, "looks like") == {
        "e-mail address": (1, column[:1]),
        "date": (2, column[2:4]),
        "number": (1, column[4:]),
        "phone number": (1, column[1:2]),
    }


def test_long_values_do_not_take_long():
    for unit in ("0", "01", "(1)", "a@", "a.", "1,", "1 ", "1-", " ", "&a", "anna", "Ã"):
        profile([unit * 20_000 + "\n!", unit * 400 + "x", unit * 7 + "x"])


def test_placeholders():
    column = ["n/a", "N/A", "NULL", "(none)", "[Unknown]", "<NA>", "Test", "xxx", "???", "-", "000"]
    column += [" null ", "#N/A", "99999", "\\N", "Nona", "9", "00", "x", "Testa"]
    frame = profile(column)
    assert frame.set_index("value").loc["placeholder", "count"] == 15


def test_escapes():
    column = [
        "O&#39;Neil",
        "AT&T",
        "a&amp;b",
        "Mari%C3%A1",
        "5%",
        "J\\u00fcrgen",
        "a\\n b",
        "\\name",
    ]
    assert found(column, "looks like") == {
        "HTML escape": (2, ["O&#39;Neil", "a&amp;b"]),
        "URL escape": (1, ["Mari%C3%A1"]),
        "backslash escape": (2, ["J\\u00fcrgen", "a\\n b"]),
        "number": (1, ["5%"]),
    }


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_mojibake_is_found(word):
    for codec in ("cp1252", "latin-1"):
        try:
            harmed = word.encode().decode(codec)
        except UnicodeDecodeError:
            continue
        assert is_mojibake(harmed) == (not word.isascii())
        flags = [flags_of(character) for character in harmed]
        assert any(flag & LEAD for flag in flags) == any(flag & TRAIL for flag in flags) or (
            word.isascii()
        )


def test_what_is_well_is_no_mojibake():
    names = load_names().data
    assert not any(map(is_mojibake, names))
    column = ["José", "JosÃ©", "Å‚ukasz", "Ã‰", "łÃ©", "\ufffdukasz"]
    rows = found(column, "looks like")
    assert rows["mojibake"] == (3, ["JosÃ©", "Å‚ukasz", "Ã‰"])
    assert rows["lost characters (U+FFFD)"] == (1, ["\ufffdukasz"])
    assert len(OF_WINDOWS) == 27


def test_normalisation():
    column = ["Zoë", "Zoe\u0308", "ﬁona", "Anna", "anna", "ANNA ", "Bob"]
    assert found(column, "normalisation") == {
        "not NFC": (1, ["Zoe\u0308"]),
        "NFC, but not NFKC": (1, ["ﬁona"]),
        "differ in case, form or space": (5, ["Zoë", "Zoe\u0308", "Anna"]),
        "spellings of 'Zoë'": (2, ["Zoë", "Zoe\u0308"]),
        "spellings of 'Anna'": (3, ["Anna", "anna", "ANNA "]),
    }


def test_folding():
    assert fold(" Anna \t MARIA") == fold("anna\u00a0maria") == "anna maria"
    assert fold("STRASSE") == fold("straße")
    assert fold("ﬁ") == "fi"
    assert fold("Ａ") == "a"


@given(ANY_TEXT)
def test_folding_is_idempotent_but_for_white_space_that_it_makes(word):
    assert fold(fold(word)) == fold(word)
    assert fold(f" {word}\n") == fold(word)


def test_repeats():
    column = ["Bob"] * 3 + ["Ann"] * 2 + ["anna anna", "AnnaAnna", "mama", "Baden  Baden", "11 11"]
    assert found(column, "repeats") == {
        "more than once": (5, ["Bob", "Ann"]),
        "value 'Bob'": (3, ["Bob"]),
        "value 'Ann'": (2, ["Ann"]),
        "doubled": (3, ["anna anna", "AnnaAnna", "Baden  Baden"]),
    }


def test_near_duplicates():
    column = ["Mehmet"] * 40 + ["mehmet"] * 20 + ["Mehmt"] * 3 + ["Mehmett", "Mxhmet", "Ahmet"]
    column += ["Anna"] * 20 + ["Anno", "Ann", "Mehmxtt"] + ["AB12"] * 50 + ["AB13"]
    assert found(column, "near-duplicates") == {
        "near a frequent value": (6, ["Mehmt", "Mehmett", "Mxhmet"]),
        "near 'Mehmet'": (5, ["Mehmt", "Mehmett", "Mxhmet"]),
        "near 'Anna'": (1, ["Anno"]),
    }
    assert list(found(column[:60] + ["Mehmxt"] * 4, "near-duplicates")) == ["nothing"]


@given(
    st.lists(NEAR_TEXT, min_size=1, max_size=5, unique=True),
    st.lists(NEAR_TEXT, max_size=8, unique=True),
)
def test_near_duplicates_are_those_of_edit_distance_1(frequent, rare):
    counts = Counter(rare) + Counter({word: 20 + 25 * i for i, word in enumerate(frequent)})
    near = {
        word
        for word in counts
        for other in counts
        if 4 <= min(len(word), len(other))
        and counts[other] >= 20 * counts[word]
        and is_near(word, other)
    }
    rows = found(list(counts.elements()), "near-duplicates")
    total = rows.get("near a frequent value", (0, []))[0]
    assert total == sum(counts[word] for word in near)


def is_near(one, other):
    """Return whether two different words are one symbol apart."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    long, short = sorted([one, other], key=len, reverse=True)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def test_near_duplicates_of_too_many_characters_are_not_looked_for(monkeypatch):
    column = ["Mehmet"] * 20 + ["Mehmt", "Ahmet", "Mehme"]
    monkeypatch.setattr(_profile_spellings, "MOST_CHARACTERS", 15)
    assert found(column, "near-duplicates")["near a frequent value"][0] == 2
    monkeypatch.setattr(_profile_spellings, "MOST_CHARACTERS", 14)
    frame = profile(column)
    assert frame.iloc[-1].tolist() == ["near-duplicates", "not looked for: too many", 0, 0.0, []]


def test_the_bundled_names():
    names = load_names().data
    frame = profile(names)
    shares = frame.set_index(["check", "value"])["share"]
    assert shares["missing", "nothing"] == shares["white space", "nothing"] == 0
    assert shares["character class", "letters only"] > 0.99
    assert shares["script", "Latin"] == shares["case", "lower"] == 1
