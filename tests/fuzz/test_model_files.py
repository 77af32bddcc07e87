"""Model files with every part of them changed, and the checksum made right again."""

import copy
import struct

import torch  # noqa: F401  loaded once, not in the time of the first input
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.model_bytes import rebuilt, valid_files
from tests.fuzz.properties import check_model_file
from tests.io.model_files import parts

FILES = valid_files()
TAGS = ["array", "estimator", "float", "tuple", "set", "dict", "O", "U", "code_points", "device"]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([{"float": "nan"}, {"float": "inf"}, {"float": "-inf"}])
    | st.sampled_from([0, -1, 2**31, 2**63, 10**12, 10**400, 1e308, "F64", "U64", "BOOL", "BF16"])
    | st.sampled_from(["a", "", "nan", "auto", "cuda", "meta", "error", "unknown", "drop", "em"])
    | st.sampled_from(["BigramCountLM", "MLPCharLM", "MixtureLM", "CharLMClassifier", "BaseCharLM"])
)  # fmt: skip


def or_collections_of(values):
    keys = st.sampled_from(TAGS) | st.text(max_size=3)
    return values | st.lists(values, max_size=3) | st.dictionaries(keys, values, max_size=2)


JSON = or_collections_of(or_collections_of(SCALARS))
NUMBERS = st.sampled_from(
    [
        struct.pack("<d", value) for value in (0, -1, 1, 1e-320, 1e308, -1e308, 0.999)
    ] + [
        struct.pack("<d", float(value)) for value in ("nan", "inf", "-inf")
    ] + [
        struct.pack("<f", float(value)) for value in ("nan", "inf", "-inf", "3e38", "-3e38", "0")
    ] + [
        struct.pack("<q", value) for value in (-1, 0, 1, 2**40, -(2**63), 2**63 - 1)
    ]
) | st.binary(min_size=1, max_size=8)  # fmt: skip


def alter(draw, tree):
    """Replace, remove or add one value somewhere in a tree of JSON.

    What is drawn is copied: hypothesis draws some objects again, and another change may be in them.
    """
    place, key = {"": tree}, ""
    while isinstance(place[key], (dict, list)) and place[key] and draw(st.integers(0, 6)):
        place = place[key]
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = draw(st.sampled_from(keys))
    how = draw(st.sampled_from(["replace", "replace", "remove", "add", "swap"]))
    if how == "remove" and key != "":
        del place[key]
    elif how == "add" and isinstance(place[key], dict):
        place[key][draw(st.sampled_from(TAGS) | st.text(max_size=5))] = copy.deepcopy(draw(JSON))
    elif how == "add" and isinstance(place[key], list):
        place[key].append(copy.deepcopy(draw(JSON)))
    elif how == "swap" and isinstance(place, dict):
        other = draw(st.sampled_from(list(place)))
        place[key], place[other] = place[other], place[key]
    else:
        place[key] = copy.deepcopy(draw(JSON))


@given(data=st.data())
def test_a_changed_header_loads_or_is_refused_by_name(data):
    outer, header, arrays = parts(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    trees = [outer, header, header["estimator"]]
    for _ in range(data.draw(st.integers(1, 2))):
        alter(data.draw, data.draw(st.sampled_from(trees)))
    check_model_file(rebuilt(outer, header, arrays))


@given(data=st.data())
def test_changed_numbers_load_or_are_refused_by_name(data):
    outer, header, arrays = parts(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    changed = bytearray(arrays)
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(NUMBERS)
        place = data.draw(st.integers(0, len(arrays) // 4 - 2)) * 4
        changed[place : place + len(number)] = number
    check_model_file(rebuilt(outer, header, bytes(changed[: len(arrays)])))


@given(data=st.data())
def test_arrays_of_other_shapes_and_sizes_are_refused_by_name(data):
    outer, header, arrays = parts(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    name = data.draw(st.sampled_from(sorted(set(outer) - {"__metadata__"})))
    entry = outer[name]
    entry["shape"] = data.draw(
        st.lists(st.sampled_from([0, 1, 2, 3, 10**6, 10**12, 2**63, -1]), max_size=4)
        | st.permutations(entry["shape"])
        | st.just([*entry["shape"], 1])
    )
    if data.draw(st.booleans()):
        entry["dtype"] = data.draw(st.sampled_from(["F64", "F32", "F16", "I64", "U8", "BOOL"]))
    if data.draw(st.booleans()):
        entry["data_offsets"][1] += data.draw(st.sampled_from([-8, 8, 8 * 10**12, 2**62]))
    check_model_file(rebuilt(outer, header, arrays))


@given(data=st.data())
def test_damaged_bytes_are_refused_by_name(data):
    original = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(original) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    check_model_file(bytes(damaged[: data.draw(st.integers(0, len(original)))]))
