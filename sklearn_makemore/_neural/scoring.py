"""A torch module as a model that scoring and sampling can ask."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch
from scipy.special import log_softmax

from sklearn_makemore._core.models import FloatArray, WindowModel
from sklearn_makemore._neural.modules import WindowModule
from sklearn_makemore._text.coded_words import Codes

CONTEXTS_AT_ONCE = 8192


class TorchWindowModel(WindowModel):
    """The distributions of a window module, normalised in float64.

    Parameters
    ----------
    module : WindowModule
    device : torch.device
        Where to compute.
    n_predictions : float
        Weighted number of predictions seen in fit; the unknown symbol, where the module has more
        inputs than targets, has probability ``1 / (n_predictions + 1)``.
    """

    def __init__(self, module: WindowModule, device: torch.device, n_predictions: float) -> None:
        super().__init__(module.n_inputs, module.block_size)
        self._module = module.eval().to(device)
        self._device = device
        self._has_unknown = module.n_inputs > module.n_targets
        self._n_predictions = n_predictions
        self._at_once = CONTEXTS_AT_ONCE

    def context_log_probs(self, contexts: Codes) -> FloatArray:
        windows = torch.from_numpy(contexts.astype(np.int64))
        logits = []
        start = 0
        while start < len(windows):
            try:
                with torch.inference_mode():
                    part = windows[start : start + self._at_once].to(self._device)
                    logits.append(self._module(part).cpu().numpy())
                start += self._at_once
            except torch.OutOfMemoryError:
                if self._at_once == 1:
                    raise
                self._at_once //= 2
        known = log_softmax(np.concatenate(logits).astype(np.float64), axis=1)
        if not self._has_unknown:
            return np.asarray(known)
        share = np.log1p(self._n_predictions)
        known += np.log(self._n_predictions) - share
        return np.column_stack([known, np.full(len(known), -share)])
