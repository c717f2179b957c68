"""PyTorch, an optional extra: asked for only when a network is trained or speaks."""

from __future__ import annotations

from importlib.util import find_spec

from secondunit.errors import EngineFailed


def need_pytorch() -> None:
    """Raise `EngineFailed` where PyTorch or safetensors is not installed."""
    if find_spec("torch") is None or find_spec("safetensors") is None:
        raise EngineFailed(
            "the keyframe engine needs PyTorch, which is not installed",
            hint="run `make keyframe`, or `pip install 'secondunit[keyframe]'`",
        )
