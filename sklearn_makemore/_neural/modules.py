"""What an architecture is: a torch module from windows, or beginnings, of words to logits."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklearn_makemore._core.context_table import Source, n_predictions
from sklearn_makemore._neural.data import (
    TrainingData,
    WindowData,
    check_working_memory,
    known_table,
    require_known,
)
from sklearn_makemore._neural.sequence_data import SequenceData
from sklearn_makemore._text.coded_words import CodedWords

State = tuple[Tensor, ...]
Weights = NDArray[np.float32]
BYTES_PER_PLACE = 2  # of a context before it is counted, at least: a code, and its copy
LONGEST_WORD = 8_192  # predictions: attention needs their square
LARGEST_WORD = 2**27  # logits of a word: 512 MiB in float32


class CharModule(nn.Module):
    """A module whose logits say which symbol comes next. Its first weights embed the symbols.

    Loss, weights, randomness and devices belong to training. It is made with ``n_inputs``,
    ``n_targets`` and, by keyword, the parameters of its estimator that it names in ``__init__``;
    all of these but `dropout` decide its shape.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    """

    def __init__(self, n_inputs: int, n_targets: int) -> None:
        super().__init__()
        self.n_inputs = n_inputs
        self.n_targets = n_targets

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the parameters of the estimator that ``__init__`` takes by keyword.

        Returns
        -------
        names : list of str
            In order of the signature.
        """
        names: list[str] = []
        for kind in cls.__mro__:  # one that takes ``**parameters`` passes them on to its base
            if "__init__" not in vars(kind):
                continue
            arguments = inspect.signature(vars(kind)["__init__"]).parameters.values()
            names += [each.name for each in arguments if each.kind == each.KEYWORD_ONLY]
            if not any(each.kind == each.VAR_KEYWORD for each in arguments):
                break
        return names

    def embeddings(self) -> list[Tensor]:
        """Return the weights that have a row for each symbol to read.

        Returns
        -------
        embeddings : list of Tensor
            The last row of each becomes the mean of the others, where there is an unknown symbol.
        """
        return [next(self.parameters())]

    @classmethod
    @abstractmethod
    def n_batches(cls, words: Source, passes: int, batch_size: int) -> int:
        """Return how many batches pass so often over what such a module is trained on.

        Parameters
        ----------
        words : CodedWords or ContextTable
            What it is trained on.
        passes : int
            How often.
        batch_size : int
            Rows of a batch.

        Returns
        -------
        n_batches : int
            How many.
        """

    @abstractmethod
    def training_data(self, words: Source) -> TrainingData:
        """Return the rows to train on, on the CPU.

        Parameters
        ----------
        words : CodedWords or ContextTable
            The words, or their contexts where it looks at windows.

        Returns
        -------
        data : TrainingData
            The rows, from which batches are drawn.

        Raises
        ------
        ValueError
            If every prediction involves unknown characters.
        """

    @staticmethod
    def to_attributes(architecture: dict[str, Any], weights: list[Weights]) -> dict[str, Any]:
        """Return the fitted attributes that hold a network.

        Parameters
        ----------
        architecture : dict of str to object
            The parameters that decide its shape.
        weights : list of ndarray, float32
            Its weights in order.

        Returns
        -------
        attributes : dict of str to object
            What `from_attributes` takes.
        """
        return {"architecture_": architecture, "weights_": weights}

    @staticmethod
    def from_attributes(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[Weights]]:
        """Return shape and weights from fitted attributes; the inverse of `to_attributes`.

        Parameters
        ----------
        attributes : dict of str to object
            What `to_attributes` returned.

        Returns
        -------
        architecture : dict of str to object
            The parameters that decide the shape.
        weights : list of ndarray, float32
            The weights in order.
        """
        return attributes["architecture_"], attributes["weights_"]


class WindowModule(CharModule):
    """A module that looks at a fixed number of symbols.

    ``forward(windows)`` takes int64 codes of shape (B, block_size), oldest symbol first, and
    returns logits of shape (B, n_targets). It is trained on the table of contexts.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    block_size : int
        Symbols of a window.

    See Also
    --------
    sklearn_makemore.base.SequenceModule : Looks at all symbols.
    sklearn_makemore.base.NetworkLM : Trains it.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.base import WindowModule
    >>> module = MLPCharLM(max_steps=50).fit(["anna", "hanna"]).to_torch()
    >>> isinstance(module, WindowModule), module(torch.tensor([[0, 0, 1]])).shape
    (True, torch.Size([1, 4]))
    """

    def __init__(self, n_inputs: int, n_targets: int, block_size: int) -> None:
        super().__init__(n_inputs, n_targets)
        self.block_size = block_size

    @classmethod
    def n_batches(cls, words: Source, passes: int, batch_size: int) -> int:
        return round(passes * n_predictions(words) / batch_size)

    def training_data(self, words: Source) -> WindowData:
        if isinstance(words, CodedWords):
            check_working_memory(
                words.n_predictions * self.block_size * BYTES_PER_PLACE,
                f"The contexts of block_size={self.block_size} symbols before each of "
                f"{words.n_predictions} predictions",
                "Lower block_size.",
            )
        table = known_table(words, self.block_size, self.n_targets)
        return WindowData.from_table(table, self.n_targets)


class SequenceModule(CharModule):
    """A module that looks at all symbols up to the one it predicts.

    ``forward(codes)`` takes int64 codes of shape (B, T), the first of each row the boundary that
    begins a word, and returns logits of shape (B, T, n_targets) of the symbol after each. It is
    causal: logits do not depend on later codes. It is trained on the distinct words.

    A module that can go on from what it has read overrides `init_state` and `read`, and has
    `forward` call them. Here they keep the symbols and read them all again.

    Parameters
    ----------
    n_inputs : int
        Symbols that may be read, an unknown one included.
    n_targets : int
        Symbols that may be predicted, the unknown one left out.
    state_size : int
        Numbers that the state of a word holds, at least about; bounds how many are kept.

    See Also
    --------
    sklearn_makemore.base.WindowModule : Looks at the last symbols only.
    sklearn_makemore.base.NetworkLM : Trains it.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore import RNNCharLM
    >>> from sklearn_makemore.base import SequenceModule
    >>> module = RNNCharLM(max_steps=50).fit(["anna", "hanna"]).to_torch()
    >>> isinstance(module, SequenceModule), module(torch.tensor([[0, 1, 3]])).shape
    (True, torch.Size([1, 3, 4]))
    """

    def __init__(self, n_inputs: int, n_targets: int, state_size: int = 64) -> None:
        super().__init__(n_inputs, n_targets)
        self.state_size = state_size

    @classmethod
    def n_batches(cls, words: Source, passes: int, batch_size: int) -> int:
        assert isinstance(words, CodedWords)
        n_distinct = int(words.numbered().max()) + 1
        return -(-passes * n_distinct // batch_size)

    def training_data(self, words: Source) -> SequenceData:
        assert isinstance(words, CodedWords)
        check_longest(int(words.predictions_per_word.max()), self.n_targets)
        data = SequenceData.from_words(words)
        require_known(data.n_words)
        return data

    def init_state(self, n: int, device: torch.device) -> State:
        """Return the state of words of which nothing has been read.

        Parameters
        ----------
        n : int
            How many words.
        device : torch.device
            Where the state is to be.

        Returns
        -------
        state : tuple of Tensor, each of shape (n, ...)
            What `read` takes.
        """
        return (torch.empty((n, 0), dtype=torch.int64, device=device),)

    def read(self, codes: Tensor, state: State) -> tuple[Tensor, State]:
        """Go on reading.

        Parameters
        ----------
        codes : Tensor of shape (B, T), int64
            The next T symbols of each word.
        state : tuple of Tensor, each of shape (B, ...)
            What `init_state` or the last `read` returned; it is not changed. All words of a batch
            have been read as far.

        Returns
        -------
        logits : Tensor of shape (B, T, n_targets)
            Of the symbol after each.
        state : tuple of Tensor, each of shape (B, ...)
            After all T.
        """
        all_codes = torch.cat([state[0], codes], dim=1)  # (B, T so far + T)
        logits: Tensor = self(all_codes)
        return logits[:, state[0].shape[1] :], (all_codes,)


class SeededDropout(nn.Dropout):
    """Dropout that draws its masks from a generator of its own, not from torch's global one.

    Training gives it the generator. Until then it is torch's.

    Parameters
    ----------
    p : float, default=0.5
        Share of the values that training sets to 0.
    inplace : bool, default=False
        Not used.

    See Also
    --------
    torch.nn.Dropout : Draws from the global generator.

    Examples
    --------
    >>> import torch
    >>> from sklearn_makemore.base import SeededDropout
    >>> layer = SeededDropout(0.5)
    >>> layer.generator = torch.Generator().manual_seed(0)
    >>> sorted(set(layer(torch.ones(100)).tolist()))
    [0.0, 2.0]
    """

    generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return values
        if self.generator is None:
            return super().forward(values)
        drawn = torch.rand(values.shape, generator=self.generator, device=values.device)
        return values * (drawn >= self.p) / (1 - self.p)


def check_longest(n_predictions: int, n_targets: int) -> None:
    """Refuse a word too long to be trained on at once."""
    most = min(LONGEST_WORD, LARGEST_WORD // n_targets)
    if n_predictions > most:
        raise ValueError(
            f"A word has {n_predictions - 1} symbols; networks that read words from their start "
            f"learn from at most {most - 1}, with {n_targets} symbols to predict. Leave it out or "
            "cut it, or use NGramCountLM or MLPCharLM, which look at a few symbols only."
        )
