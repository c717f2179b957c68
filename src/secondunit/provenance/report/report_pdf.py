"""The disclosure report as a PDF, drawn by reportlab: pure Python, BSD licence, no browser and no system library.

It says what the HTML says, in the same order (`report_pdf_parts` draws a shot). The same report and pictures give the
same bytes. No legal advice: said on every page.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from secondunit.provenance.report.report_html import Pictures, words
from secondunit.provenance.report.report_pdf_parts import shot_parts
from secondunit.provenance.report.report_pdf_style import (
    BOLD,
    FONT,
    SOFT,
    box,
    heading,
    load_fonts,
    paragraph,
    safe,
    table,
    tagged,
)
from secondunit.provenance.report.report_words import SHORT_NOTICE

_MARGIN, _FOOT = 16 * mm, 18 * mm
WIDTH = A4[0] - 2 * _MARGIN


def pdf_report(report: Mapping[str, Any], pictures: Pictures) -> bytes:
    """Draw a report (`report.report_of`) with its pictures."""
    load_fonts()
    file = io.BytesIO()
    title = f"Disclosure report: {report['show']['name']}"
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        title=title,
        author=report["software"],
        subject=SHORT_NOTICE,
        invariant=True,  # no time and no random id inside
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_FOOT,
    )
    frame = Frame(_MARGIN, _FOOT, WIDTH, A4[1] - _MARGIN - _FOOT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame], onPage=lambda canvas, _: _foot(canvas, title))])
    parts = [*_front(report, title)]
    for shot in report["shots"]:
        parts += shot_parts(shot, pictures.get(shot["subject"], {}), WIDTH)
    parts.append(box([("No legal advice. ", report["notice"])], WIDTH))
    document.build(parts)
    return file.getvalue()


def _front(report: Mapping[str, Any], title: str) -> list[Flowable]:
    n = len(report["shots"])
    shown = f"{n} version{'' if n == 1 else 's'}"
    made = f"Show {report['show']['code']} · made on {report['made']} · {report['software']} · {shown}"
    rows = [
        [
            shot["subject"],
            shot["kind"]["words"],
            "; ".join(f"{p['person']}: {p['use_in_words']}" for p in shot["people"]) or "nobody's likeness",
            ", ".join(
                f"{a['person']} ({words(a['role'])})"
                for a in shot["approvals"]
                if a["approved"] and a["signature_holds"] and a["of"] == "this version"
            )
            or "nobody yet",
            tagged(shot["answer"]["answer"]),
        ]
        for shot in report["shots"]
    ]
    credits = [("", line) for line in (*report["disclosure"], *report["credits"])]
    if not report["credits"]:
        credits.append(("", "No credit is owed by a licence or a consent."))
    why = (
        "The AI Act, Article 50(4), asks that the existence of such content be disclosed in a manner that does not "
        "hamper the work; a line in the credits is how films do it. Where no model took part the line is owed to "
        "nobody and may still be printed."
    )
    return [
        paragraph(title, "title"),
        paragraph(made, "soft"),
        box([("No legal advice. ", report["notice"])], WIDTH),
        *heading("At a glance"),
        table(
            ["Version", "What it is", "People", "Approved by", "As a final"], rows, WIDTH, (24, 22, 24, 27, 13)
        ),
        *heading("For the credits"),
        paragraph(why, "soft"),
        box(credits, WIDTH, warning=False),
    ]


def _foot(canvas: Canvas, title: str) -> None:
    canvas.saveState()
    canvas.setFillColor(SOFT)
    canvas.setFont(BOLD, 6.8)
    canvas.drawString(_MARGIN, 10.5 * mm, safe(SHORT_NOTICE))
    canvas.setFont(FONT, 6.8)
    canvas.drawString(_MARGIN, 7.2 * mm, safe(title)[:110])
    canvas.drawRightString(A4[0] - _MARGIN, 7.2 * mm, f"page {canvas.getPageNumber()}")
    canvas.restoreState()
