"""The command line: thin, holds no rules.

Enters: words typed by a person. Leaves: data on stdout (`--json` for machines), progress and messages on stderr,
and an exit code: 0 done · 2 bad input · 3 not cleared · 4 an engine failed · 5 verification failed.
"""

from secondunit.cli.app import main

__all__ = ["main"]
