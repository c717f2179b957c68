"""Whether an artist's edit changes somebody's face: then it must be said what is done to whom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.paint.material import Material
from secondunit.departments.paint.keys import ROUNDING
from secondunit.engines.faces.detect import find_faces
from secondunit.errors import NotCleared
from secondunit.media.colour import Review, to_display
from secondunit.slate.request import Likeness

F32 = npt.NDArray[np.float32]
TOUCHED = 0.05  # of a face's box: less is the edge of something else
CHANGED = 10 * ROUNDING  # more than a trip through another program and its rounding


def check_faces(material: Material, review: Review, likenesses: tuple[Likeness, ...]) -> None:
    """Raise `NotCleared` where a key paints on a face and no likeness is named.

    Whose face it is nobody recognises here: a person says so with `--likeness`, and the gate asks for the consent.
    """
    if likenesses:
        return
    for frame in material.keys:
        plate = material.plate_of(frame)
        changed = (np.abs(material.key_of(frame) - plate) > CHANGED * np.maximum(np.abs(plate), 0.05)).any(2)
        for face in find_faces(to_display(plate, review, material.colour_config)):
            left, top, right, bottom = face.box
            if changed[top:bottom, left:right].mean() > TOUCHED:
                raise NotCleared(
                    f"the edit of frame {frame} changes a face, and nobody says whose",
                    reasons=[f"a face at {left},{top} to {right},{bottom} is painted on (likeness.unknown)"],
                    hint="say what is done to whom, as in `--likeness P-ada=cosmetic`",
                )
