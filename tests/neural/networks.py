"""Small networks of every architecture, for tests of what holds for all of them."""

import torch

from sklearn_makemore._estimators.bag_of_chars import BagOfChars
from sklearn_makemore._estimators.rnn import RNN
from sklearn_makemore._estimators.transformer import Transformer
from sklearn_makemore._neural.making import initialise
from sklearn_makemore._neural.modules import SequenceModule

N_SYMBOLS = 5


class Slow(SequenceModule):
    """Goes on reading by reading everything again, as a module does that overrides nothing."""

    def __init__(self, fast):
        super().__init__(fast.n_inputs, fast.n_targets)
        self.fast = fast

    def forward(self, codes):
        return self.fast(codes)


def sequence_modules(dropout=0.0):
    """Return one module of each kind by name, with random weights."""
    rnn = {"embedding_dim": 3, "hidden_size": 4, "dropout": dropout}
    transformer = {"embedding_dim": 8, "n_heads": 2, "n_layers": 2, "dropout": dropout}
    made = {
        "bag": BagOfChars(N_SYMBOLS, N_SYMBOLS, embedding_dim=4, hidden_size=3, dropout=dropout),
        **{
            f"{cell}-{n}": RNN(N_SYMBOLS, N_SYMBOLS, cell=cell, n_layers=n, **rnn)
            for cell in ("rnn", "gru", "lstm")
            for n in (1, 2)
        },
        "transformer": Transformer(N_SYMBOLS, N_SYMBOLS, block_size=16, **transformer),
        "transformer, short block": Transformer(N_SYMBOLS, N_SYMBOLS, block_size=3, **transformer),
    }
    for module in made.values():
        initialise(module, torch.Generator().manual_seed(0))
        module.eval()
    return made
