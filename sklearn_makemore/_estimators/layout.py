"""What fitted attributes that come from a file must look like."""

# SPDX-License-Identifier: BSD-3-Clause

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGEST_WEIGHT = 1e6  # of a network in float32, so that products stay in range
ROUNDING = 1e-6  # how far from 1 probabilities may sum to


class ArrayLayout(NamedTuple):
    """Shape (None: any length from 1), dtype, and whether every element is finite."""

    shape: tuple[int | None, ...]
    dtype: str = "float64"
    finite: bool = True

    def fits(self, value: Any) -> bool:
        """Tell whether `value` is an array of this shape and dtype, whatever its elements."""
        return (
            isinstance(value, np.ndarray)
            and value.dtype == self.dtype
            and value.ndim == len(self.shape)
            and all(
                n >= 1 if wanted is None else n == wanted
                for n, wanted in zip(value.shape, self.shape, strict=True)
            )
        )

    def __str__(self) -> str:
        lengths = ", ".join("n" if n is None else str(n) for n in self.shape)
        return f"an array of shape ({lengths}) and dtype {self.dtype}"


def check_layout(attributes: Mapping[str, Any], layout: Mapping[str, Any]) -> None:
    """Hold attributes to a layout; an empty one asks nothing.

    Raises
    ------
    TypeError
        If an entry of the layout is of no known form.
    ValueError
        Naming the attribute that is missing, not asked for, or not as asked.
    """
    if not layout:
        return
    if attributes.keys() != layout.keys():
        missing, surplus = layout.keys() - attributes.keys(), attributes.keys() - layout.keys()
        raise ValueError(f"attributes missing: {sorted(missing)}, not known: {sorted(surplus)}")
    for name, value, wanted in _pairs(attributes, layout):
        if not isinstance(wanted, (ArrayLayout, type)):
            raise TypeError(
                f"_layout has {wanted!r} for {name}: it must be an ArrayLayout, a type, or a list "
                "of these"
            )
        fits = wanted.fits(value) if isinstance(wanted, ArrayLayout) else type(value) is wanted
        if not fits:
            what = wanted if isinstance(wanted, ArrayLayout) else f"of type {wanted.__name__}"
            raise ValueError(f"{name} is not {what}")


def check_finite(attributes: Mapping[str, Any], layout: Mapping[str, Any]) -> None:
    """Refuse arrays and floats that are not finite, where their layout says that they are."""
    for name, value, wanted in _pairs(attributes, layout):
        finite = wanted.finite if isinstance(wanted, ArrayLayout) else wanted is float
        if finite and not _all_finite(value):
            raise ValueError(f"{name} is not finite")
        if isinstance(wanted, ArrayLayout) and wanted.dtype == "float32":
            if (np.abs(value) > LARGEST_WEIGHT).any():
                raise ValueError(
                    f"{name} has numbers above {LARGEST_WEIGHT:g}, too large to score: fit with a "
                    "lower learning_rate"
                )


def check_sums(sums: NDArray[np.float64]) -> None:
    """Refuse sums of probabilities that are not 1."""
    if not (abs(sums - 1) <= ROUNDING).all():
        raise ValueError("probabilities do not sum to 1")


def check_distributions(probabilities: NDArray[np.float64]) -> None:
    """Refuse rows that are not distributions."""
    if (probabilities < 0).any():
        raise ValueError("a probability is negative")
    check_sums(probabilities.sum(axis=-1))


def _all_finite(value: float | NDArray[np.floating[Any]]) -> bool:
    return bool(np.isfinite(value).all())


def _pairs(
    attributes: Mapping[str, Any], layout: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, value, layout), a list element by element."""
    for name, wanted in layout.items():
        value = attributes[name]
        if not isinstance(wanted, list):
            yield name, value, wanted
        elif isinstance(value, list) and len(value) == len(wanted):
            for i, (part, wanted_of_part) in enumerate(zip(value, wanted, strict=True)):
                yield f"{name}[{i}]", part, wanted_of_part
        else:
            raise ValueError(f"{name} is not a list of {len(wanted)}")
