"""Who sits at this machine: the name that is written beside what they do."""

from __future__ import annotations

import os
from getpass import getuser

from secondunit.rights.written.names import check_name


def account() -> str:
    """`SECONDUNIT_USER`, else the account's own name. Raises `BadInput` for a name that deceives."""
    return check_name(os.environ.get("SECONDUNIT_USER") or getuser(), what="author")
