"""The state of a training that has not ended, in a file."""

# SPDX-License-Identifier: BSD-3-Clause

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sklearn_makemore._atomic import replacing
from sklearn_makemore._neural.modules import CharModule, SeededDropout

if TYPE_CHECKING:
    from sklearn_makemore._neural.training import HeldOut, Steps, TrainingResult

SECONDS_BETWEEN = 60.0
DIGEST, SEED = "sklearn_makemore_checkpoint", "seed"  # keys of the file's metadata
CURVES = {"loss_curve": torch.float64, "validation_curve": torch.float64}


class Checkpoint:
    """Keeps a training on disk now and then, and goes on from what another process has kept.

    Parameters
    ----------
    path : str
        The file; it is replaced whole or not at all.
    digest : str
        Of the words and parameters of the fit.
    seed : int
        Of all that is random in it.
    module : CharModule
        Being trained.
    steps : Steps
        That train it.
    """

    def __init__(
        self, path: str, digest: str, seed: int, module: CharModule, steps: "Steps"
    ) -> None:
        self._path = path
        self._digest = digest
        self._seed = seed
        self._module = module
        self._steps = steps
        self._kept_at = time.monotonic()

    def keep_now_and_then(self, result: "TrainingResult", held_out: "HeldOut | None") -> None:
        """Write the state, if the last one is a minute old."""
        if time.monotonic() - self._kept_at < SECONDS_BETWEEN:
            return
        tensors = {
            **_named("module", self._module.state_dict()),
            **_named("steps", self._steps.state()),
            **_named("dropout", self._dropout()),
            **_named("best", {} if held_out is None else held_out.best_weights),
            **{name: torch.tensor(getattr(result, name), dtype=CURVES[name]) for name in CURVES},
            "validation_steps": torch.tensor(result.validation_steps, dtype=torch.int64),
        }
        with replacing(self._path) as temporary:
            save_file(
                {name: tensor.cpu().clone().contiguous() for name, tensor in tensors.items()},
                temporary,
                metadata={DIGEST: self._digest, SEED: str(self._seed)},
            )
        self._kept_at = time.monotonic()

    def resume(self, result: "TrainingResult", held_out: "HeldOut | None") -> None:
        """Go on from the state in the file, if there is one.

        Raises
        ------
        ValueError
            If the file is of another fit, or is no whole checkpoint.
        """
        if not os.path.exists(self._path):
            return
        tensors = self._read()
        self._module.load_state_dict(_of("module", tensors))
        self._steps.restore(_of("steps", tensors))
        for name, state in _of("dropout", tensors).items():
            self._generators()[name].set_state(state)
        if held_out is not None:
            held_out.best_weights = _of("best", tensors)
        for name in (*CURVES, "validation_steps"):
            getattr(result, name)[:] = tensors[name].tolist()

    def _read(self) -> dict[str, Tensor]:
        try:
            with safe_open(self._path, framework="pt") as file:
                if (file.metadata() or {}).get(DIGEST) != self._digest:
                    raise ValueError(
                        f"checkpoint={self._path!r} holds a training on other words or with other "
                        "parameters, or is another kind of file. Give the same again to go on from "
                        "it, or name another file."
                    )
                return {name: file.get_tensor(name) for name in file.keys()}
        except SafetensorError as error:
            raise ValueError(
                f"checkpoint={self._path!r} is no whole checkpoint ({error}): remove it, or name "
                "another file."
            ) from None

    def remove(self) -> None:
        """Remove the file: the training has ended well."""
        if os.path.exists(self._path):
            os.unlink(self._path)

    def _generators(self) -> dict[str, torch.Generator]:
        layers = self._module.named_modules()
        dropout = {name: layer for name, layer in layers if isinstance(layer, SeededDropout)}
        return {n: layer.generator for n, layer in dropout.items() if layer.generator is not None}

    def _dropout(self) -> dict[str, Tensor]:
        return {name: generator.get_state() for name, generator in self._generators().items()}


def kept_seed(path: str) -> int | None:
    """Return the seed of the training in a file; None if there is no such file or seed."""
    try:
        with safe_open(path, framework="pt") as file:
            seed = (file.metadata() or {}).get(SEED, "")
    except (OSError, SafetensorError):
        return None
    return int(seed) if seed.isdecimal() else None


def _named(group: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{group}/{name}": tensor for name, tensor in tensors.items()}


def _of(group: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a group by their own names; the inverse of `_named`."""
    begin = f"{group}/"
    return {n.removeprefix(begin): tensor for n, tensor in tensors.items() if n.startswith(begin)}
