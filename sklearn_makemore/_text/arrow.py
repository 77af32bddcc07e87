"""Words in Arrow buffers, read without making Python strings."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_makemore._text.coded_words import narrowest_dtype
from sklearn_makemore._text.flat_text import (
    FlatText,
    NotASymbol,
    SymbolIds,
    SymbolTable,
    WordColumn,
    code_points_of,
    slots_for,
    with_slots,
)

STRING_TYPES = ("string", "large_string", "string_view")
LIST_TYPES = ("list<", "large_list<", "list_view<", "large_list_view<", "fixed_size_list<")


class ArrowColumn(WordColumn):
    """Words held in Arrow buffers.

    Parameters
    ----------
    array : pyarrow.Array, pyarrow.ChunkedArray or polars.Series
        Whatever slices cheaply into something that ``to_arrow`` turns into Arrow.
    to_arrow : callable
        Turns a slice of `array` into a pyarrow Array or ChunkedArray.
    name : str
        What errors call the container.
    index : pandas.Index or None
        Labels of the rows where the caller's container has them.
    """

    def __init__(
        self, array: Any, to_arrow: Callable[[Any], Any], name: str, index: Any = None
    ) -> None:
        super().__init__(name, index)
        self._array = array
        self._to_arrow = to_arrow

    def __len__(self) -> int:
        return len(self._array)

    @property
    def holds_lists(self) -> bool:
        return str(self._to_arrow(self._array.slice(0, 0)).type).startswith(LIST_TYPES)

    def read(self, start: int, stop: int) -> FlatText:
        piece = self._to_arrow(self._array.slice(start, stop - start))
        of_dictionary = getattr(piece.type, "value_type", None)
        is_dictionary = str(piece.type).startswith("dictionary<")
        kind = str(of_dictionary if is_dictionary else piece.type)
        if kind not in STRING_TYPES or piece.null_count:
            return self.flat_text(piece.to_pylist(), start)
        if is_dictionary or kind == "string_view":
            piece = piece.cast("large_string")
        if hasattr(piece, "combine_chunks"):
            piece = piece.combine_chunks()
        if piece.null_count:  # a dictionary may hold nulls among its values
            return self.flat_text(piece.to_pylist(), start)
        return self._text_of_buffers(piece, start)

    def _text_of_buffers(self, array: Any, start: int) -> FlatText:
        """Return the text of a pyarrow array of type string or large_string without nulls."""
        _, offset_buffer, data_buffer = array.buffers()
        dtype = np.int64 if str(array.type) == "large_string" else np.int32
        n_words = len(array)
        ends = np.zeros(n_words + 1, np.int64)
        if n_words:  # without words there may be no buffers
            ends[:] = np.frombuffer(offset_buffer, dtype)[array.offset : array.offset + n_words + 1]
        utf8 = np.frombuffer(data_buffer or b"", np.uint8)[ends[0] : ends[-1]]
        ends -= ends[0]
        characters: SymbolIds = utf8
        if utf8.max(initial=0) >= 0x80:
            characters = self._decode(utf8, ends, start)
            ends = _per_character(utf8, ends)
        offsets = slots_for(np.diff(ends))
        return FlatText(with_slots(characters, offsets), offsets, range(start, start + n_words))

    def read_lists(self, start: int, stop: int, table: SymbolTable) -> FlatText:
        piece = self._to_arrow(self._array.slice(start, stop - start))
        if hasattr(piece, "combine_chunks"):
            piece = piece.combine_chunks()
        if not str(piece.type).startswith(LIST_TYPES) or piece.null_count:
            return self.flat_lists(piece.to_pylist(), start, table)
        symbols = piece.flatten()
        if str(symbols.type) == "string_view":
            symbols = symbols.cast("large_string")
        if str(symbols.type) in STRING_TYPES:
            symbols = symbols.dictionary_encode()
        is_dictionary = str(symbols.type).startswith("dictionary<")
        if not is_dictionary or symbols.null_count or symbols.dictionary.null_count:
            return self.flat_lists(piece.to_pylist(), start, table)
        indices, n = np.asarray(symbols.indices), len(symbols.dictionary)
        is_used = np.zeros(n, bool)  # a dictionary may hold what no word does
        is_used[indices] = True
        used = np.flatnonzero(is_used)
        id_of = np.zeros(n, narrowest_dtype(len(table) + n))
        try:
            id_of[used] = [table[symbol] for symbol in symbols.dictionary.take(used).to_pylist()]
        except NotASymbol:
            return self.flat_lists(piece.to_pylist(), start, table)
        lengths = np.asarray(piece.value_lengths(), np.int64)
        return FlatText.of_symbols(id_of[indices], lengths, start, table)

    def _decode(self, utf8: NDArray[np.uint8], ends: NDArray[np.int64], start: int) -> SymbolIds:
        """Return the code points of UTF-8 bytes, no character of which spans two words."""
        begins = ends[:-1][ends[1:] > ends[:-1]]
        cut = begins[(utf8[begins] & 0xC0) == 0x80]
        try:
            if not len(cut):
                return code_points_of(utf8.tobytes().decode())
            place = int(cut[0])
        except UnicodeDecodeError as error:
            place = error.start
        word = start + int(np.searchsorted(ends, place, side="right")) - 1
        raise ValueError(f"{self.name} is not valid UTF-8 in the word at position {word}.")


def _per_character(utf8: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn byte offsets into UTF-8 data into character offsets."""
    begins = np.zeros(len(utf8) + 1, np.int64)
    np.cumsum((utf8 & 0xC0) != 0x80, out=begins[1:])
    return begins[offsets]
