from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.rights.written.names import (
    check_id,
    check_name,
    check_text,
    find_look_alike,
    is_look_alike,
    name_faults,
    shown,
    skeleton,
)

HONEST = [
    "Ada Lovelace",
    "José García",
    "Żółć Łódzka",
    "Ὀδυσσεύς Παπαδόπουλος",
    "Пётр Ильич Чайковский",
    "山田 太郎",
    "ヤマダー ハナコ",
    "高橋々 さくら",
    "김민수",
    "محمد علي",
    "דוד כהן",
    "आशा भोसले",
    "อำพล ลำพูน",
    "A$AP Rocky",
    "will.i.am",
    "P!nk",
    "Conan O’Brien",
    "Jean-Luc Godard",
    "Mª José Pérez",
    "Keʻala Settle",
    "Anna Müller (stunts)",
    "Smith & Sons 2",
    "Анна Schmidt",
]
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u115f\u2800\ufe0f\u180e\U000e0041"


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_name_in_any_script_is_taken(name: str) -> None:
    assert check_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("character", BIDI + UNSEEN + "\x00\x07\n\u2028\ue000\ud800")
def test_a_character_that_hides_or_turns_text_is_named_with_its_place(character: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_name(f"Ada{character}Lovelace")
    message = str(refused.value)
    assert f"U+{ord(character):04X}" in message and "place 4" in message
    assert character not in message, "the message itself would deceive"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("\u0410da Lovelace", 1),  # Cyrillic А
        ("Ada L\u043evelace", 6),  # Cyrillic о
        ("Ad\u03b1 Lovelace", 3),  # Greek α
        ("Paul N\u0435wman", 7),
        ("\u0421\u043e\u0440\u0435 Smith", 1),  # a whole Cyrillic word that reads "Cope"
        ("\uff21da", 1),  # full width
        ("\U0001d400da", 1),  # mathematical
        ("Ada\u00a0Lovelace", 4),  # a space that is none
    ],
)
def test_letters_that_look_like_others_are_named_with_their_place(name: str, place: int) -> None:
    with pytest.raises(BadInput) as refused:
        check_name(name)
    assert f"U+{ord(unicodedata.normalize('NFC', name)[place - 1]):04X}" in str(refused.value) or "word" in str(
        refused.value
    )
    assert f"place {place}" in str(refused.value)


@pytest.mark.parametrize("name", ["", "   ", " Ada", "Ada ", "Ada  L", "x" * 201, "😀", "A" + "\u0301" * 9])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "\u0410d\u0430 Lovelace"),
        ("Ada Lovelace", "ADA LOVELACE"),
        ("Jose Garcia", "José García"),
        ("Ida Lupino", "lda Lupino"),
        ("Barnes", "Bames"),
        ("Coco", "\u0421\u043e\u0441\u043e"),
        ("O'Brien", "O’Brien"),
        ("Lukasz", "Łukasz"),
        ("Zoe\u0301", "Zo\u00e9"),
        ("MAPIA", "\u039c\u0391\u03a1\u0399\u0391"),  # Greek capitals
        ("Jean-Luc", "Jean\u2010Luc"),
    ],
)
def test_names_that_look_alike_are_known_as_such(one: str, other: str) -> None:
    assert is_look_alike(one, other) and is_look_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Kai", "Kal"), ("Ada", "Ida"), ("कि", "कु"), ("山田", "山口"), ("Anna Müller", "Anna Müller (stunts)")],
)
def test_names_that_differ_to_the_eye_differ(one: str, other: str) -> None:
    assert not is_look_alike(one, other)


def test_the_person_who_is_meant_by_the_same_sight_is_named() -> None:
    known = {"p:grace": "Grace Hopper", "p:ada": "Ada Lovelace"}
    assert find_look_alike("\u0410da Lovelace", known) == "p:ada"
    assert find_look_alike("Alan Turing", known) is None


@given(st.text(max_size=40))
def test_every_text_gets_an_answer_and_no_message_deceives(text: str) -> None:
    faults = list(name_faults(text))
    for fault in faults:
        assert not set(fault) & set(BIDI + UNSEEN + "\x00\n")
    assert not set(shown(text)) & set(BIDI + UNSEEN)
    if not faults:
        checked = check_name(text)
        assert check_name(checked) == checked and is_look_alike(text, checked)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_a_skeleton_does_not_depend_on_how_letters_are_composed(text: str) -> None:
    assert skeleton(unicodedata.normalize("NFD", text)) == skeleton(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("good", ["C-2026-001", "p:ada_lovelace", "a.b.c", "X"])
def test_ids_are_plain(good: str) -> None:
    assert check_id(good) == good


@pytest.mark.parametrize("bad", ["", "../x", "a..b", "a b", "a/b", "p:\u0430da", "-a", ".a", "a\n", "x" * 101])
def test_ids_hold_nothing_else(bad: str) -> None:
    with pytest.raises(BadInput):
        check_id(bad)


def test_prose_keeps_its_lines_and_joiners_but_hides_nothing() -> None:
    assert check_text("نمی\u200cخواهم\n\tand so on") == "نمی\u200cخواهم\n\tand so on"
    with pytest.raises(BadInput, match=r"U\+202E"):
        check_text("paid \u202e001 dollars")
