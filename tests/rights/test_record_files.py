from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from consent_texts import TODAY, filled_in
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.on_record.projection import project
from secondunit.rights.on_record.record_kinds import KINDS
from secondunit.rights.written.record_files import READERS, Filed, read_record
from secondunit.slate.consent import Consent, PersonKind, Subject
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.rights_records import (
    Approver,
    HistoricalFigure,
    Role,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
)

SHA = "ab" * 32
FILES: dict[str, tuple[str, Any]] = {
    "consent": (filled_in(), None),
    "person": (
        'person_id = "p:ada"\nname = "Ada Lovelace"\nkind = "stunt"\nliving = true\nborn = 1985-12-10\n',
        Subject("p:ada", "Ada Lovelace", PersonKind.STUNT, True, dt.date(1985, 12, 10)),
    ),
    "tool_card": (
        f'tool_id = "deager"\nversion = "1.2"\nweights_sha256 = "{SHA}"\ntraining_data = "licensed"\n'
        'trains_on_inputs = false\nretains_inputs = false\nenterprise_secured = true\nlearned_from = ["p:ada"]\n'
        "checked_at = 2026-10-01\n",
        ToolCard(
            "deager",
            "1.2",
            SHA,
            TrainingData.LICENSED,
            False,
            False,
            True,
            ("p:ada",),
            checked_at=dt.date(2026, 10, 1),
        ),
    ),
    "training_asset": (
        f'asset_id = "t1"\nsha256 = "{SHA}"\nrights_holder = "Ada Films"\nlicence = "contract 7"\nbasis = "contract"\n'
        "opted_out = false\n",
        TrainingAsset("t1", SHA, "Ada Films", "contract 7", TrainingBasis.CONTRACT, (), False),
    ),
    "footage_licence": (
        f'source_sha256 = "{SHA}"\nowner = "Ada Films"\nlicence = "contract 9"\nderivatives = true\n'
        'commercial = true\nuses = ["vfx"]\n',
        FootageLicence(SHA, "Ada Films", "contract 9", True, True, ("vfx",)),
    ),
    "historical_figure": (
        'person_id = "p:lincoln"\nname = "Abraham Lincoln"\ndied = 1865-04-15\nheirs_known = false\n'
        'editorial_approver = "Cy Editor"\n',
        HistoricalFigure(
            "p:lincoln", "Abraham Lincoln", dt.date(1865, 4, 15), False, editorial_approver="Cy Editor"
        ),
    ),
    "strike": ('union = "SAG-AFTRA"\nstart = 2026-07-01\n', StrikeNotice("SAG-AFTRA", dt.date(2026, 7, 1))),
    "approver": (
        f'person = "Bea Lawyer"\nroles = ["production_legal"]\nkey = "{SHA}"\n',
        Approver("Bea Lawyer", (Role.PRODUCTION_LEGAL,), SHA),
    ),
}


def read(text: str, name: str = "record.toml", **more: str) -> Filed:
    return read_record(name, text, today=TODAY, **more)


def faults_of(text: str) -> list[str]:
    with pytest.raises(BadRecord) as refused:
        read(text)
    return list(refused.value.faults)


def test_every_kind_that_has_a_reader_is_one_the_ledger_knows_and_is_tried_here() -> None:
    assert set(READERS) == set(FILES) and set(READERS) <= set(KINDS)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_known_by_its_keys_or_by_its_word(kind: str) -> None:
    text, record = FILES[kind]
    filed = read(text)
    assert filed.kind == kind and filed.record == (record or filed.record)
    assert not filed.cautions or kind == "consent"
    if kind not in ("consent", "person"):
        assert read(f'kind = "{kind}"\n{text}') == filed


def test_a_person_says_what_they_are_to_the_show() -> None:
    text = FILES["person"][0]
    assert read(text.replace('"stunt"', '"person"')).record == read(text.replace('kind = "stunt"\n', "")).record
    figure = read(text.replace('"stunt"', '"historical_figure"'))
    assert isinstance(figure.record, Subject) and figure.record.kind is PersonKind.HISTORICAL_FIGURE


def test_the_same_in_yaml() -> None:
    filed = read("union: SAG-AFTRA\nstart: 2026-07-01\nend: ~\n", "strike.yaml")
    assert filed.record == FILES["strike"][1]


@pytest.mark.parametrize("text", ["", "a = 1", 'kind = "contract"\nconsent_id = "C-1"', "kind = 3"])
def test_a_file_of_no_kind_is_told_which_there_are(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert "footage_licence" in refused.value.hint


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "word"),
    [
        ("person", "Ada Lovelace", "Ada\u202eLovelace", 2, "U+202E"),
        ("person", "Ada Lovelace", "\u0410da Lovelace", 2, "cyrillic"),
        ("person", "1985-12-10", "2085-12-10", 5, "future"),
        ("person", "living = true", "living = true\ndied = 2020-01-01", 4, "day of death"),
        ("tool_card", SHA, "AB", 3, "no SHA-256"),
        ("tool_card", '"licensed"', '"none"', 4, "says `none`"),
        ("tool_card", f'weights_sha256 = "{SHA}"\n', "", 1, "known by its weights"),
        ("tool_card", "2026-10-01", "2027-10-01", 9, "future"),
        ("tool_card", "retains_inputs", "retain_inputs", 6, "did you mean `retains_inputs`"),
        ("tool_card", "checked_at", 'scope = "project_model_only"\nchecked_at', 1, "one project only"),
        ("training_asset", "contract 7", "unknown", 4, "names no licence"),
        ("training_asset", '"contract"', '"fair use"', 5, "is none of contract"),
        ("footage_licence", "Ada Films", "", 2, "is empty"),
        ("footage_licence", SHA, "", 1, "no SHA-256"),
        ("historical_figure", "1865", "2865", 3, "future"),
        ("strike", "2026-07-01", "2026-07-01\nend = 2026-06-01", 3, "before the start"),
        ("approver", "production_legal", "boss", 2, "is none of studio_contact"),
        ("approver", f'"{SHA}"', '"my key"', 3, "no public key"),
    ],
)
def test_a_fault_has_its_line(kind: str, old: str, new: str, line: int, word: str) -> None:
    text = FILES[kind][0]
    assert old in text
    faults = faults_of(text.replace(old, new, 1))
    assert any(fault.startswith(f"record.toml:{line}: ") and word in fault for fault in faults), faults


def test_what_nobody_knows_is_told() -> None:
    said = read('tool_id = "t"\nversion = "1"').cautions
    assert len(said) == 5 and sum("bad answer" in one for one in said) == 3
    assert "counts as a minor" in read('person_id = "p"\nname = "Ada"').cautions[0]
    assert any(
        "opted out" in one for one in read(FILES["training_asset"][0].replace("opted_out = false", "")).cautions
    )
    assert any(
        "heirs" in one for one in read(FILES["historical_figure"][0].replace("heirs_known = false", "")).cautions
    )


def test_the_paper_of_a_footage_licence_goes_on_record_by_hash() -> None:
    text = FILES["footage_licence"][0]
    filed = read(text, document_sha256="cd" * 32)
    assert isinstance(filed.record, FootageLicence) and filed.record.document_sha256 == "cd" * 32
    with pytest.raises(BadRecord, match="1 fault"):
        read(text + f'document_sha256 = "{SHA}"\n', document_sha256="cd" * 32)


def test_a_consent_goes_through_the_same_door() -> None:
    filed = read(filled_in())
    assert isinstance(filed.record, Consent) and filed.cautions
    assert project([]).consents == {}


_pieces = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["[", "]]", "{", '"""', "'", "=", "\n", "#", ".", "\\", "\u202e", "1e999", "nan", "- ", ": ", "&a", "*a"]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data(), st.booleans())
def test_no_damage_to_a_file_brings_the_reader_down(kind: str, data: st.DataObject, as_yaml: bool) -> None:
    text = FILES[kind][0]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(_pieces) + text[end:]
    name = "record.yaml" if as_yaml else "record.toml"
    n_lines = text.count("\n") + 1
    try:
        read(text.replace(" = ", ": ") if as_yaml else text, name)
    except BadRecord as refused:
        for fault in refused.faults:
            number = int(fault.removeprefix(f"{name}:").split(":")[0])
            assert 1 <= number <= n_lines + 1 and "\u202e" not in fault
    except BadInput as refused:
        assert refused.hint
