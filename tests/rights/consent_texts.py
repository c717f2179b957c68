"""Consents as files and as values, for the tests about them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from secondunit.rights.consents.consent_file import consent_template, read_consent
from secondunit.slate.consent import Consent

TODAY = dt.date(2026, 11, 25)
DESCRIPTION = "Ada is made to look twenty years younger in the ball scene of the first act."


def filled_in() -> str:
    """The template as somebody who follows it fills it in."""
    text = consent_template()
    text = text.replace("<At least eight words and forty characters.>", DESCRIPTION)
    text = text.replace('document_sha256 = ""', f'document_sha256 = "{"ab" * 32}"')
    return re.sub(r"<([^<>]*)>", r"\1", text)


def a_consent(**changes: Any) -> Consent:
    """The template's consent with some fields changed: `subject__born=…` reaches into a table."""
    consent = read_consent("consent.toml", filled_in(), today=TODAY)
    for name, value in changes.items():
        table, _, field = name.partition("__")
        if field:
            inner = replace(getattr(consent, table), **{field: value})
            consent = replace(consent, **{table: inner})
        else:
            consent = replace(consent, **{table: value})
    return consent


def line_of(text: str, words: str) -> int:
    """The only line that holds some words."""
    (number,) = [n for n, line in enumerate(text.splitlines(), 1) if words in line]
    return number
