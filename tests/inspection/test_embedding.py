"""Scatters of embeddings."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from sklearn_makemore import MLPCharLM
from sklearn_makemore.inspection import EmbeddingDisplay

WORDS = ["emma", "olivia", "ava", "a\n 🦄$$"]


def fitted(words=WORDS, **parameters):
    return MLPCharLM(max_steps=50, hidden_size=8, random_state=0, **parameters).fit(words)


def test_two_dimensions_are_drawn_as_they_are():
    model = fitted(embedding_dim=2)
    display = EmbeddingDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.scatter_.get_offsets(), model.embedding_)
    assert display.ax_.get_xlabel() == "Embedding dimension 1"
    labels = [text.get_text() for text in display.text_]
    assert labels == [".", "\\n", "␣", "$", *"aeilmov", "U+1F984"]
    places = [text.get_position() for text in display.text_]
    np.testing.assert_array_equal(places, display.points)
    display.figure_.draw_without_rendering()


def test_more_dimensions_are_projected():
    model = fitted(embedding_dim=10, handle_unknown="unknown")
    display = EmbeddingDisplay.from_estimator(model)
    pca = PCA(2).fit(model.embedding_.astype(np.float64))
    np.testing.assert_allclose(
        np.abs(display.points), np.abs(pca.transform(model.embedding_)), atol=1e-6
    )
    share = display.explained_variance_ratio[1]
    assert share == pytest.approx(pca.explained_variance_ratio_[1])
    assert display.ax_.get_ylabel() == f"Principal component 2 ({share:.0%} of the variance)"


@pytest.mark.parametrize("embedding_dim", [2, 5])
@pytest.mark.parametrize("words", [[""], ["aa", "a"]], ids=["one symbol", "two symbols"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_few_symbols(words, embedding_dim):
    display = EmbeddingDisplay.from_estimator(fitted(words, embedding_dim=embedding_dim))
    assert np.isfinite(display.points).all()
    if embedding_dim > 2:
        assert np.isfinite(display.explained_variance_ratio).all()
    display.figure_.draw_without_rendering()


def test_eighty_symbols_have_labels_that_can_be_read():
    rng = np.random.default_rng(0)
    symbols = [chr(0x41 + i) for i in range(80)]
    display = EmbeddingDisplay(rng.normal(size=(80, 2)), symbols).plot()
    assert min(text.get_fontsize() for text in display.text_) >= 7


def test_options_and_errors():
    display = EmbeddingDisplay([[0, 0], [1, 2]], [".", "a"])
    display.plot(scatter_kw={"c": "red", "s": 9}, text_kw={"size": 20})
    assert display.scatter_.get_sizes().tolist() == [9]
    assert display.text_[1].get_fontsize() == 20
    with pytest.raises(ValueError, match="embedding_dim of 2"):
        EmbeddingDisplay.from_estimator(fitted(embedding_dim=1))
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        EmbeddingDisplay([[0, 0], [1, 2]], ["."])
