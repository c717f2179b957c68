"""Where a network is worked and in which numbers: a GPU where PyTorch has one, 16-bit floats where they are quick."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch

from secondunit.errors import BadInput


def pick_device(asked: str) -> str:
    """`cpu` or `cuda` for `auto`, `cpu` or `cuda`. Raises `BadInput` for a GPU that PyTorch does not see."""
    has_gpu = bool(torch.cuda.is_available())
    if asked == "cuda" and not has_gpu:
        raise BadInput("PyTorch sees no GPU on this machine", hint="leave `device` out, or set it to `cpu`")
    if asked == "auto":
        return "cuda" if has_gpu else "cpu"
    return asked


def numbers(device: str) -> torch.dtype:
    """bfloat16 where the processor multiplies it in hardware, else 32-bit floats."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    able = torch.cpu.get_capabilities()
    quick = able.get("amx_bf16") or able.get("avx512_bf16") or able.get("bf16")
    return torch.bfloat16 if quick else torch.float32


def autocast(device: str) -> AbstractContextManager[Any]:
    """Convolutions in `numbers`, weights and sums kept in 32 bits."""
    kind = numbers(device)
    context: AbstractContextManager[Any] = torch.autocast(device, dtype=kind, enabled=kind != torch.float32)
    return context


def one_thread() -> None:
    """Work every layer on the calling thread alone."""
    torch.set_num_threads(1)
