"""What a person may say about a training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from secondunit.engines.contract import EngineSettings


class KeyframeSettings(EngineSettings):
    """Settings of the keyframe engine."""

    minutes: float = Field(2.0, gt=0, le=600, description="the longest it trains; it stops earlier by itself")
    steps: int = Field(
        0, ge=0, description="train exactly so long: the same model again, whatever the clock says"
    )
    leave_out: int | None = Field(None, description="a key it must not learn from, to measure it by")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="a GPU where PyTorch has one")
