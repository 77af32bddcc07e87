"""Errors in tables of contexts, and in the models and estimators made of them."""

from tests.mutants.mutants import mutants_of

TABLES = [
    *mutants_of(
        "_core/context_table.py",
        "tests/core/test_context_table.py",
        (
            "the columns of keys are in another order",
            "return [*words.context_columns(packing.length - 1), words.targets]",
            "return [words.targets, *words.context_columns(packing.length - 1)]",
        ),
        (
            "a table is padded behind its symbols",
            "np.pad(self.windows, ((0, 0), (missing, 0)), constant_values=BOUNDARY)",
            "np.pad(self.windows, ((0, 0), (0, missing)), constant_values=BOUNDARY)",
        ),
        (
            "the oldest symbols are kept",
            "self.windows[:, -missing:].T",
            "self.windows[:, :missing].T",
        ),
        ("symbols that become one stay apart", "if (codes[1:] > codes[:-1]).all():", "if True:"),
        (
            "tables are cut to the longest that cannot be longer",
            "min(limits) if limits",
            "max(limits) if limits",
        ),
        (
            "weights of words count in the first piece alone",
            "None if weights is None else weights[part], len(cells))",
            "None if weights is None else weights[: len(keys)], len(cells))",
        ),
    ),
    *mutants_of(
        "_core/window_keys.py",
        "tests/core/test_context_table.py",
        (
            "keys lose the last digit of each part",
            "min(start + n_digits, self.length)",
            "min(start + n_digits, self.length - 1)",
        ),
        ("keys lose their first digit", "slice(start, min(", "slice(start + (start > 0), min("),
        (
            "counts that are merged are not put in order with their keys",
            "np.concatenate([run.counts for run in parts])[order])",
            "np.concatenate([run.counts for run in parts]))",
        ),
        (
            "counts of equal windows are not added",
            "np.diff(starts, append=len(begins)).astype(np.float64))",
            "np.ones(len(starts)))",
        ),
        (
            "weights do not follow the order of their keys",
            "None if weights is None else weights[order])",
            "weights)",
        ),
    ),
]

SMOOTHING = [
    *mutants_of(
        "_core/ngram_smoothing.py",
        "tests/core/test_ngram.py",
        (
            "the discount of 2 is taken of 1 too",
            "np.array(FALLBACK_DISCOUNTS)",
            "np.array(FALLBACK_DISCOUNTS)[[1, 1, 2]]",
        ),
        (
            "counts of 4 are not looked at",
            "counts < LARGEST_DISCOUNT_OF + 2]",
            "counts < LARGEST_DISCOUNT_OF + 1]",
        ),
    ),
    *mutants_of(
        "_core/ngram_smoothing.py",
        "tests/estimators/test_ngram_count.py",
        (
            "the discount of 2 is that of 3 too",
            "LARGEST_DISCOUNT_OF = 3 ",
            "LARGEST_DISCOUNT_OF = 2 ",
        ),
        (
            "what shorter contexts say is not added",
            "            proba[level] += backoff[contexts] * lower\n",
            "",
        ),
        (
            "the mass of n-grams that are left out is lost",
            "mass=self.mass - pruned, reserve=reserve)",
            "mass=self.mass - pruned)",
        ),
        (
            "what begins a word is counted by what stands before it",
            "np.where(begins[level], counts[level], n_before)",
            "n_before",
        ),
    ),
    *mutants_of(
        "_core/ngram_trie.py",
        "tests/estimators/test_ngram_count.py",
        (
            "n-grams that are just frequent enough are left out",
            "enough = counts[level] >= thresholds",
            "enough = counts[level] > thresholds",
        ),
    ),
]

BIGRAMS = mutants_of(
    "_core/bigram.py",
    "tests/core/test_bigram.py",
    (
        "columns are divided instead of rows",
        "smoothed.sum(axis=1, keepdims=True)",
        "smoothed.sum(axis=1)",
    ),
    (
        "the unknown symbol has a share of rows without counts",
        "smoothed[largest[:, 0] == 0, :unknown_code] = 1.0",
        "smoothed[largest[:, 0] == 0] = 1.0",
    ),
)

MIXTURES = mutants_of(
    "_core/mixture.py",
    "tests/core/test_mixture.py",
    (
        "the mean is that of the logarithms",
        "np.asarray(logsumexp(weighted, axis=0))",
        "sum(w * p for w, p in zip(np.exp(self._log_weights), log_probs, strict=True))",
    ),
    ("weights are found in one step", "        if converged:\n", "        if True:\n"),
    (
        "sums of counts overflow",
        "counts[possible] / counts[possible].max()",
        "counts[possible] + 0.0",
    ),
) + mutants_of(
    "_core/mixture.py",
    "tests/core/test_models.py",
    (
        "every model has the state of the first",
        "for _, _, own in steps)",
        "for own in [steps[0][2]] * len(steps))",
    ),
)

MODELS = mutants_of(
    "_core/models.py",
    "tests/core/test_models.py",
    (
        "distributions stand where the situations came",
        "result[at - done] = log_probs[rows]",
        "result[at - done] = np.sort(log_probs[rows], axis=0)",
    ),
    (
        "the situations of a piece are numbered in another order",
        "yield self.context_log_probs(rows_of(here, representatives))[group]",
        "yield self.context_log_probs(rows_of(here, representatives))[np.sort(group)]",
    ),
    ("windows keep their oldest symbol", "group, windows[:, 1:]", "group, windows[:, :-1]"),
    (
        "words are told apart by the end of others",
        "result[active[finished]] = log_probs[rows[finished]]",
        "result[active[finished]] = log_probs[rows[: finished.sum()]]",
    ),
)

ESTIMATORS = [
    *mutants_of(
        "_estimators/counting.py",
        "tests/estimators/test_bigram_count.py",
        (
            "chunks take the place of those before",
            "(*before, table), total)",
            "(table,), total)",
        ),
        ("sums that overflow are taken", "if not np.isfinite(total):", "if False:"),
    ),
    *mutants_of(
        "_estimators/counting.py",
        "tests/estimators/test_word_counts.py",
        (
            "chunks are estimated by the parameters of now",
            "pending.estimator._estimate(",
            "self._estimate(",
        ),
    ),
    *mutants_of(
        "_core/context_table.py",
        "tests/estimators/test_word_counts.py",
        ("lengths of the second part are not added", "total[: len(part)] += part",
         "total[: len(part)] = part"),
    ),
    *mutants_of(
        "_estimators/word_counts.py",
        "tests/estimators/test_word_counts.py",
        (
            "counts of too low an order are taken",
            "        if self.order <= block_size:\n",
            "        if False:\n",
        ),
        (
            "the lengths of a file are forgotten",
            "vocabulary.n_symbols, self.length_counts\n",
            "vocabulary.n_symbols, np.zeros(1)\n",
        ),
        (
            "the largest order is left of several",
            "order = min(part.order for part in parts)",
            "order = max(part.order for part in parts)",
        ),
        ("windows may stand in any order", "    differ = windows[1:] != windows[:-1]\n",
         "    return True\n    differ = windows[1:] != windows[:-1]\n"),
    ),
]  # fmt: skip

MUTANTS = [*TABLES, *SMOOTHING, *BIGRAMS, *MIXTURES, *MODELS, *ESTIMATORS]
