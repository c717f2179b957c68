"""One version in the PDF, part by part."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, KeepTogether, PageBreak, Table, TableStyle

from secondunit.provenance.report.report_html import CONTACT, plain_value, words
from secondunit.provenance.report.report_pdf_style import (
    Markup,
    coloured,
    heading,
    markup,
    paragraph,
    table,
    tagged,
)

_YES = {True: "yes", False: "no", None: "nobody knows"}
_PER_ROW = 3
_TALLEST = 330


def shot_parts(shot: Mapping[str, Any], pictures: Mapping[str, bytes], width: float) -> list[Flowable]:
    """Everything about one version, on pages of its own."""
    return [
        PageBreak(),
        *_head(shot, width),
        *_pictures(pictures, width),
        *_made(shot, width),
        *_people(shot, width),
        *_approvals(shot, width),
        *_human(shot, width),
        *_time(shot, width),
        *_policies(shot, width),
    ]


def _head(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield paragraph(shot["subject"], "h2")
    answer = shot["answer"]
    yield paragraph(Markup(f"{tagged(answer['answer'])} as a final. {markup(shot['description'])}"))
    human = shot["human"]["published_by"]
    rows = [
        ["What it is", f"{shot['kind']['words']} ({shot['kind']['source_type']})"],
        [
            "Frames",
            f"{shot['frames']} at {shot['rate']} a second, {shot['seconds']:.3g} s, "
            f"scene {shot['scene'] or 'not named'}",
        ],
        ["Made", _moment(shot["created"]) + (f" by {human}" if human else "")],
        [
            "Content",
            f"{shot['content_sha256']} ({shot['files']['n']} files, {shot['files']['bytes'] / 1e6:.1f} MB)",
        ],
        ["Lineage", shot["lineage_sha256"]],
    ]
    if shot["mark"]:
        rows.append(["Watermark", f"number {shot['mark']} in every movie"])
    rows += [["Delivered", f"{_moment(d['at'])} to {d['to']} by {d['by']}"] for d in shot["deliveries"]]
    yield _facts(rows, width)
    if answer["open"]:
        yield from heading("What is open before it may be shown", "h3")
        open_rows = [[row["rule"], row["sentence"], row["source"]] for row in answer["open"]]
        yield table(["Rule", "What is missing", "Rests on"], open_rows, width, (20, 55, 35))
    if answer["owed"]:
        yield from heading("What is owed in return")
        owed = [[row["rule"], row["sentence"], row["source"]] for row in answer["owed"]]
        yield table(["Rule", "What is owed", "Rests on"], owed, width, (20, 55, 35))


def _pictures(pictures: Mapping[str, bytes], width: float) -> Iterator[Flowable]:
    if CONTACT in pictures:
        yield KeepTogether([_picture(pictures[CONTACT], width), paragraph("Contact sheet.", "soft")])
    layers = [(name, jpeg) for name, jpeg in pictures.items() if name != CONTACT]
    if not layers:
        return
    each = width / _PER_ROW - 6
    cells = iter([[_picture(jpeg, each), paragraph(name, "soft")] for name, jpeg in layers])
    rows: list[list[Any]] = []
    while row := list(islice(cells, _PER_ROW)):
        rows.append([*row, *[""] * (_PER_ROW - len(row))])
    grid = Table(rows, [width / _PER_ROW] * _PER_ROW)
    grid.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    yield KeepTogether([paragraph("Layers of the middle frame", "h3"), grid])


def _made(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield from heading("What was generated, and by what", "h3")
    yield table(
        ["Part", "Engine", "Kind", "Models", "Settings"],
        [
            [
                take["name"],
                f"{take['engine']} {take['engine_version']}",
                take["kind"],
                ", ".join(take["models"]) or "none",
                _settings(take),
            ]
            for take in shot["generated"]
        ],
        width,
        (16, 22, 30, 16, 26),
    )
    yield from heading("Tools and models", "h3")
    rows = [row for model in shot["models"] for row in _model_rows(model)]
    if rows:
        head = ["Tool", "Learned", "Keeps inputs", "Learns from inputs", "Weights"]
        yield table(head, rows, width, (22, 38, 16, 18, 20))
    else:
        yield paragraph("The request names no tool.", "soft")
    yield from heading("Sources", "h3")
    yield table(
        ["Source", "Owner", "Licence", "Kind", "SHA-256"],
        [
            [
                Markup(f"{markup(s['title'])}<br/>{coloured(_role(s), 'soft')}"),
                s["owner"] or "the production",
                s["licence"] or "–",
                s["kind"] or "–",
                s["sha256"][:16] + "…",
            ]
            for s in shot["sources"]
        ],
        width,
        (32, 20, 16, 24, 20),
    )


def _model_rows(model: Mapping[str, Any]) -> Iterator[list[str]]:
    name = f"{model['tool']} {model['version']}"
    if not model["on_record"]:
        yield [name, Markup(coloured("not on record", "bad")), "", "", ""]
        return
    learned = model["training_data"]
    if model["learned_from"]:
        learned += "; people " + ", ".join(model["learned_from"])
    weights = model["weights_sha256"][:16] + "…" if model["weights_sha256"] else "none"
    yield [name, learned, _YES[model["retains_inputs"]], _YES[model["trains_on_inputs"]], weights]
    for data in model["datasets"]:
        if data["on_record"]:
            basis = words(data["basis"] or "nobody knows")
            said = f"{data['holder']}, {data['licence']}, basis {basis}, opted out: {_YES[data['opted_out']]}"
        else:
            said = "not on record"
        yield [Markup(coloured(f"data {data['id']}", "soft")), said, "", "", ""]


def _people(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield from heading("People and consents", "h3")
    if not shot["people"]:
        yield paragraph("No person's likeness is made or changed.", "soft")
    for person in shot["people"]:
        state = coloured("covered", "good") if person["covered"] else coloured("not covered", "bad")
        yield from heading(Markup(f"{markup(person['person'])}: {markup(person['use_in_words'])}, {state}"), "h4")
        for sentence in person["basis"]:
            yield paragraph(sentence, "soft")
        for reason in person["reasons"]:
            source = coloured(f"({reason['rule']}; {reason['source']})", "soft")
            yield paragraph(Markup(f"{coloured(reason['sentence'], 'bad')} {source}"))
        consent = person["consent"]
        if consent is not None:
            yield paragraph(Markup(_consent(consent)), "soft")
            rows = [[t["term"], words(t["agreed"]), words(t["here"])] for t in consent["terms"]]
            yield table(["Term", "Agreed", "Here"], rows, width, (20, 45, 45))


def _consent(consent: Mapping[str, Any]) -> str:
    good = consent["standing"] == "active"
    signed = "separately signed" if consent["separately_signed"] else "not separately signed"
    known = f"{consent['sha256'][:16]}… " if consent["sha256"] else ""
    since = f" since {consent['since']}" if consent["since"] else ""
    said = (
        f"Consent {known}version {consent['version']}, {consent['replica_class']}, granted by "
        f"{words(consent['signed_for_by'])} with {words(consent['representation'])}, {signed}; it is "
    )
    return f"{markup(said)}<b>{coloured(consent['standing'], 'good' if good else 'bad')}</b>{markup(since)}."


def _approvals(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield from heading("Approvals", "h3")
    if not shot["approvals"]:
        yield paragraph("Nobody has approved or declined it yet.", "soft")
        return
    rows = []
    for a in shot["approvals"]:
        said = ("approved" if a["approved"] else "declined") + (f": {a['reason']}" if a["reason"] else "")
        holds = "holds" if a["signature_holds"] else "does not hold"
        colour = "good" if a["approved"] else "bad"
        rows.append(
            [
                a["person"],
                words(a["role"]),
                _moment(a["at"]),
                Markup(coloured(said, colour)),
                a["of"],
                holds,
            ]
        )
    yield table(
        ["Who", "In what office", "When", "Said", "Of", "Signature"], rows, width, (20, 20, 20, 24, 14, 12)
    )


def _human(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    human = shot["human"]
    yield from heading("What people contributed", "h3")
    if human["brief"]:
        yield paragraph("The supervisor's brief", "soft")
        yield _facts([[words(key), plain_value(value)] for key, value in human["brief"].items()], width)
    for key, values in human["direction"].items():
        yield paragraph(f"{key}: {', '.join(values) or 'none'}", "soft")
    if human["declared"]:
        rows = [[d["means"] or words(d["fact"]), words(d["value"]), d["of"], d["by"]] for d in human["declared"]]
        yield table(["Declared", "Value", "Of", "By"], rows, width, (50, 16, 24, 20))
    else:
        yield paragraph("Nobody has declared anything of this shot.", "soft")


def _time(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield from heading("What happened when", "h3")
    rows = [
        [
            _moment(event["at"]),
            Markup(coloured("●", "bad" if event["bad"] else "good")),
            event["what"],
            Markup(coloured(f"line {event['line']}", "soft")),
        ]
        for event in shot["timeline"]
    ]
    if rows:
        yield table([], rows, width, (22, 4, 70, 14))


def _policies(shot: Mapping[str, Any], width: float) -> Iterator[Flowable]:
    yield from heading("Policies, row by row", "h3")
    for policy in shot["policies"]:
        name = coloured(f"{policy['id']} v{policy['version']} of {policy['dated']}", "soft")
        yield from heading(Markup(f"{markup(policy['title'])} {name}"), "h4")
        yield paragraph(policy["notice"], "soft")
        rows = [[_first(r), _state(r), _says(r), Markup(coloured(r["source"], "soft"))] for r in policy["rows"]]
        yield table(["Row", "Here", "Says", "Rests on"], rows, width, (16, 17, 52, 28))


def _first(row: Mapping[str, Any]) -> str:
    return str(row["id"]) if row["state"] == "fired" else Markup(coloured(row["id"], "soft"))


def _state(row: Mapping[str, Any]) -> Markup:
    if row["state"] == "fired":
        colour = {"forbid": "bad", "approve": "wait", "notify": "wait"}.get(row["decision"], "good")
        given = {True: ": given", False: ": open", None: ""}[row["given"]]
        colour = "good" if row["given"] else colour
        here = f"<b>{coloured(row['decision'] + given, colour)}</b>"
    else:
        here = coloured(row["state"], "soft")
    return Markup(here if row["confirmed"] else f"{here}<br/>{coloured('not confirmed', 'wait')}")


def _says(row: Mapping[str, Any]) -> Markup:
    about = f"{', '.join(row['about'])}: " if row["about"] else ""
    if row["state"] != "fired":
        return Markup(coloured(about + row["sentence"], "soft"))
    more = [", ".join(map(words, row["roles"]))] if row["roles"] else []
    if row["undeclared"]:
        more.append("nobody has declared " + ", ".join(map(words, row["undeclared"])))
    return Markup(markup(about + row["sentence"]) + "".join(f"<br/>{coloured(line, 'soft')}" for line in more))


def _facts(rows: Sequence[Sequence[str]], width: float) -> Flowable:
    return table([], [[Markup(coloured(name, "soft")), value] for name, value in rows], width, (18, 92))


def _settings(take: Mapping[str, Any]) -> str:
    said = plain_value(take["settings"])
    seed = "" if take["seed"] is None else f"seed {take['seed']}"
    return "; ".join(part for part in (said, seed) if part)


def _moment(at: str) -> str:
    """A moment in UTC to the minute."""
    return f"{at[:10]} {at[11:16]}"


def _role(source: Mapping[str, Any]) -> str:
    return str(source["role"]) + (f", {source['files']} files" if source["files"] > 1 else "")


def _picture(jpeg: bytes, width: float) -> Flowable:
    w, h = ImageReader(io.BytesIO(jpeg)).getSize()
    width = min(width, _TALLEST * w / h, w)  # never larger than a point a pixel
    drawn = Image(io.BytesIO(jpeg), width, width * h / w)
    drawn.hAlign = "LEFT"
    return drawn
