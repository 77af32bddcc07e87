"""Errors in displays."""

from tests.mutants.mutants import mutants_of

TRANSITION = mutants_of(
    "inspection/_transition.py",
    "tests/inspection/test_transition.py",
    ("rows and columns are exchanged", "canvas.write((j, i),", "canvas.write((i, j),"),
    ("bigrams are written backwards", "labels[i] + labels[j]", "labels[j] + labels[i]"),
    ("weights of words are ignored", ".fit(X, sample_weight=sample_weight)", ".fit(X)"),
    (
        "counts are drawn where probabilities are asked for",
        'if kind != "proba" and has_counts:',
        "if has_counts:",
    ),
    ("labels are not thinned with their ticks", "labels[::every]", "labels[:len(ticks)]"),
)

CURVES = [
    *mutants_of(
        "inspection/_loss_curve.py",
        "tests/inspection/test_curves.py",
        ("the first look is at step 0", "np.arange(1, len(looks) + 1)", "np.arange(len(looks))"),
        (
            "the last look is after the end",
            "np.minimum(-(-len(loss) // len(looks)) * places, len(loss))",
            "-(-len(loss) // len(looks)) * places",
        ),
        ("means are of twice as many", "np.minimum(at, window // 2)", "np.minimum(at, window)"),
        ("means lag behind", "np.minimum(at + before + 1, len(values))",
         "np.minimum(at + 1, len(values))"),
        (
            "the last weights are said to be kept",
            "self.validation_steps[np.argmin(self.validation_loss)]",
            "self.validation_steps[-1]",
        ),
    ),
    *mutants_of(
        "inspection/_learning_rate.py",
        "tests/inspection/test_curves.py",
        ("weights of words are ignored", "sample_weight=sample_weight,", "sample_weight=None,"),
        (
            "a training that blows up flattens the rest",
            "float(min(top + 2 * margin, losses.max() + margin))",
            "float(losses.max() + margin)",
        ),
    ),
]  # fmt: skip

SCORES = [
    *mutants_of(
        "inspection/_surprisal.py",
        "tests/inspection/test_scores.py",
        (
            "what is impossible has the first colour",
            "np.isneginf(self.log_proba), vmin - 1,",
            "np.isneginf(self.log_proba), vmin,",
        ),
        ("symbols are written above each other", "canvas.write((column, row),",
         "canvas.write((row, column),"),
        ("the end of a word is not shown", 'symbols[row, column] = table["symbol"]',
         'symbols[row, column] = table["symbol"].where(column.shift(-1) > 0, "")'),
    ),
    *mutants_of(
        "inspection/_score_distribution.py",
        "tests/inspection/test_scores.py",
        (
            "shares are of the possible words",
            "np.histogram(scores, edges)[0] / n_words",
            "np.histogram(scores, edges)[0] / max(len(scores), 1)",
        ),
        (
            "impossible words are not counted up to each score",
            "np.arange(n_words - len(scores), n_words + 1) / n_words",
            "np.arange(len(scores) + 1) / n_words",
        ),
        ("scores are sums", "[:, PER_SYMBOL]", "[:, 0]"),
        (
            "the seed of samples is not passed on",
            "estimator.sample(n_samples, random_state=random_state)",
            "estimator.sample(n_samples)",
        ),
    ),
]  # fmt: skip

DRAWING = [
    *mutants_of(
        "inspection/_embedding.py",
        "tests/inspection/test_embedding.py",
        (
            "the first dimensions are taken for principal components",
            "return pca.fit_transform(embedding), pca",
            "return pca.fit(embedding) and embedding[:, :2], pca",
        ),
    ),
    *mutants_of(
        "inspection/_drawing.py",
        "tests/inspection",
        (
            "defaults overrule what a caller gave",
            "{**normalize_kwargs(defaults, artist), **normalize_kwargs(given or {}, artist)}",
            "{**normalize_kwargs(given or {}, artist), **normalize_kwargs(defaults, artist)}",
        ),
        ("black is written on black", 'LUMINANCE_OF_EQUAL_CONTRAST, "black", "white")',
         'LUMINANCE_OF_EQUAL_CONTRAST, "white", "black")'),
        ("a dollar begins a formula", '"parse_math": False', '"parse_math": True'),
        (
            "text is written however small",
            "return min(size, LARGEST_FONT) if size >= SMALLEST_FONT else 0.0",
            "return min(size, LARGEST_FONT)",
        ),
        ("a model that is not fitted is drawn", "    check_is_fitted(estimator)\n", ""),
    ),
]  # fmt: skip

MUTANTS = [*TRANSITION, *CURVES, *SCORES, *DRAWING]
