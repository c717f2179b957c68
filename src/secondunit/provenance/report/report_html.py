"""The disclosure report as one HTML file that needs nothing else: pictures inside, printable, every text escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from secondunit.provenance.report.report_words import SHORT_NOTICE

Pictures = Mapping[str, Mapping[str, bytes]]
"""JPEGs by the subject of a shot and by what they show: `contact`, then layers by name."""

CONTACT = "contact"


def html_report(report: Mapping[str, Any], pictures: Pictures) -> str:
    """Draw a report (`report.report_of`). The same report and pictures give the same text."""
    drawn = {
        subject: {name: _inside(jpeg) for name, jpeg in shown.items()} for subject, shown in pictures.items()
    }
    return _template().render(report=report, pictures=drawn, short_notice=SHORT_NOTICE, contact=CONTACT)


@cache
def _template() -> Template:
    # Nothing is loaded from disk but this one file, and nothing a record says is ever taken for markup.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["words"] = words
    environment.filters["plain"] = plain_value
    text = (files("secondunit.provenance.report") / "templates" / "report.html").read_text(encoding="utf-8")
    return environment.from_string(text)


def words(name: str) -> str:
    """`production_legal` as a person reads it."""
    return str(name).replace("_", " ")


def plain_value(value: Any) -> str:
    """A setting as a person reads it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(item) for item in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{words(key)} {plain_value(inner)}" for key, inner in value.items())
    return str(value)


def _inside(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
