"""What `kernels.py` times: one kernel and its twin on one input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One kernel and its twin on one input; `agree` takes both results."""

    size: str
    fast: Callable[[], Any]
    reference: Callable[[], Any]
    agree: Callable[[Any, Any], bool]
