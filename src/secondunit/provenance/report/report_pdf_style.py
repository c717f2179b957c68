"""The look of the PDF: its letters, its paragraphs, tables that go on over pages, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Paragraph, Table, TableStyle

FONT, BOLD, EAST = "DejaVuSans", "DejaVuSans-Bold", "STSong-Light"
INK, SOFT, LINE, WASH = HexColor("#1b1d22"), HexColor("#5d6470"), HexColor("#d9dce2"), HexColor("#f4f5f7")
_COLOURS = {"good": "#1d6b45", "bad": "#a32222", "wait": "#8a5a00", "soft": "#5d6470"}
_TAGS = {"cleared": "good", "refused": "bad"}


def _style(name: str, size: float, lead: float, **more: Any) -> ParagraphStyle:
    base: dict[str, Any] = {
        "fontName": FONT, "fontSize": size, "leading": lead, "textColor": INK, "splitLongWords": 1,
    }  # fmt: skip
    return ParagraphStyle(name, **{**base, **more})


STYLES = {
    "title": _style("title", 18, 23, fontName=BOLD, spaceAfter=3),
    "h2": _style("h2", 13.5, 18, fontName=BOLD, spaceBefore=2, spaceAfter=4),
    "h3": _style("h3", 10, 14, fontName=BOLD, spaceBefore=11, spaceAfter=4),
    "h4": _style("h4", 8.6, 12, fontName=BOLD, spaceBefore=7, spaceAfter=2),
    "body": _style("body", 8.4, 12, spaceAfter=3),
    "soft": _style("soft", 7.6, 11, textColor=SOFT, spaceAfter=3),
    "cell": _style("cell", 7.2, 9.6),
    "head": _style("head", 7.2, 9.6, fontName=BOLD, textColor=SOFT),
}


@cache
def load_fonts() -> None:
    """Make the letters known: DejaVu (Latin, Greek, Cyrillic) goes into the file; for ideographs the reader's own."""
    folder = files("secondunit.provenance.report") / "fonts"
    for name in (FONT, BOLD):
        with as_file(folder / f"{name}.ttf") as path:
            registerFont(TTFont(name, str(path)))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    registerFont(UnicodeCIDFont(EAST))


def safe(text: str) -> str:
    """A text with what no letter of ours shows told by its number, never left out."""
    return "".join(char if _known(char) else f"[U+{ord(char):04X}]" for char in text)


def markup(text: object) -> str:
    """Any text as it may stand in a paragraph: escaped, and in letters that are there."""
    parts = []
    for east, run in groupby(str(text), _is_east):
        said = "".join(run)
        words = escape(said if east else safe(said))
        parts.append(f'<font name="{EAST}">{words}</font>' if east else words)
    return "".join(parts).replace("\n", "<br/>")


def coloured(text: object, colour: str) -> str:
    """Markup of a text in `good`, `bad`, `wait` or `soft`."""
    return f'<font color="{_COLOURS[colour]}">{markup(text)}</font>'


def tagged(answer: str) -> Markup:
    """The gate's answer in its colour."""
    return Markup(f"<b>{coloured(answer, _TAGS.get(answer, 'wait'))}</b>")


class Markup(str):
    """A text that is markup already; everything else is escaped."""

    __slots__ = ()


def paragraph(text: str, style: str = "body") -> Paragraph:
    """A paragraph of a plain text, or of `Markup`."""
    return Paragraph(text if isinstance(text, Markup) else markup(text), STYLES[style])


def heading(text: str, style: str = "h3") -> list[Flowable]:
    """A heading that does not stand alone at the foot of a page: a long table after it may still begin there."""
    return [CondPageBreak(62), paragraph(text, style)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: float, shares: Sequence[float]) -> Flowable:
    """A table whose head stands again on every page it goes on to; `shares` of the width, by column."""
    cells = [[paragraph(cell, "head") for cell in head]] if head else []
    cells += [[paragraph(cell, "cell") for cell in row] for row in rows]
    whole = sum(shares)
    drawn = LongTable(
        cells, [width * share / whole for share in shares], repeatRows=1 if head else 0, spaceAfter=5
    )
    drawn.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                *([("LINEBELOW", (0, 0), (-1, 0), 0.7, INK)] if head else []),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 2.2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ]
        )
    )
    return drawn


def box(lines: Sequence[tuple[str, str]], width: float, *, warning: bool = True) -> Flowable:
    """Paragraphs (bold beginning, text) in a box."""
    cells = [[paragraph(Markup(f"<b>{markup(bold)}</b>{markup(text)}"))] for bold, text in lines]
    drawn = Table(cells, [width], spaceBefore=6, spaceAfter=6)
    edge = (
        ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor("#8a5a00"))
        if warning
        else ("BOX", (0, 0), (-1, -1), 0.5, LINE)
    )
    ground = HexColor("#fdf6e7") if warning else WASH
    drawn.setStyle(
        TableStyle([("BACKGROUND", (0, 0), (-1, -1), ground), edge, ("LEFTPADDING", (0, 0), (-1, -1), 9)])
    )
    return drawn


def _is_east(char: str) -> bool:
    """Ideographs, kana and their punctuation, which our own letters do not have."""
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\uff00" <= char <= "\uffef"


def _known(char: str) -> bool:
    load_fonts()
    letters: Any = getFont(FONT)
    return char == "\n" or ord(char) in letters.face.charToGlyph
