"""A model as a file: the weights (safetensors), with a card inside that says what it learned from and for whom.

The hash is of the weights alone, so that a consent can be written into the card without making another model of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from pydantic import TypeAdapter
from safetensors.torch import save

from secondunit.engines.keyframe.network import Shape, ShotNetwork
from secondunit.errors import BadMedia
from secondunit.store.atomic import write_bytes

FORMAT = "second unit keyframe model 1"
MODEL = "model.safetensors"
_HEAD = "second_unit"


@dataclass(frozen=True)
class ModelCard:
    """What a model is. `keys` are the frames it learned from, `exam_frame` the one its figure was measured on.

    `plates_sha256` and `edits_sha256` are of the pixels it was given; `consents` and `persons` are ids that whoever
    knows the records writes in: without those consents the model may not speak. `exam_db` is the last figure before
    it learned the rest. The same `seed` and `steps` give the same model again.
    """

    keys: tuple[int, ...]
    width: int
    height: int
    plates_sha256: str
    edits_sha256: str
    exam_frame: int
    exam_db: float
    seed: int
    steps: int
    minutes: float
    engine_version: str
    weights_sha256: str = ""
    consents: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Head:
    card: ModelCard
    shape: Shape


_HEADS = TypeAdapter(_Head)


def write_model(path: Path, network: ShotNetwork, card: ModelCard) -> ModelCard:
    """Write a model in one step; returns its card with the hash of the weights filled in."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    stamped = dataclasses.replace(card, weights_sha256=_hash(tensors))
    write_bytes(path, _content(tensors, _Head(stamped, network.shape)))
    return stamped


def read_card(path: Path) -> ModelCard:
    """The card of a model; raises `BadMedia` for a file that is none."""
    return _head(path).card


def read_model(path: Path, device: str) -> tuple[ShotNetwork, ModelCard]:
    """The network and its card; raises `BadMedia` where the file is damaged or its weights are not the card's."""
    head, tensors = _head(path), _tensors(path)
    if _hash(tensors) != head.card.weights_sha256:
        raise BadMedia(f"the weights in `{path.name}` are not those of its card", hint="train the model again")
    network = ShotNetwork(head.shape, seed=0)
    network.load_state_dict(tensors)
    return network.to(device).requires_grad_(False), head.card


def name_consents(path: Path, consents: tuple[str, ...], persons: tuple[str, ...]) -> ModelCard:
    """Write into a model's card on which consents it rests and who is seen in it; its hash stays."""
    head = _head(path)
    card = dataclasses.replace(head.card, consents=consents, persons=persons)
    write_bytes(path, _content(_tensors(path), _Head(card, head.shape)))
    return card


def _content(tensors: dict[str, Any], head: _Head) -> bytes:
    content: bytes = save(tensors, {"format": FORMAT, _HEAD: _HEADS.dump_json(head).decode()})
    return content


def _hash(tensors: dict[str, Any]) -> str:
    """SHA-256 of names, shapes and values, in the order of names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        values = tensors[name].numpy()
        total.update(f"{name}{values.shape}{values.dtype}".encode())
        total.update(values.tobytes())
    return total.hexdigest()


def _damaged(path: Path) -> BadMedia:
    return BadMedia(f"`{path.name}` is not a model of the keyframe engine, or is damaged", hint="train it again")


def _head(path: Path) -> _Head:
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            told = file.metadata() or {}
        if told.get("format") != FORMAT:
            raise _damaged(path)
        return _HEADS.validate_json(told[_HEAD])
    except (OSError, ValueError, KeyError, safetensors.SafetensorError):
        raise _damaged(path) from None


def _tensors(path: Path) -> dict[str, Any]:
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, safetensors.SafetensorError):
        raise _damaged(path) from None
