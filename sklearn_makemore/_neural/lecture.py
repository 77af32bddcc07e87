"""What follows the makemore lectures to the letter."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_makemore._core.models import FloatArray, Rows


class MultinomialDraw:
    """The lectures' draw: ``torch.multinomial`` in float32, one symbol at a time.

    Parameters
    ----------
    generator : torch.Generator
        Advanced by one draw for every symbol, word after word.
    """

    words_at_once = 1

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def __call__(
        self, probabilities: FloatArray, rows: Rows, candidates: NDArray[np.int64], step: int
    ) -> NDArray[np.int64]:
        row = probabilities[rows]
        if not row.any():
            return np.array([row.shape[1]])
        weights = torch.from_numpy(row).to(self._generator.device, torch.float32)
        code = torch.multinomial(weights, 1, replacement=True, generator=self._generator)
        return code[0].cpu().numpy()
