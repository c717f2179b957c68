"""A PostgreSQL server of the tests' own, on a socket in a folder, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_installed() -> bool:
    """Whether the server and the driver are here, and somebody to run it as: it refuses to be run by root."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return False
    return all(shutil.which(name) for name in ("initdb", "pg_ctl")) and (
        os.geteuid() != 0 or _guest() is not None
    )


@contextmanager
def server() -> Iterator[str]:
    """The folder of the socket of a running server; its superuser is `second`, without a password."""
    # Not in pytest's folder: others may not enter that, and a socket's path may not be long.
    folder = Path(tempfile.mkdtemp(prefix="su-pg-"))
    guest = _guest() if os.geteuid() == 0 else None
    try:
        if guest is not None:
            os.chown(folder, guest.pw_uid, guest.pw_gid)
        data, options = (
            folder / "data",
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off",
        )
        _run(guest, "initdb", "--no-sync", "--auth=trust", "-U", "second", "-E", "UTF8", "-D", str(data))
        control = ("pg_ctl", "-D", str(data), "-l", str(folder / "log"))
        _run(guest, *control, "-w", "-o", options, "start")
        try:
            yield str(folder)
        finally:
            _run(guest, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _guest() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _run(guest: pwd.struct_passwd | None, *words: str) -> None:
    who = {"user": guest.pw_uid, "group": guest.pw_gid, "extra_groups": []} if guest else {}
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
    subprocess.run(
        words,
        check=True,
        cwd="/",
        env=environ,
        stdout=subprocess.DEVNULL,
        timeout=120,
        **who,  # type: ignore[call-overload]
    )
