from __future__ import annotations

import datetime as dt
import time
import tomllib

import pytest
import tomlkit
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.written.marked_text import MAX_BYTES, read_marked, walk

_keys = st.text(alphabet="abcXYZ_-.# \"'é", min_size=1, max_size=6)
_texts = st.text(alphabet="ab#]}[{=,\"'\\\n\t é.", max_size=12)
_leaves = st.one_of(
    st.integers(-1000, 1000), st.booleans(), st.floats(-9, 9).map(lambda x: round(x, 2)), _texts, st.dates()
)
_values = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3), max_leaves=12
)
_tables = st.dictionaries(_keys, _values, max_size=5)


@settings(max_examples=150, deadline=None)
@given(_tables)
def test_every_value_of_a_toml_text_has_the_line_it_stands_on(values: dict[str, object]) -> None:
    text = tomlkit.dumps(values)
    marked = read_marked("a.toml", text)
    assert marked.values == tomllib.loads(text)
    lines = text.split("\n")
    for where, value in walk(marked.values):
        assert where in marked.lines
        if isinstance(value, int) and not isinstance(value, bool):
            assert str(value) in lines[marked.lines[where] - 1]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.integers(1000, 9999), max_size=4), max_size=5))
def test_every_value_of_a_yaml_text_has_the_line_it_stands_on(values: dict[str, list[int]]) -> None:
    text = yaml.safe_dump(values, default_flow_style=False)
    marked = read_marked("a.yaml", text)
    assert marked.values == values
    for where, value in walk(marked.values):
        assert text.splitlines()[marked.lines[where] - 1].endswith(str(value))


def test_headers_dotted_keys_and_inline_tables() -> None:
    text = (
        '# note\na.b = 1\nlist = [1, # one\n 2,\n {c = "]", d = 3}]\n[[t]]\nx = 1\n'
        '[[t]]\n[t.u]\n"q.r" = """\n[no]\n"""\nend = 2\n'
    )
    lines = read_marked("a.toml", text.replace("\n", "\r\n")).lines
    wanted = {
        ("a", "b"): 2,
        ("list", 1): 4,
        ("list", 2, "d"): 5,
        ("t", 0, "x"): 7,
        ("t", 1): 8,
        ("t", 1, "u", "q.r"): 10,
        ("t", 1, "u", "end"): 13,
    }
    assert {key: lines[key] for key in wanted} == wanted


def test_yaml_words_mean_what_they_say() -> None:
    said = read_marked(
        "a.yml", "territories: [NO, no, yes, on]\nday: 2026-01-01\nok: true\nnone: ~\nn: 12\ns: '12'\n"
    )
    assert said.values == {
        "territories": ["NO", "no", "yes", "on"],
        "day": "2026-01-01",
        "ok": True,
        "none": None,
        "n": 12,
        "s": "12",
    }


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "text", "line", "word"),
    [
        ("bomb.yaml", BOMB, 1, "aliases"),
        ("tag.yaml", "a: 1\nb: !!python/object/apply:os.system [ls]", 2, "tags"),
        ("twin.yaml", "a: 1\nb: 2\na: 3", 3, "second time"),
        ("two.yaml", "a: 1\n---\na: 2", 2, "second document"),
        ("list.yaml", "- 1", 1, "table"),
        ("open.yaml", "a: [1,\n", 2, "flow node"),
        ("deep.yaml", "a: " + "[" * 5000, 1, "too deep"),
        ("key.yaml", "? [1]\n: 2", 1, "one plain word"),
        ("escape.yaml", 'a: "\\UFFFFFFFF"', 1, "does not exist"),
        ("half.yaml", 'a: 1\nb: "\\ud800"', 2, "U+D800"),
        ("turn.yaml", "a: 1\nb: x\u202ey", 2, "U+202E"),
        ("twin.toml", "a = 1\na = 2", 2, "overwrite"),
        ("open.toml", "a = 1\nb =\n", 2, "Invalid value"),
        ("deep.toml", "a = " + "[" * 5000, 1, "too deep"),
        ("turn.toml", "a = 1\n# \u202eeurt si\nb = 2", 2, "U+202E"),
        ("escape.toml", 'a = 1\nb = "\\u202E"', 2, "U+202E"),
        ("key.toml", 'a = 1\n"\\u200b" = 2', 2, "U+200B"),
        ("dots.toml", "a = 1\n" + ".".join("x" * 3000) + " = 1", 2, "full stops"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_line(name: str, text: str, line: int, word: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadRecord) as refused:
        read_marked(name, text)
    assert any(fault.startswith(f"{name}:{line}: ") and word in fault for fault in refused.value.faults)
    assert time.monotonic() - started < 2


def test_a_file_is_not_larger_than_a_record() -> None:
    with pytest.raises(BadInput, match="256 KiB"):
        read_marked("big.toml", "a = 1\n" + "#" * MAX_BYTES)
    with pytest.raises(BadInput, match="256 KiB"):
        read_marked("big.yaml", "é" * (MAX_BYTES // 2 + 1))


@pytest.mark.parametrize("name", ["full.toml", "full.yaml"])
def test_the_largest_file_is_read_soon(name: str) -> None:
    mark = "=" if name.endswith("toml") else ":"
    text = "".join(f"key{number} {mark} [1, 2, 3]\n" for number in range(13_000))
    assert MAX_BYTES * 0.9 < len(text) <= MAX_BYTES
    started = time.monotonic()
    assert len(read_marked(name, text).values) == 13_000
    assert time.monotonic() - started < 10


def test_days_of_toml_stay_days() -> None:
    assert read_marked("a.toml", "a = 2026-01-01").values == {"a": dt.date(2026, 1, 1)}
