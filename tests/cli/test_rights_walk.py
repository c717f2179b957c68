"""`docs/rights.md`, run word by word: every command, what it says, how it ends."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
from desk import type_in

WALK = Path(__file__).parent.parent.parent / "docs" / "rights.md"
_BLOCK = re.compile(r"```(toml file=(?P<file>\S+)|console)\n(?P<text>.*?)```", re.S)


def steps() -> list[tuple[str, str]]:
    """(file or "", text) of every block, in order."""
    return [(block["file"] or "", block["text"]) for block in _BLOCK.finditer(WALK.read_text(encoding="utf-8"))]


def pictures(folder: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 6, (108, 192, 3))
    plate = np.clip(np.linspace(60, 200, 192)[None, :, None] + noise, 0, 255).astype(np.uint8)
    cv2.imwrite(str(folder / "plate.png"), plate)
    plate[30:80, 60:110] //= 2
    cv2.imwrite(str(folder / "comp.png"), plate)
    (folder / "ann_signed.pdf").write_bytes(b"%PDF-1.4 what Ann signed")


def run(text: str, here: Path) -> Path:
    """Run a console block from a folder; every line below a command must be in what it said, in that order."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *expected = part.rstrip("\n").split("\n")
        command, _, comment = command.partition("   # exit ")
        words = shlex.split(command)
        if words[0] == "cd":
            here = here / words[1]
            continue
        said = type_in(*words[1:], cwd=here)
        whole = said.out + said.err
        assert said.code == int(comment or 0), f"{command}\n{whole}"
        at = 0
        for line in expected:
            at = whole.find(line, at)
            assert at >= 0, f"{command}\ndid not say `{line}` in\n{whole}"
    return here


def test_the_walk(tmp_path: Path) -> None:
    pictures(tmp_path)
    here = tmp_path
    commands = 0
    for file, text in steps():
        if file:
            (here / file).write_text(text, encoding="utf-8")
        else:
            here = run(text, here)
            commands += text.count("$ secondunit")
    assert commands > 25
    assert "Ann" not in (here / "versions/TLN_101_BAR_0010/deage/v001/frames.json").read_text(encoding="utf-8")
