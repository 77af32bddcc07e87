"""Errors in draws, samples, searches, splits and scores."""

from tests.mutants.mutants import mutants_of

DRAWS = mutants_of(
    "_core/draws.py",
    "tests/core/test_draws.py",
    (
        "symbols that are banned are drawn",
        "        logits[:, list(banned)] = -np.inf\n",
        "",
    ),
    ("the temperature multiplies", "logits /= self.temperature", "logits *= self.temperature"),
    (
        "a temperature of 0 leaves all symbols",
        "logits[logits < 0] = -np.inf",
        "logits[logits < -np.inf] = -np.inf",
    ),
    ("top_k keeps one symbol more", "order[:, self.top_k :]", "order[:, self.top_k + 1 :]"),
    (
        "top_k keeps the higher codes of equals",
        'np.argsort(-logits, axis=1, kind="stable")',
        'np.argsort(logits, axis=1, kind="stable")[:, ::-1]',
    ),
    (
        "top_p looks at probabilities without the temperature",
        "np.cumsum(descending, axis=1) - descending >= self.top_p",
        "(p := np.take_along_axis(_normalise(np.exp(log_probs)), order, 1)).cumsum(1) - p "
        ">= self.top_p",
    ),
    (
        "top_p keeps one symbol more where the sum is just reached",
        "- descending >= self.top_p",
        "- descending > self.top_p",
    ),
    (
        "top_p leaves out the symbol that reaches the sum",
        "reached = np.cumsum(descending, axis=1) - descending >= self.top_p",
        "reached = np.cumsum(descending, axis=1) > self.top_p",
    ),
    (
        "what is left after top_p is not scaled",
        "            probabilities = _normalise(probabilities)\n",
        "",
    ),
    (
        "the distributions that were given are changed",
        "logits = log_probs.copy()",
        "logits = log_probs",
    ),
    ("cumulative sums are not scaled", "return np.asarray(cdf / totals)", "return cdf"),
    (
        "cumulative sums run down the columns",
        "cdf = np.cumsum(probabilities, axis=1)",
        "cdf = np.cumsum(probabilities, axis=0)",
    ),
    (
        "a symbol of probability 0 is drawn by the number 0",
        "    places += flat[places] <= u\n",
        "    places += flat[places] < u\n",
    ),
    ("the seed is unused", "_mix(np.uint64(seed) + (", "_mix(("),
    ("the first candidate has the stream of the seed itself", "(candidates + 1)", "candidates"),
    ("numbers do not depend on the step", "np.array([step + 1], np.uint64)",
     "np.array([1], np.uint64)"),
    (
        "the distribution of one table is used for the next one",
        "if known[0] is table and known[1] == how:",
        "if known[0] is not None:",
    ),
)  # fmt: skip

SAMPLING = mutants_of(
    "_core/sampling.py",
    "tests/core/test_sampling.py",
    ("candidates depend on the batch", "rows, first + alive, step)", "rows, alive, step)"),
    (
        "an end shifts the draws of the words after it",
        "rows, first + alive, step)",
        "rows, first + np.arange(len(alive)), step)",
    ),
    (
        "the unknown symbol is drawn",
        "            banned.append(self.unknown_code)\n",
        "            pass\n",
    ),
    ("words are one symbol longer than they must be", "+ step < self.min_length",
     "+ step <= self.min_length"),
    ("no word has the greatest length", "self.max_length - len(self.prefix) + 1",
     "self.max_length - len(self.prefix)"),
    ("only the last symbol of a prefix is read", "for code in to_read[:-1]:",
     "for code in to_read[:0]:"),
    (
        "the distribution without an end is used where an end may come",
        "self._restricted.of(log_probs, too_short, ",
        "self._restricted.of(log_probs, None, ",
    ),
    (
        "dead ends are said to be too long",
        "outcome[alive[codes == self.model.n_symbols]] = DEAD_END",
        "outcome[alive[codes == self.model.n_symbols]] = TOO_LONG",
    ),
    (
        "the states of words that ended are kept in place of others",
        "state = self.model.select(state, going_on)",
        "state = self.model.select(state, np.arange(going_on.sum()))",
    ),
)  # fmt: skip

ENUMERATION = mutants_of(
    "_core/enumeration.py",
    "tests/core/test_enumeration.py",
    (
        "the cost of a beginning is forgotten",
        "costs = costs[ways.places] - ways.log_probs",
        "costs = -ways.log_probs",
    ),
    (
        "the cost of a prefix is forgotten",
        "        cost -= float(log_probs[rows[0], prefix[place]])\n",
        "",
    ),
    (
        "the unknown symbol is in words",
        "            possible[:, self._condition.unknown_code] = False\n",
        "            pass\n",
    ),
    (
        "words are one symbol longer than they may be",
        "if codes.shape[1] == self.max_rest or",
        "if codes.shape[1] > self.max_rest or",
    ),
    ("words between two bounds come twice", "(costs > self.floor) & ", ""),
    (
        "of equals the one with the higher code comes first",
        "for _, word in sorted(words)]",
        "for _, word in sorted(words, reverse=True)]",
    ),
    (
        "beginnings are dropped whose likeliest end is within the bound",
        "reaches <= self.bound + ROUNDING)\n",
        "reaches <= self.bound - 0.1)\n",
    ),
    (
        "a language seems to end where others begin",
        "self.is_all = not (",
        "self.is_all = (True or ",
    ),
    (
        "what the automaton refuses is followed",
        "alive = np.flatnonzero(after != DEAD)",
        "alive = np.arange(len(after))",
    ),
)

SPLITTING = mutants_of(
    "_core/splitting.py",
    "tests/core/test_splitting.py",
    (
        "repeats of a word that is held out are trained on",
        "np.isin(number, candidates[permutation(n)[:n_held_out]])",
        "np.isin(np.arange(words.n_words), candidates[permutation(n)[:n_held_out]])",
    ),
    ("no word may be held out", "min(max(1, round(fraction * n)), n - 1)",
     "min(round(fraction * n), n - 1)"),
    ("no word may be kept", "min(max(1, round(fraction * n)), n - 1)",
     "max(1, round(fraction * n))"),
    (
        "words that begin with the unknown symbol are held out",
        "if begin_known and words.unknown_code is not None:",
        "if False:",
    ),
    ("one word is split", "    if n < 2:\n", "    if n < 1:\n"),
)  # fmt: skip

SCORING = mutants_of(
    "_core/scoring.py",
    "tests/core/test_scoring.py",
    (
        "the end of a word is no symbol of it",
        "n_symbols = words.predictions_per_word.astype(np.float64)",
        "n_symbols = words.predictions_per_word.astype(np.float64) - 1",
    ),
    ("the highest symbol is said to be the lowest", "np.minimum.reduceat", "np.maximum.reduceat"),
    (
        "an unknown symbol is counted in the word before it",
        "(words.targets == words.unknown_code)",
        "(np.roll(words.targets, -1) == words.unknown_code)",
    ),
)

WORD_SUMS = mutants_of(
    "_core/word_sums.py",
    "tests/core/test_word_sums.py",
    ("whether a word ends is certain", "of_symbols + entr(equations.ends)", "of_symbols"),
    (
        "the shortest word has a symbol",
        "np.arange(len(self.of_lengths)))",
        "np.arange(1, 1 + len(self.of_lengths)))",
    ),
    (
        "some of what goes on is lost",
        "steps[here].T @ reached[here]",
        "steps[here].T @ (reached[here] * 0.999)",
    ),
)

MUTANTS = [*DRAWS, *SAMPLING, *ENUMERATION, *SPLITTING, *SCORING, *WORD_SUMS]
