"""Whether a torch module of the user's can be trained, kept and used."""

# SPDX-License-Identifier: BSD-3-Clause

import copy

import torch
from torch import Tensor

from sklearn_makemore._neural.making import seed_dropout
from sklearn_makemore._neural.modules import CharModule
from sklearn_makemore._neural.own_module import OwnModule, OwnSequence, OwnWindow, drawing_from

LENGTH_TRIED = 8  # symbols of the words that a module is tried on
ROWS_TRIED = 4
ROUNDING = 1e-4  # of logits that are computed in another way


def check_trainable(module: OwnModule) -> None:
    """Refuse a new module, on the CPU, that cannot be trained."""
    name = type(module.own).__name__
    if not any(each.requires_grad for each in module.parameters()):
        raise TypeError(f"{name} has no weights to train: make them nn.Parameter, or layers.")
    tried = copy.deepcopy(module).train()
    seed_dropout(tried, torch.Generator())
    with drawing_from(0):
        before = torch.get_rng_state()
        logits = _tried(tried)
        draws = not torch.equal(before, torch.get_rng_state())
    if not logits.requires_grad:
        raise TypeError(
            f"{name} cannot be trained: its logits do not depend on weights that ask for "
            "gradients. Compute without detach() and no_grad()."
        )
    if draws:
        raise TypeError(
            f"{name} draws from torch's global generator in training, where no seed decides: use "
            "layers nn.Dropout, which are made to draw from random_state, and set the dropout of "
            "recurrent and attention layers to 0."
        )


def _tried(module: OwnModule) -> Tensor:
    """Return the logits of some codes."""
    codes = codes_to_try(module)
    try:
        logits: Tensor = module(codes)
    except (RuntimeError, IndexError, ValueError, AttributeError) as error:
        raise TypeError(
            f"{type(module.own).__name__} fails on int64 codes of shape {tuple(codes.shape)}, from "
            f"0 to {module.n_inputs - 1}: {error}. It must take any number of rows"
            f"{', of any length' if isinstance(module, OwnSequence) else ''}."
        ) from error
    return logits


def check_kept(module: OwnModule, again: CharModule) -> None:
    """Refuse a module that predicts otherwise when it is made again.

    Parameters
    ----------
    module : OwnModule
        On the CPU.
    again : CharModule
        Made anew with the same weights and buffers.
    """
    codes = codes_to_try(module)
    with torch.no_grad(), drawing_from(0):
        logits = copy.deepcopy(module).eval()(codes)
        is_kept = torch.allclose(logits, again.eval()(codes), ROUNDING, ROUNDING, equal_nan=True)
    if not is_kept:
        raise TypeError(
            f"{type(module.own).__name__} predicts otherwise when it is made again with the same "
            "weights and buffers: keep what it learns or draws in parameters and registered "
            "buffers, and draw nothing in evaluation mode."
        )


def check_causal(module: CharModule) -> None:
    """Refuse a module for sequences whose logits depend on later codes."""
    if not isinstance(module, OwnSequence):
        return
    codes = codes_to_try(module)[:1].repeat(LENGTH_TRIED, 1)
    is_later = torch.ones_like(codes).triu() > 0  # in row t, the codes from place t on
    other = torch.where(is_later, (codes + 1) % module.n_inputs, codes)
    tried = copy.deepcopy(module).eval()
    with torch.no_grad(), drawing_from(0):
        differences = (tried(codes) - tried(other)).abs().amax(-1)  # (T, T)
        bound = ROUNDING * (1 + tried(codes).abs().amax())
    if (differences[~is_later] > bound).any():
        raise TypeError(
            f"{type(module.own).__name__} looks ahead: its logits change with later codes. Mask "
            "its attention, pad convolutions on the left only, read in one direction, or set "
            "kind='window'."
        )


def codes_to_try(module: OwnModule) -> Tensor:
    """Return rows of codes, (ROWS_TRIED, T); those for sequences begin with the boundary."""
    length = module.block_size if isinstance(module, OwnWindow) else LENGTH_TRIED
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(module.n_inputs, (ROWS_TRIED, length), generator=generator)
    codes[-1, -1] = module.n_inputs - 1
    if isinstance(module, OwnSequence):
        codes[:, 0] = 0
    return codes
