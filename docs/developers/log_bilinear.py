"""A complete neural estimator, to begin a new one from: the log-bilinear model of Mnih & Hinton."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval
from sklearn_makemore._estimators.stored_network import StoredNetworkMixin
from sklearn_makemore._estimators.window_base import BaseWindowCharLM
from torch import Tensor, nn

from sklearn_makemore._neural.modules import SeededDropout, WindowModule


class LogBilinear(WindowModule):
    """Predicts the embedding of the next symbol: a sum with one matrix for each place."""

    def __init__(self, n_inputs, n_targets, *, block_size, embedding_dim, dropout):
        super().__init__(n_inputs, n_targets, block_size)
        self.embedding = nn.Embedding(n_inputs, embedding_dim)
        self.places = nn.Linear(block_size * embedding_dim, embedding_dim, bias=False)
        self.dropout = SeededDropout(dropout)
        self.output = nn.Linear(embedding_dim, n_targets)

    def forward(self, windows: Tensor) -> Tensor:
        embedded = self.dropout(self.embedding(windows))  # (B, T) -> (B, T, E)
        predicted = self.places(embedded.flatten(1))  # (B, T, E) -> (B, E)
        return self.output(predicted)  # (B, E) -> (B, V)


class LogBilinearLM(StoredNetworkMixin, BaseWindowCharLM):
    """Language model that predicts linearly from the embeddings of the last symbols."""

    _parameter_constraints = BaseWindowCharLM._parameter_constraints | {
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }
    _shape_parameters = ("block_size", "embedding_dim")

    def __init__(
        self,
        *,
        block_size=5,
        embedding_dim=32,
        dropout=0.0,
        learning_rate=0.01,
        batch_size=512,
        max_steps=None,
        weight_decay=0.01,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        warm_start=False,
        device="auto",
        verbose=0,
        alphabet=None,
        boundary=".",
        handle_unknown="error",
        random_state=None,
    ):
        self.block_size = block_size
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_steps = max_steps
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.device = device
        self.verbose = verbose
        self.alphabet = alphabet
        self.boundary = boundary
        self.handle_unknown = handle_unknown
        self.random_state = random_state

    @staticmethod
    def _module_class():
        return LogBilinear
