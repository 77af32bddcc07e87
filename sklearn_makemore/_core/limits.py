"""What a fit may take of the memory: one table, and everything at once."""

# SPDX-License-Identifier: BSD-3-Clause

LARGEST_TABLE_BYTES = 2**30
LARGEST_WORKING_BYTES = 2**32


def check_table_size(n_cells: int, n_symbols: int) -> None:
    """Refuse a float64 table of more than 1 GiB."""
    if n_cells * 8 > LARGEST_TABLE_BYTES:
        raise ValueError(
            f"A table over V={n_symbols} symbols would need {n_cells * 8 / 2**30:.3f} GiB, more "
            "than 1 GiB. Give alphabet= with fewer characters and handle_unknown='unknown', or use "
            "NGramCountLM, which keeps no such table."
        )


def check_working_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Refuse a fit that would take more than 4 GiB at once."""
    if n_bytes > LARGEST_WORKING_BYTES:
        raise ValueError(
            f"{what} would need about {n_bytes / 2**30:.1f} GiB of memory, more than 4 GiB. "
            f"{remedy}"
        )
