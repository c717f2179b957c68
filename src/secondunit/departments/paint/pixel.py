"""A pixel as people write it."""

from __future__ import annotations

from secondunit.errors import BadInput


def check_pixel(text: str, width: int, height: int) -> tuple[int, int]:
    """Column and row of `X,Y` in a frame; raises `BadInput`.

    >>> check_pixel("812,40", 1280, 720)
    (812, 40)
    """
    try:
        x, y = (int(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"`{text}` is not a pixel", hint="write column and row, as in `812,640`") from None
    if not (0 <= x < width and 0 <= y < height):
        raise BadInput(
            f"pixel {x},{y} is outside the frame of {width}×{height}", hint="rows count from the top, from 0"
        )
    return x, y
