"""Two who bring the same sequence in at the same moment."""

import threading
from pathlib import Path

from secondunit.store import turnover


def test_one_listing_and_no_quarrel(tmp_path: Path) -> None:
    frames = {}
    for number in range(1001, 1007):
        frames[number] = tmp_path / f"a.{number}.exr"
        frames[number].write_bytes(bytes([number % 256]) * 100)
    for turn in range(25):
        folder = tmp_path / f"turnover{turn}"
        folder.mkdir()
        start, kept, faults = threading.Barrier(4), [], []

        def bring(folder: Path = folder, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                kept.append(turnover.keep_sequence(folder, frames).sha256)  # noqa: B023
            except BaseException as error:
                faults.append(error)  # noqa: B023

        threads = [threading.Thread(target=bring) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert len(set(kept)) == 1 and (folder / f"{kept[0]}.json").is_file()
        assert not list(folder.glob(".*"))
