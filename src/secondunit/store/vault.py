"""The vault: signed papers by content hash, for the eyes of this account only.

A paper goes in whole or not at all and is checked each time it comes out. Nothing of it but the hash ever stands in
the ledger, a lineage or a manifest; not even its name is kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from secondunit.errors import BadInput, VerificationFailed
from secondunit.media.disk import plain_disk_errors
from secondunit.store.atomic import sync_folder
from secondunit.store.plain_file import blocks, opened
from secondunit.store.safe_paths import inside

VAULT = "vault"
MAX_BYTES = 512 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_STALE_S = 3600.0


class Vault:
    """The vault of one show, the folder `vault/`, made when the first paper comes in."""

    def __init__(self, show: Path) -> None:
        self.folder = inside(show, VAULT)

    def keep(self, document: Path) -> str:
        """Keep a copy of a document and return its SHA-256, 64 hex digits; the same one is not kept twice.

        Raises `BadInput` for what is no file, is empty or larger than 512 MiB, and for a vault that is a link;
        `EngineFailed` on a full disk.
        """
        self._make()
        with plain_disk_errors(self.folder), opened(document, MAX_BYTES) as source:
            number, name = tempfile.mkstemp(prefix=".coming.", dir=self.folder)  # mode 0600
            beside = Path(name)
            try:
                digest = hashlib.sha256()
                with os.fdopen(number, "wb") as copy:
                    for block in blocks(source):
                        digest.update(block)
                        copy.write(block)
                    copy.flush()
                    os.fsync(copy.fileno())
                sha256 = digest.hexdigest()
                beside.replace(self.folder / sha256)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            sync_folder(self.folder)
        return sha256

    def has(self, sha256: str) -> bool:
        """Whether a document of this hash is kept; its content is not looked at."""
        place = self._place(sha256)
        return place.is_file() and not place.is_symlink()

    def read(self, sha256: str) -> bytes:
        """A kept document. Raises `BadInput` when there is none, `VerificationFailed` when it was changed."""
        if not self.has(sha256):
            raise BadInput(f"no paper with the hash {sha256[:12]}… lies in the vault", hint="bring it in again")
        with opened(self._place(sha256), MAX_BYTES) as source:
            data = b"".join(blocks(source))
        if hashlib.sha256(data).hexdigest() != sha256:
            sentence = f"the paper {sha256[:12]}… in the vault is not the one that was kept"
            raise VerificationFailed(sentence, findings=[sentence], hint="bring the signed paper in again")
        return data

    def damaged(self) -> list[str]:
        """The hashes whose papers are no longer what was kept."""
        found = []
        for place in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
            if _SHA256.match(place.name):
                try:
                    self.read(place.name)
                except (BadInput, VerificationFailed):
                    found.append(place.name)
        return found

    def _place(self, sha256: str) -> Path:
        if not _SHA256.match(sha256):
            raise BadInput(f"`{sha256[:80]}` is no SHA-256", hint="it is 64 digits and letters from a to f")
        return self.folder / sha256

    def _make(self) -> None:
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            raise BadInput(
                f"`{self.folder}` is no folder of its own",
                hint="the vault lies inside the show, not behind a link",
            )
        with plain_disk_errors(self.folder.parent):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
            for stale in self.folder.glob(".coming.*"):
                if time.time() - stale.lstat().st_mtime > _STALE_S:
                    stale.unlink(missing_ok=True)
