"""A complete network, to begin a new one from: the log-bilinear model of Mnih & Hinton."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval
from torch import nn

from sklearn_makemore.base import NetworkLM, SeededDropout, WindowModule, parameter


class LogBilinear(WindowModule):
    """Predicts the embedding of the next symbol: a sum with one matrix for each place."""

    def __init__(self, n_inputs, n_targets, *, block_size, embedding_dim, dropout):
        super().__init__(n_inputs, n_targets, block_size)
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        self.places = nn.Linear(block_size * embedding_dim, embedding_dim, bias=False)
        self.dropout = SeededDropout(dropout)
        self.output = nn.Linear(embedding_dim, n_targets)

    def forward(self, windows):
        embedded = self.dropout(self.embedding(windows))  # (B, T) -> (B, T, E)
        predicted = self.places(embedded.flatten(1))  # (B, T, E) -> (B, E)
        return self.output(predicted)  # (B, E) -> (B, V)


class LogBilinearLM(NetworkLM):
    """Language model that predicts linearly from the embeddings of the last symbols."""

    block_size: int = parameter(Interval(Integral, 1, None, closed="left"), default=5)
    embedding_dim: int = parameter(Interval(Integral, 1, None, closed="left"), default=32)
    dropout: float = parameter(Interval(Real, 0, 1, closed="left"), default=0.0)
    batch_size: int = parameter(Interval(Integral, 1, None, closed="left"), default=512)

    _module_class = LogBilinear
