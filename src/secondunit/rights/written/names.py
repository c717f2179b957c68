"""Names and ids that cannot deceive: what they show is what they are.

Sources: Unicode UTS #39 (mixed scripts, confusable letters, skeletons), UAX #15 (NFC), and the attacks of
"Trojan Source" (CVE-2021-42574): characters that turn the direction of text or cannot be seen at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from secondunit.errors import BadInput
from secondunit.rights.written.look_alikes import LOOKS, TWINS

MAX_NAME, MAX_ID = 200, 100
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_:-]|\.(?!\.))*\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
# Unicode's Default_Ignorable_Code_Point, line and paragraph separators, interlinear marks, the empty Braille cell.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"  # Persian and Indic prose needs them; a name may not hide them
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_IN_NAMES = ("L", "M", "Nd", "P", "Sc")  # with the space and `+`
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
_SCRIPT_OF = {
    "IDEOGRAPHIC": "CJK",
    "KATAKANA-HIRAGANA": "KATAKANA",
    "HALFWIDTH": "",
    "FULLWIDTH": "",
    "DOTLESS": "LATIN",
    "FEMININE": "LATIN",
    "MASCULINE": "LATIN",
    "MODIFIER": "",  # the Hawaiian ʻ and its kin stand in many scripts
}


def check_name(name: str, *, what: str = "name") -> str:
    """A person's or company's name in NFC; raises `BadInput` that names the first wrong character and its place."""
    return _checked(name, name_faults(name), what)


def check_id(text: str, *, what: str = "id") -> str:
    """An id of letters, digits, `_`, `-`, `:` and single `.`; raises `BadInput`."""
    return _checked(text, id_faults(text), what)


def check_text(text: str, *, what: str = "text") -> str:
    """Prose in NFC without characters that hide or turn it round; raises `BadInput`."""
    return _checked(text, text_faults(text), what)


def name_faults(name: str) -> Iterator[str]:
    """What is wrong with a name, one clause for each thing, as in "has a hidden …"; nothing for an honest one.

    Any script is welcome; a word stays within one (Japanese and Korean ones mix as they do in life).
    """
    text = unicodedata.normalize("NFC", name)
    if not text.strip():
        yield "is empty"
        return
    if len(text) > MAX_NAME:
        yield f"is longer than {MAX_NAME} characters"
        return
    if text != " ".join(text.split(" ")).strip() or "  " in text:
        yield "has a space too many"
    seen = [_character_fault(text, place) for place in range(len(text))]
    faults = [fault for fault in seen if fault]
    yield from faults
    if not faults:
        yield from _script_faults(text)


def id_faults(text: str) -> Iterator[str]:
    """What is wrong with an id."""
    if not text:
        yield "is empty"
    elif len(text) > MAX_ID:
        yield f"is longer than {MAX_ID} characters"
    else:
        bad = next((place for place in range(len(text)) if not _ID.match(text[: place + 1])), None)
        if bad is not None:
            yield f"has {_called(text[bad])} at place {bad + 1}, where an id has letters, digits, `_`, `-`, `:` or `.`"


def text_faults(text: str) -> Iterator[str]:
    """What is wrong with prose: characters that hide, or that make it read otherwise than it is written."""
    for place, character in enumerate(text):
        if character not in "\n\t" and character not in _JOINERS and is_hidden(character):
            yield f"has a hidden character, {_called(character)}, at place {place + 1}"


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 as we write it: 64 digits and small letters."""
    return _SHA256.match(text) is not None


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, turns the direction of text or means nothing to anybody else."""
    return unicodedata.category(character) in _HIDDEN or _UNSEEN.match(character) is not None


def shown(text: str) -> str:
    """Text that may go into a message: what cannot be seen is spelt out, what is long is cut."""
    spelt = "".join(f"<U+{ord(c):04X}>" if is_hidden(c) else c for c in text[:MAX_NAME])
    return spelt + ("…" if len(text) > MAX_NAME else "")


def skeleton(name: str) -> str:
    """What a name looks like: two names with one skeleton are told apart by a machine only (UTS #39 section 4).

    Marks on Latin, Greek and Cyrillic letters are left out, letters stand for the Latin ones they resemble.

    >>> skeleton("Ada") == skeleton("\\u0410d\\u0430")
    True
    """
    bare = _unmarked(name)
    looks = "".join(LOOKS.get(character, character) for character in bare)
    for pair, one in TWINS:
        looks = looks.replace(pair, one)
    return " ".join(looks.split())


def is_look_alike(one: str, other: str) -> bool:
    """Whether two names could be taken for each other, in the same case or in any."""
    return bool(set(_keys(one)) & set(_keys(other)))


def find_look_alike(name: str, known: Mapping[str, str]) -> str | None:
    """The id on record whose name could be taken for this one; `known` maps ids to names."""
    wanted = set(_keys(name))
    return next((who for who, other in known.items() if wanted & set(_keys(other))), None)


@lru_cache(maxsize=1 << 16)
def _keys(name: str) -> tuple[str, str]:
    return "seen " + skeleton(name), "said " + skeleton(name.casefold())


def _checked(text: str, faults: Iterator[str], what: str) -> str:
    fault = next(faults, None)
    if fault is not None:
        raise BadInput(
            f"the {what} `{shown(text)}` {fault}", hint=f"type the {what} again, by hand, in one script"
        )
    return unicodedata.normalize("NFC", text)


def _called(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    sight = "" if is_hidden(character) or character.isspace() else f"`{character}` "
    return f"{sight}U+{ord(character):04X}" + (f" ({name})" if name else "")


def _character_fault(text: str, place: int) -> str:
    character = text[place]
    if is_hidden(character):
        return f"has a hidden character, {_called(character)}, at place {place + 1}"
    if character in " +":
        return ""
    if not unicodedata.category(character).startswith(_IN_NAMES):
        return f"has {_called(character)} at place {place + 1}, which stands in no name"
    tag = unicodedata.decomposition(character).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", character)
    if tag.startswith("<") and character not in "ªº" and (tag != "<compat>" or plain.isascii()):
        return f"has {_called(character)} at place {place + 1}, a look-alike form of `{plain}`"
    marks = text[max(0, place - 4) : place + 1]
    if len(marks) == 5 and all(unicodedata.category(mark) == "Mn" for mark in marks):
        return f"heaps marks on one letter at place {place + 1}"
    return ""


def _script_faults(text: str) -> Iterator[str]:
    words = list(_words(text))
    latin = any("LATIN" in _scripts(word) for _, word in words)
    for start, word in words:
        scripts = _scripts(word)
        if len(scripts) > 1 and not any(set(scripts) <= allowed for allowed in _TOGETHER):
            place, odd = _odd_one(word, scripts)
            others = next(script for script in scripts if script != _script(odd))
            yield f"has {_called(odd)} at place {start + place + 1} among {others.title()} letters"
        elif latin and "LATIN" not in scripts and all(letter in LOOKS for letter in _unmarked(word)):
            script = next(iter(scripts), "other").title()
            yield f"has the {script} word `{word}` at place {start + 1}, which looks like a Latin one"


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Each run of letters and their marks, with where it starts."""
    start = 0
    for place, character in enumerate(text + " "):
        if unicodedata.category(character)[0] not in "LM":
            if place > start:
                yield start, text[start:place]
            start = place + 1


def _odd_one(word: str, scripts: Mapping[str, int]) -> tuple[int, str]:
    rare = min(scripts, key=lambda script: (scripts[script], script == "LATIN"))
    return next((place, letter) for place, letter in enumerate(word) if _script(letter) == rare)


def _scripts(word: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for letter in word:
        script = _script(letter)
        if script:
            counts[script] = counts.get(script, 0) + 1
    return counts


def _script(letter: str) -> str:
    """The script by the first word of the letter's name, empty for what goes with any."""
    if not unicodedata.category(letter).startswith("L"):
        return ""
    first = unicodedata.name(letter, "").split(" ")[0].split("-")
    word = "-".join(first) if first[0] == "KATAKANA" else first[0]
    return _SCRIPT_OF.get(word, word)


def _unmarked(name: str) -> str:
    if name.isascii():
        return name
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFKD", name):
        if unicodedata.combining(character):
            if base in ("LATIN", "GREEK", "CYRILLIC"):
                continue
        else:
            base = _script(character)
        kept.append(character)
    return "".join(kept)
