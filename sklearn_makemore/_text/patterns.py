"""Regular expressions over the symbols of a model, as deterministic automata.

They are read by the parser of Python's own ``re``, so that they mean what they mean there, ``\\w``
of any script included; the libraries that make automata of them (interegular, greenery) know
classes of ASCII alone. Positions of the expression become states (V. M. Glushkov, "The abstract
theory of automata", 1961), sets of positions those of the automaton.
"""

# SPDX-License-Identifier: BSD-3-Clause

import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_POSITIONS = 10_000
MOST_STATES = 2**16
MOST_STEPS = 2**21  # sets of positions that are put together: some seconds
DEAD = -1

Mask = NDArray[np.bool_]

CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}


class Refused(NamedTuple):
    """What no automaton here knows: its name, where it is in an expression, what to write."""

    name: str
    looks_like: str
    remedy: str


LOOK_AROUND = Refused(
    "look-around",
    r"\(\?<?[=!]",
    "say what the word is, with classes such as [^x], or filter the words",
)
BACK_REFERENCE = Refused(
    "a back-reference",
    r"\\(?![0-7]{3})[1-9]|\(\?P=",  # three octal digits are a character
    "write the alternatives out, such as aa|bb, or filter the words",
)
CONDITIONAL = Refused("a conditional group", r"\(\?\(", "write both alternatives out with |")
ATOMIC = Refused("an atomic group", r"\(\?>", "write (?:...) in place of (?>...)")
POSSESSIVE = Refused(
    "a possessive repeat", r"(?:[*+?]|\{(?:\d+,?\d*|,\d*)\})\+", "leave the second + out"
)
FLAGS = Refused(
    "flags", r"\(\?[aiLmsux-]+[:)]", "write the classes out, such as [aA] in place of (?i)a"
)
WORD_EDGE = Refused(r"\b", r"\\[bB]", "write what stands there: the whole word is matched")
ANCHOR = Refused("an anchor within", r"\^|\$|\\[AZ]", "leave it out: the whole word is matched")

REFUSED = {
    ops.ASSERT: LOOK_AROUND,
    ops.ASSERT_NOT: LOOK_AROUND,
    ops.FAILURE: LOOK_AROUND,
    ops.GROUPREF: BACK_REFERENCE,
    ops.GROUPREF_EXISTS: CONDITIONAL,
    ops.ATOMIC_GROUP: ATOMIC,
    ops.POSSESSIVE_REPEAT: POSSESSIVE,
}


class Transitions(NamedTuple):
    """A deterministic automaton over codes of symbols; state 0 is the first.

    Parameters
    ----------
    following : ndarray of shape (n_states, n_classes), int32
        The next state by the class of the symbol, -1 where there is none.
    class_of : ndarray of shape (n_symbols,), int64
        The class of each symbol; symbols of a class make no difference to each other.
    accepting : ndarray of shape (n_states,), bool
        Whether a word may end there.
    """

    following: NDArray[np.int32]
    class_of: NDArray[np.int64]
    accepting: Mask


def transitions_of(pattern: str, points: NDArray[np.int64]) -> Transitions:
    """Return the automaton of what ``re.fullmatch(pattern, word)`` matches.

    Parameters
    ----------
    pattern : str
        Anchors may stand at its ends.
    points : ndarray of shape (n_symbols,), int64
        The code point that each code stands for, -1 where no word has that code.

    Raises
    ------
    ValueError
        If the pattern is none, has what automata cannot say, or is too large: with the position
        and what to write.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sets that `re` may read otherwise one day
            tree = _parser.parse(pattern)
        if tree.state.flags & ~re.UNICODE.value:
            raise _refused(pattern, FLAGS)
        positions = _Positions(pattern, _masks_of(points))
        whole = positions.sequence(list(tree), at_start=True, at_end=True)
    except re.error as error:
        where = "" if error.pos is None else f" at position {error.pos}"
        raise ValueError(
            f"pattern={pattern!r:.80} is no regular expression: {error.msg}{where}. "
            "re.escape(text) makes one of a text."
        ) from None
    except (RecursionError, OverflowError):
        raise ValueError(f"pattern={pattern!r:.80} is nested too deeply, or too large.") from None
    return _determined(positions, whole)


def _refused(pattern: str, what: Refused, which: int = 0) -> ValueError:
    """Return the error for what a pattern has, with the place of the first such, or another."""
    skipped = r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?#[^)]*\)|."
    tokens = re.finditer(f"(?P<found>{what.looks_like})|{skipped}", pattern, re.DOTALL)
    places = [token.start() for token in tokens if token["found"]]
    return ValueError(
        f"pattern={pattern!r:.80} has {what.name} at position {places[which]}, which automata "
        f"cannot say: {what.remedy}."
    )


def _masks_of(points: NDArray[np.int64]) -> Callable[[Any, Any], Mask]:
    """Return what finds the symbols that an item of a parsed pattern matches."""
    known = points >= 0

    @cache
    def category(which: Any) -> Mask:
        matches = re.compile(CATEGORIES[which]).match
        return np.array([point >= 0 and bool(matches(chr(point))) for point in points.tolist()])

    def mask_of(op: Any, value: Any) -> Mask:
        if op is ops.LITERAL:
            return np.asarray(points == value)
        if op is ops.NOT_LITERAL:
            return np.asarray(known & (points != value))
        if op is ops.ANY:
            return np.asarray(known & (points != ord("\n")))
        if op is ops.RANGE:
            return np.asarray((points >= value[0]) & (points <= value[1]))
        if op is ops.CATEGORY:
            return category(value)
        (first, _), *rest = value
        negated = first is ops.NEGATE
        parts = [mask_of(*item) for item in (rest if negated else value)]
        union = np.logical_or.reduce(parts)
        return np.asarray(known & ~union if negated else union)

    return mask_of


class Fragment(NamedTuple):
    """A part of an expression: whether it matches nothing, and which positions begin and end it.

    Sets of positions are the bits of whole numbers.
    """

    nullable: bool
    first: int
    last: int


NOTHING = Fragment(True, 0, 0)


@dataclass
class _Positions:
    """The places of an expression that match a symbol each, and which may follow which.

    Position 0 stands before the word.
    """

    pattern: str
    mask_of: Callable[[Any, Any], Mask]
    masks: list[Mask] = field(default_factory=list)
    mask_numbers: dict[bytes, int] = field(default_factory=dict)
    mask_at: list[int] = field(default_factory=lambda: [-1])
    follow: list[int] = field(default_factory=lambda: [0])
    n_anchors: int = 0  # that have been met, from the last on

    def sequence(self, items: list[Any], *, at_start: bool, at_end: bool) -> Fragment:
        """Add the items of a sequence, from the last on, so that each is linked to few others."""
        result = NOTHING
        for place in range(len(items) - 1, -1, -1):
            op, value = items[place]
            begins, ends = at_start and place == 0, at_end and not result.first
            result = self._then(self._item(op, value, begins, ends), result)
        return result

    def _item(self, op: Any, value: Any, at_start: bool, at_end: bool) -> Fragment:
        if op in REFUSED:
            raise _refused(self.pattern, REFUSED[op])
        if op is ops.AT:
            return self._anchor(value, at_start, at_end)
        if op is ops.BRANCH:
            branches = (
                self.sequence(list(branch), at_start=at_start, at_end=at_end)
                for branch in reversed(value[1])
            )
            return _either(list(branches))
        if op is ops.SUBPATTERN:
            _, added, removed, inner = value
            if added or removed:
                raise _refused(self.pattern, FLAGS)
            return self.sequence(list(inner), at_start=at_start, at_end=at_end)
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            return self._repeat(*value)
        return self._position(self.mask_of(op, value if op is not ops.IN else list(value)))

    def _anchor(self, which: Any, at_start: bool, at_end: bool) -> Fragment:
        if which in (ops.AT_BOUNDARY, ops.AT_NON_BOUNDARY):
            raise _refused(self.pattern, WORD_EDGE)
        self.n_anchors += 1
        is_start = which in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING)
        if not (at_start if is_start else at_end):
            raise _refused(self.pattern, ANCHOR, -self.n_anchors)
        return NOTHING

    def _position(self, mask: Mask) -> Fragment:
        if len(self.follow) > MOST_POSITIONS:
            raise ValueError(
                f"pattern={self.pattern!r:.80} matches more than {MOST_POSITIONS} symbols one by "
                "one: give smaller repeats, or say lengths with min_length= and max_length=."
            )
        number = self.mask_numbers.setdefault(mask.tobytes(), len(self.masks))
        if number == len(self.masks):
            self.masks.append(mask)
        self.mask_at.append(number)
        self.follow.append(0)
        bit = 1 << (len(self.follow) - 1)
        return Fragment(False, bit, bit)

    def _repeat(self, least: int, most: Any, inner: Any) -> Fragment:
        items = list(inner)
        copies: Iterator[Fragment] = (
            self.sequence(items, at_start=False, at_end=False) for _ in itertools.count()
        )
        one = next(copies)
        if not one.first:  # nothing, however often
            return NOTHING
        copies, result = itertools.chain([one], copies), NOTHING
        if most is ops.MAXREPEAT:
            again = next(copies)
            for position in _bits(again.last):
                self.follow[position] |= again.first
            result = again._replace(nullable=True)
        else:
            # x(x(x)?)? rather than x?x?x?: then each x is followed by the next alone.
            for _ in range(int(most) - int(least)):
                result = self._then(next(copies), result)._replace(nullable=True)
        for _ in range(int(least)):
            result = self._then(next(copies), result)
        return result

    def _then(self, one: Fragment, other: Fragment) -> Fragment:
        for position in _bits(one.last):
            self.follow[position] |= other.first
        return Fragment(
            one.nullable and other.nullable,
            one.first | (other.first if one.nullable else 0),
            other.last | (one.last if other.nullable else 0),
        )


def _either(branches: list[Fragment]) -> Fragment:
    nullable, first, last = False, 0, 0
    for branch in branches:
        nullable, first, last = nullable or branch[0], first | branch[1], last | branch[2]
    return Fragment(nullable, first, last)


def _bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits of a number that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _determined(positions: _Positions, whole: Fragment) -> Transitions:
    """Return the automaton whose states are the sets of positions that may have matched last."""
    follow, masks = positions.follow, positions.masks
    follow[0] = whole.first
    last = whole.last | (1 if whole.nullable else 0)
    n_symbols = len(positions.mask_of(ops.ANY, None))
    columns = np.array(masks).T if masks else np.zeros((n_symbols, 0), bool)
    kinds, class_of = np.unique(columns, axis=0, return_inverse=True)
    of_mask = [0] * len(masks)
    for position, mask in enumerate(positions.mask_at):
        if mask >= 0:
            of_mask[mask] |= 1 << position
    matched_by = [_union(of_mask[mask] for mask in np.flatnonzero(kind)) for kind in kinds]

    numbers, states, rows, n_steps = {1: 0}, [1], [], 0
    for state in states:  # which grows meanwhile
        after = _union(follow[position] for position in _bits(state))
        row = []
        for matching in matched_by:
            reached = after & matching
            if reached and reached not in numbers:
                numbers[reached] = len(states)
                states.append(reached)
            row.append(numbers[reached] if reached else DEAD)
        rows.append(row)
        n_steps += state.bit_count() + len(kinds)
        if len(states) > MOST_STATES or n_steps > MOST_STEPS:
            raise ValueError(
                f"pattern={positions.pattern!r:.80} needs more than {len(rows)} states as an "
                "automaton, more than are worth their time: give smaller repeats."
            )
    accepting = np.array([bool(state & last) for state in states])
    return Transitions(np.array(rows, np.int32).reshape(len(states), -1), class_of, accepting)


def _union(sets: Iterable[int]) -> int:
    result = 0
    for each in sets:
        result |= each
    return result
