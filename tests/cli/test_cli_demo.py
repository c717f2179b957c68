"""The demo, small: killed and started again it goes on, and what it made is verified."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from desk import PROGRAM, done, end_of, half_made, start, takes, until

pytest.importorskip("sklearn")

# Its own photograph and building, fewer pieces, a small picture and a few frames.
SMALL = """
import sys, secondunit.callsheet.collapse.demo as demo
from pathlib import Path
demo.WIDTH, demo.FRAMES = 320, "1001-1008"
text = demo.building_file().read_text().replace("[shot]", "[shot]\\nfragments = 1200")
text = text.replace("start = 1005", "start = 1003")
small = Path(sys.argv.pop(1))
small.write_text(text)
demo.building_file = lambda: small
from secondunit.cli import main
main()
"""


@pytest.mark.slow
def test_killed_and_started_again_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = tmp_path / "demo"
    monkeypatch.setattr("desk.PROGRAM", (PROGRAM[0], "-c", SMALL, str(tmp_path / "small.toml")))
    seen: dict[str, tuple[int, int]] = {}
    for n_takes in (0, 2, 4):
        process = start("demo", show)
        until(lambda n=n_takes: (show / "show.toml").exists() and len(takes(show)) >= n, process)  # type: ignore[misc]
        os.killpg(process.pid, signal.SIGKILL)
        end_of(process)
        now = takes(show)
        assert {key: now[key] for key in seen} == seen
        seen = now
    said = end_of(start("demo", show, "--json"))
    assert said.code == 0, said.err
    assert said.data["version"] == "v001" and said.data["verified"] is True
    now = takes(show)
    assert {key: now[key] for key in seen} == seen
    assert all(name.startswith(("takes/", "turnover/")) for name in half_made(show))
    # Once more it makes nothing, and says where to look.
    said = end_of(start("demo", show))
    assert said.code == 0 and "only verified again" in said.err
    assert takes(show) == now
    assert done("verify", show).code == 0
    frame = sorted((show / "versions").glob("*/*/v001/exr/*.exr"))[3]
    content = bytearray(frame.read_bytes())
    content[len(content) // 2] ^= 1
    frame.write_bytes(content)
    said = end_of(start("demo", show))
    assert said.code == 5 and "1004" in said.err
