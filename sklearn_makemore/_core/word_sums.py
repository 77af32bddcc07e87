"""How uncertain and how long the words of a model are, exactly."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from sklearn_makemore._core.models import FloatArray
from sklearn_makemore._core.product import NotConverged, Product

NEGLIGIBLE = 1e-18  # probability of the words that are left out
MOST_TERMS = 2**34  # added in all steps: about a minute
FEW = 0.2  # of all nodes: their edges are sooner picked out than those of all are followed


@dataclass(frozen=True)
class WordSums:
    """Sums over all words of a model.

    Parameters
    ----------
    entropy : float
        Of a word, in nats.
    of_lengths : ndarray of shape (longest + 1,), float64
        Probability of a word of each number of symbols, from 0 on; longer words are negligible.
    """

    entropy: float
    of_lengths: FloatArray

    @property
    def mean_length(self) -> float:
        return float(self.of_lengths @ np.arange(len(self.of_lengths)))

    @property
    def variance_of_length(self) -> float:
        deviations = np.arange(len(self.of_lengths)) - self.mean_length
        return float(self.of_lengths @ deviations**2)


def word_sums(product: Product) -> WordSums:
    """Return the sums over all words from the first node of a product.

    With A for the steps between nodes and h for the entropy of the next symbol at each, the entropy
    H of what follows each node solves H = h + A H. That of the first node is the sum over all
    nodes of h times the expected number of visits, which are followed symbol by symbol.

    Parameters
    ----------
    product : Product
        It accepts all words of the model.

    Raises
    ------
    NotConverged
        If words hardly ever end.
    """
    steps, ends = product.numbers.matrix, product.numbers.ends
    of_next = _entropies_of_next(product)
    most = MOST_TERMS // (steps.nnz + product.n_nodes)
    reached = np.zeros(product.n_nodes)
    reached[0] = 1.0
    entropy, of_lengths = 0.0, list[float]()
    while reached.sum() > NEGLIGIBLE:
        if len(of_lengths) == most:
            raise NotConverged(f"Words of the model hardly ever end, even after {most} symbols.")
        of_lengths.append(float(reached @ ends))
        entropy += float(reached @ of_next)
        here = np.flatnonzero(reached)
        if len(here) < FEW * product.n_nodes:
            reached = steps[here].T @ reached[here]
        else:
            reached = steps.T @ reached
    return WordSums(entropy, np.array(of_lengths))


def _entropies_of_next(product: Product) -> FloatArray:
    """Return the entropy of the next symbol at each node, of shape (n_nodes,), in nats."""
    equations = product.numbers
    sources = np.repeat(np.arange(product.n_nodes), np.diff(product.indptr))
    of_symbols = np.bincount(sources, entr(equations.matrix.data), product.n_nodes)
    return np.asarray(of_symbols + entr(equations.ends))
