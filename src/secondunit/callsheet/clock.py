"""The one calendar that rights are asked by: UTC, so that machines in different places agree on the day."""

from __future__ import annotations

import datetime as dt


def today() -> dt.date:
    """The day, in UTC."""
    return dt.datetime.now(dt.UTC).date()
