"""Whether a torch module of the user's can be trained, kept and used."""

# SPDX-License-Identifier: BSD-3-Clause

import copy

import torch
from torch import Tensor

from sklearn_makemore._neural.making import seed_dropout
from sklearn_makemore._neural.modules import CharModule, SequenceModule, WindowModule
from sklearn_makemore._neural.own_module import OwnModule, OwnSequence, drawing_from

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
        layers = module.own.named_modules()
        found = [path for path, layer in layers if has_own_dropout(layer)]
        which = f"of these layers to 0: {', '.join(found)}" if found else "of all other layers to 0"
        raise TypeError(
            f"{name} draws from torch's global generator in training, where no seed decides: set "
            f"`dropout` {which}. Layers nn.Dropout may stay: they draw from random_state."
        )


def has_own_dropout(layer: torch.nn.Module) -> bool:
    """Tell whether a layer, as attention and recurrent ones, leaves out by itself."""
    share = getattr(layer, "dropout", 0)
    return isinstance(share, float) and share > 0


def _tried(module: OwnModule) -> Tensor:
    """Return the logits of some codes."""
    codes = codes_to_try(module)
    try:
        logits: Tensor = module(codes)
    except (RuntimeError, ValueError, AttributeError) as error:
        raise TypeError(
            f"{type(module.own).__name__} fails on int64 codes of shape {tuple(codes.shape)}, from "
            f"0 to {module.n_inputs - 1}: {error.__cause__ or error}. It must take any number of "
            f"rows{', of any length' if isinstance(module, OwnSequence) else ''}."
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
    """Refuse a module for sequences whose logits depend on later codes.

    It is left in evaluation mode.
    """
    if not isinstance(module, SequenceModule):
        return
    device = next(module.parameters()).device
    codes = codes_to_try(module)[:1].repeat(LENGTH_TRIED, 1).to(device)
    is_later = torch.ones_like(codes).triu() > 0  # in row t, the codes from place t on
    other = torch.where(is_later, (codes + 1) % module.n_inputs, codes)
    module.eval()
    with torch.no_grad(), drawing_from(0):
        logits = module(codes)
        differences = (logits - module(other)).abs().amax(-1)  # (T, T)
    bound = ROUNDING * (1 + logits.abs().amax())
    if (differences[~is_later] > bound).any():
        raise TypeError(
            f"{type(getattr(module, 'own', module)).__name__} looks ahead: its logits change with "
            "later codes. Mask its attention, pad convolutions on the left only, read in one "
            "direction, or have it look at windows."
        )


def codes_to_try(module: CharModule) -> Tensor:
    """Return rows of codes, (ROWS_TRIED, T); those for sequences begin with the boundary."""
    length = module.block_size if isinstance(module, WindowModule) else LENGTH_TRIED
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(module.n_inputs, (ROWS_TRIED, length), generator=generator)
    codes[-1, -1] = module.n_inputs - 1
    if isinstance(module, SequenceModule):
        codes[:, 0] = 0
    return codes
