"""Every error a user can meet, and the exit code each one ends with.

    SecondUnitError                     1   never raised itself
    ├── BadInput                        2   a file, name, number or option that cannot be used as given
    │   ├── BadMedia                    2   a still, sequence or movie that cannot be read
    │   ├── BadName                     2   a show, shot, version or file name outside the naming rules
    │   └── BadRecord                   2   a consent, card or notice that cannot go on record; carries every fault
    ├── NotCleared                      3   the gate refused; carries every reason
    ├── EngineFailed                    4   an engine stopped: out of disk, out of memory, a solver that diverged
    └── VerificationFailed              5   a version on disk is not what was signed

A message is one sentence in plain words without a full stop: what is wrong, where. `hint` says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence


class SecondUnitError(Exception):
    """The root: `str(error)` is the sentence, `error.hint` the next action, `error.exit_code` the exit code."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BadInput(SecondUnitError):
    """What was given cannot be used as it is."""

    exit_code = 2


class BadMedia(BadInput):
    """A picture, sequence or movie that cannot be read or is not what it claims to be."""


class BadName(BadInput):
    """A name outside the rules of `slate.naming`."""


class BadRecord(BadInput):
    """A file that cannot go on record. `faults` holds one sentence for every fault, each with file and line."""

    def __init__(self, message: str, *, faults: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


class NotCleared(SecondUnitError):
    """The gate said no. `reasons` holds one sentence for every rule that failed, not only the first."""

    exit_code = 3

    # With a default, so that it comes back whole from another process: `pickle` passes the message alone.
    def __init__(self, message: str, *, reasons: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reasons = tuple(reasons)


class EngineFailed(SecondUnitError):
    """An engine could not finish a chunk that was cleared and well formed."""

    exit_code = 4


class VerificationFailed(SecondUnitError):
    """What lies on disk is not what was signed. `findings` names each thing that differs."""

    exit_code = 5

    def __init__(self, message: str, *, findings: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)
