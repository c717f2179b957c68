"""Turnover in: a still, a frame sequence or a movie becomes a plate of a shot, with its owner and licence.

Enters: a path as a person writes it, a shot, an owner, a licence. Leaves: a `Plate` in the show, its frames as
half-float ACEScg EXR, and the untouched original in `turnover/` by content hash. Frames stream; a process that is
killed leaves no plate, and the same command starts over.
"""

from secondunit.ingest.licences import parse_licence
from secondunit.ingest.pull import ingest

__all__ = ["ingest", "parse_licence"]
