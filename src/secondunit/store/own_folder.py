"""Where this person's keys and certificates lie: outside of every show, because a show is copied and handed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_folder(environ: Mapping[str, str] | None = None) -> Path:
    """`SECONDUNIT_HOME`, else `$XDG_CONFIG_HOME/secondunit`, else `~/.config/secondunit`."""
    env = os.environ if environ is None else environ
    if env.get("SECONDUNIT_HOME"):
        return Path(env["SECONDUNIT_HOME"]).expanduser()
    if env.get("XDG_CONFIG_HOME"):
        return Path(env["XDG_CONFIG_HOME"]) / "secondunit"
    return Path.home() / ".config" / "secondunit"
