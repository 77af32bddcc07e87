"""Errors in estimators, in what holds several of them, and in metrics."""

from tests.mutants.mutants import mutants_of

OF_BASE = "tests/estimators/test_base.py::test_"
ESTIMATORS = [
    *mutants_of(
        "_estimators/base.py",
        "tests/estimators/test_ngram_count.py::test_a_fit_leaves_nothing_of_the_one_before",
        (
            "what earlier fits have learnt is left",
            'before = {*vars(self).get("_learnt", ()), "_maker"}',
            "before = set()",
        ),
    ),
    *mutants_of(
        "_estimators/base.py",
        OF_BASE + "a_table_that_cannot_be_made_leaves_the_symbols",
        (
            "symbols are stored before anything is learnt",
            "words = self._read_words(X, sample_weight)\n",
            "words = self._read_words(X, sample_weight)\n        self._vocabulary = vocabulary\n",
        ),
    ),
    *mutants_of(
        "_estimators/sampling.py",
        OF_BASE + "constraints_reject_candidates_in_their_order",
        (
            "the seed of samples is unused",
            "draw_from(self.random_state if random_state is None else random_state)",
            "draw_from(self.random_state)",
        ),
    ),
    *mutants_of(
        "_estimators/sampling.py",
        OF_BASE + "rejections_are_counted_by_constraint",
        (
            "words that are excluded are drawn",
            "WordConstraints(excluded, unique, predicate)",
            "WordConstraints(frozenset(), unique, predicate)",
        ),
    ),
    *mutants_of(
        "_estimators/sampling.py",
        OF_BASE + "constraints_reject_candidates_in_their_order",
        (
            "samples may be of any length",
            "LONGEST_SAMPLE if max_length is None else min(int(max_length), LONGEST_WORD)",
            "LONGEST_SAMPLE",
        ),
    ),
    *mutants_of(
        "_estimators/scoring.py",
        OF_BASE + "the_unknown_symbol_is_never_predicted_even_where_it_is_likeliest",
        (
            "the unknown symbol is predicted",
            "log_p[:, known].argmax(axis=1)",
            "log_p.argmax(axis=1)",
        ),
    ),
    *mutants_of(
        "_estimators/scoring.py",
        OF_BASE + "weights_belong_to_their_words_in_every_piece",
        (
            "every piece has the weights of the first",
            "weights[text.positions[0] : text.positions[-1] + 1]",
            "weights[: len(text.positions)]",
        ),
    ),
    *mutants_of(
        "_estimators/parameters.py",
        "tests/estimators/test_parameters.py",
        (
            "parameters of a base come before those of a class",
            "names = {**new, **{name: own.get(name, each) for name, each in names.items()}}",
            "names = {**{name: own.get(name, each) for name, each in names.items()}, **new}",
        ),
    ),
    *mutants_of(
        "_estimators/network.py",
        "tests/estimators/test_mlp.py::test_the_seed_decides_the_weights",
        ("every fit has the same seed", "generator = seeded_generator(seed)",
         "generator = seeded_generator(0)"),
    ),
    *mutants_of(
        "_estimators/network.py",
        "tests/estimators/test_mlp.py::test_what_counts_as_seen",
        (
            "predictions of chunks before are forgotten",
            "self.n_predictions_ if partial else 0.0",
            "0.0",
        ),
    ),
    *mutants_of(
        "_estimators/network.py",
        "tests/estimators/test_mlp.py::test_partial_fit_has_a_constant_rate_and_holds_nothing_out",
        (
            "the rate goes through a cycle in every chunk",
            "rates = [rate] * n_steps if partial else self._recipe.rates(n_steps, rate)",
            "rates = self._recipe.rates(n_steps, rate)",
        ),
    ),
    *mutants_of(
        "_estimators/network.py",
        "tests/estimators/test_mlp.py::test_held_out_words_are_not_trained_on",
        (
            "words that are held out are trained on",
            "words, held_out_words = self._hold_out(words, generator)",
            "_, held_out_words = self._hold_out(words, generator)",
        ),
    ),
]  # fmt: skip

HOLDERS = [
    *mutants_of(
        "_meta/classifier.py",
        "tests/meta/test_classifier.py::test_bayes_rule_by_hand",
        ("priors are ignored", "    joint += log_prior\n", "    joint += 0 * log_prior\n"),
    ),
    *mutants_of(
        "_meta/classifier.py",
        "tests/meta/test_classifier.py::test_words_impossible_in_every_class_have_the_prior",
        (
            "words that no class could have are no numbers",
            "        joint[impossible] = log_prior\n",
            "",
        ),
    ),
    *mutants_of(
        "_meta/classifier.py",
        "tests/meta/test_classifier.py::"
        "test_the_first_of_classes_that_are_as_likely_is_predicted",
        (
            "the last of equal classes is predicted",
            "self._log_joint(words).argmax(axis=1)]",
            "-1 - self._log_joint(words)[:, ::-1].argmax(axis=1)]",
        ),
    ),
    *mutants_of(
        "_meta/cross_fit.py",
        "tests/meta/test_cross_fit.py",
        (
            "words are scored by a model that has seen them",
            "_as_dense(model.transform(_safe_indexing(words, test)))",
            "_as_dense(whole.transform(_safe_indexing(words, test)))",
        ),
        ("repeats of a word stand in different folds", "folds.split(groups, groups=groups)",
         "folds.split(groups, groups=np.arange(len(groups)))"),
        ("folds have the weights of other words", "_check_method_params(groups, params, train)",
         "_check_method_params(groups, params, np.sort(test[np.arange(len(train)) % len(test)]))"),
    ),
    *mutants_of(
        "_meta/outlier_detector.py",
        "tests/meta/test_outlier_detector.py",
        (
            "words are scored by a model that has seen them",
            "learnt & (fold != number)",
            "learnt",
        ),
        ("a word at the threshold is odd", "self.decision_function(X) < 0",
         "self.decision_function(X) <= 0"),
        ("a threshold is too high by one word", "(weights.sum() + 1) - 1)",
         "(weights.sum() + 1))"),
    ),
    *mutants_of(
        "_meta/word_folds.py",
        "tests/meta/test_word_folds.py",
        ("the score that is just allowed is below", 'allowed + rounding, side="right"',
         'allowed - rounding, side="left"'),
        ("the key of folds is unused", "digest_size=8, key=key)", "digest_size=8)"),
    ),
    *mutants_of(
        "_meta/mixture.py",
        "tests/meta/test_mixture.py",
        (
            "weights are found on the words of the fit",
            "weights = _best_weights(first, held_out)",
            "weights = _best_weights(first, kept)",
        ),
        (
            "models have not seen the held-out words in the end",
            "            first = self._fit_all(",
            "            words = kept\n            first = self._fit_all(",
        ),
        ("models of a prefit mixture learn with it", "[deep_copy(model) for _, model in named]",
         "[model for _, model in named]"),
    ),
]  # fmt: skip

METRICS = [
    *mutants_of(
        "metrics/_scorers.py",
        "tests/metrics/test_scorers.py",
        (
            "fewer bits are worse",
            "return log_likelihood / n_symbols / math.log(2)",
            "return -log_likelihood / n_symbols / math.log(2)",
        ),
    ),
    *mutants_of(
        "metrics/_errors.py",
        "tests/metrics/test_comparison.py",
        ("the standard error is that of a population", "* n_words / (n_words - 1)", "* 1.0"),
    ),
    *mutants_of(
        "metrics/_inputs.py",
        "tests/metrics/test_ranks.py",
        ("words with an unknown symbol have ranks", "features[:, 4] > 0", "features[:, 4] < 0"),
    ),
    *mutants_of(
        "metrics/_samples.py",
        "tests/metrics/test_ranks.py",
        ("ranks count words with the unknown symbol", "if unknown is None or", "if True or"),
        ("a word is likelier than itself", "log_probas + SAME_LIKELIHOOD", "log_probas - 1e-5"),
        ("the likeliest words are forgotten", "n_before_samples + of_rest", "of_rest"),
        (
            "samples of the likeliest words count, too",
            "counted & (of_samples <= reach + SAME_LIKELIHOOD)",
            "counted",
        ),
    ),
    *mutants_of(
        "metrics/_samples.py",
        "tests/metrics/test_memorisation.py",
        ("random words stand for too many", "log_n_words(model, length)) - math.log(2)",
         "log_n_words(model, length)) - math.log(3)"),
    ),
    *mutants_of(
        "metrics/_statistics.py",
        "tests/metrics/test_statistics.py",
        ("the unknown symbol keeps its share", "if unknown_code is not None:", "if False:"),
        ("the end of a word is no symbol", "(sums.mean_length + 1)", "sums.mean_length"),
    ),
    *mutants_of(
        "metrics/_coverage.py",
        "tests/metrics/test_coverage.py",
        ("the list is longer by a word", "np.searchsorted(np.sort(ranks), n_words)",
         'np.searchsorted(np.sort(ranks), n_words, "right")'),
    ),
    *mutants_of(
        "metrics/_generation.py",
        "tests/metrics/test_generation.py",
        ("a distance is not halved", "ratios[1].value) / 2, error)", "ratios[1].value), error)"),
        ("known words are near copies", "some.coded.keep(new)", "some.coded"),
    ),
    *mutants_of(
        "metrics/_near_copies.py",
        "tests/metrics/test_generation.py",
        ("a symbol may be replaced elsewhere", " * powers[words.positions[places]]\n", "\n"),
        ("what follows stays in its place", "before + after * INVERSE", "before + after"),
    ),
    *mutants_of(
        "metrics/_memorisation.py",
        "tests/metrics/test_memorisation.py",
        ("words in both lists count", "if word not in seen]", "]"),
        ("equals do not count", '("left", "right")', '("left", "left")'),
    ),
]  # fmt: skip

MUTANTS = [*ESTIMATORS, *HOLDERS, *METRICS]
