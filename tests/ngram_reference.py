"""N-gram models written as the papers have them: dictionaries, fractions, recursion."""

import functools
from collections import Counter
from fractions import Fraction

START, END = "<s>", "</s>"


class ReferenceNGrams:
    """Probabilities of next symbols, exact.

    `smoothing` is "kneser_ney", "witten_bell" or a number; `symbols` are the characters and END;
    `weights` are fractions; `fewest` are the counts from which n-grams of 1, 2, ... are kept.
    """

    def __init__(self, words, order, smoothing, symbols, weights=None, fewest=(0,)):
        self.order, self.smoothing, self.symbols = order, smoothing, symbols
        self.fewest = fewest
        self.raw = Counter()
        for word, weight in zip(words, weights or [1] * len(words), strict=True):
            sequence = [START, *word, END]
            for stop in range(2, len(sequence) + 1):
                for length in range(1, min(order, stop) + 1):
                    self.raw[tuple(sequence[stop - length : stop])] += weight
        self.counts = Counter(self.raw)
        if smoothing == "kneser_ney":
            before = Counter(gram[1:] for gram in self.raw)
            self.counts = Counter(
                {
                    g: c if len(g) == order or g[0] == START else before[g]
                    for g, c in self.raw.items()
                }
            )
            self.discounts = [self.discounts_of(length) for length in range(1, order + 1)]
        self.after = {}
        for gram, count in self.counts.items():
            self.after.setdefault(gram[:-1], {})[gram[-1]] = count
        self.interpolated = functools.cache(self.interpolated)

    def rank(self, symbol):
        """Sort symbols as lmplz does, the commonest standing for those that occur first."""
        if symbol in (START, END):
            return ()
        return -self.counts[symbol,], -self.raw[symbol,], symbol

    def discounts_of(self, length):
        n = Counter()
        for gram, count in self.counts.items():
            if len(gram) == length:
                n.update(whole_numbers_near(count))
        last = ()
        for size in range(1, length + 1):
            longer = [g for g in self.counts if len(g) == size and g[1:] == last]
            if not longer or length == self.order:
                break
            last = max(longer, key=lambda g: self.rank(g[0]) if size > 1 or g[0] != END else ())
            if size == length:
                n.subtract(whole_numbers_near(self.counts[last]))
        if not (n[1] and n[2] and n[3]):
            return Fraction(1, 2), Fraction(1), Fraction(3, 2)
        y = Fraction(n[1], n[1] + 2 * n[2])
        discounts = tuple(k - (k + 1) * y * Fraction(n[k + 1], n[k]) for k in (1, 2, 3))
        if any(not 0 < d <= k for k, d in enumerate(discounts, 1)):
            return Fraction(1, 2), Fraction(1), Fraction(3, 2)
        return discounts

    def proba(self, prefix, symbol):
        context = tuple([START, *prefix][-(self.order - 1) :]) if self.order > 1 else ()
        if isinstance(self.smoothing, str):
            return self.interpolated(context, symbol)
        after = self.after.get(context, {})
        smoothing = Fraction(self.smoothing)
        total = sum(after.values()) + smoothing * len(self.symbols)
        if total == 0:
            return Fraction(1, len(self.symbols))
        return (after.get(symbol, 0) + smoothing) / total

    def interpolated(self, context, symbol):
        after = self.after.get(context, {})
        lower = (
            self.interpolated(context[1:], symbol) if context else Fraction(1, len(self.symbols))
        )
        if not after:
            return lower
        if self.smoothing == "witten_bell":
            mass, reserve = dict(after), len(after)
        else:
            of_count = (0, *self.discounts[len(context)])
            taken = {s: discount(count, of_count) for s, count in after.items()}
            mass = {s: count - taken[s] for s, count in after.items()}
            reserve = sum(taken.values())
        total = sum(mass.values()) + reserve
        for s in [s for s in mass if self.is_rare((*context, s))]:
            reserve += mass.pop(s)
        return Fraction(mass.get(symbol, 0) + reserve * lower) / total

    def is_rare(self, gram):
        at = min(len(gram), len(self.fewest)) - 1
        return len(gram) > 1 and self.raw[gram] < self.fewest[at]


def whole_numbers_near(count):
    """Return the two whole numbers around a count, by how near it is: it is their mean."""
    below = count // 1
    return Counter({below: below + 1 - count, below + 1: count - below})


def discount(count, of_count):
    """Return the mean of the discounts of the whole numbers around a count."""
    return sum(p * of_count[min(c, 3)] for c, p in whole_numbers_near(count).items())
