"""Where tensors live."""

# SPDX-License-Identifier: BSD-3-Clause

import os
from typing import Any

import torch

IMPORTED_IN = os.getpid()


def do_without_lost_threads() -> None:
    """Have torch compute in one thread if this process was forked from the one that imported it.

    The other threads have stayed behind in the parent, and GNU OpenMP would wait for them for ever.
    """
    if os.getpid() != IMPORTED_IN:
        torch.set_num_threads(1)


def resolve_device(device: Any) -> torch.device:
    """Return the device to fit on: "auto" is CUDA, else MPS, else the CPU.

    Raises
    ------
    TypeError
        If it is neither a string nor a torch.device.
    ValueError
        If the device is not there, saying which are.
    """
    if not isinstance(device, (str, torch.device)):
        raise TypeError(
            f"device must be 'auto', the name of a torch device or a torch.device, got {device!r}."
        )
    if device == "auto":
        return available_devices()[0]
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is no torch device: {error}") from None
    if not is_there(wanted):
        there = ", ".join(map(str, available_devices()))
        raise ValueError(f"device={str(device)!r} is not there; available: auto, {there}.")
    return wanted


def device_or_cpu(name: str) -> torch.device:
    """Return the device to score on: the CPU where the one a model was fitted on is missing."""
    device = torch.device(name)
    return device if is_there(device) else torch.device("cpu")


def is_there(device: torch.device) -> bool:
    """Tell whether tensors can be put on a device."""
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return any(device.type == other.type for other in available_devices())


def available_devices() -> list[torch.device]:
    """Return the devices that are there, the preferred one first."""
    found = [torch.device("cuda", i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return [*found, torch.device("cpu")]


def named_device(name: str) -> torch.device:
    """Return the device of this name, whether it is there or not.

    Raises
    ------
    ValueError
        If torch knows no such device.
    """
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"{name!r} is no torch device: {error}") from None
