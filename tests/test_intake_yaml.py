"""YAML from strangers: text as written, and nothing that a parser could be tricked into."""

from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.intake.rejected import Rejected, Wait
from protogen.intake.strict_yaml import MAX_DEPTH, MAX_NOTES, load


def values(text: str | bytes) -> dict[str, object]:
    return dict(load(text.encode() if isinstance(text, str) else text)[0])


@pytest.mark.parametrize(
    "written",
    [
        "+44 113 496 0172",
        "0800",
        "0o17",
        "0x1F",
        "1_000",
        "12:30:45",
        "no",
        "Yes",
        "on",
        "true",
        "2027-01-31",
        "2027-01-31T10:00:00Z",
        "3.10",
        "1e3",
        ".inf",
        "Null",
        "=",
        "<<",
    ],
)
def test_a_scalar_is_the_text_that_was_written(written: str) -> None:
    """A phone number keeps its zero, a version its zero, Norway its name."""
    assert values(f"a: {written}") == {"a": written}


@pytest.mark.parametrize("written", ["", "~", "null"])
def test_nothing_is_none(written: str) -> None:
    """An absent value is absent, not the word null."""
    assert values(f"a: {written}") == {"a": None}


def test_a_quoted_word_is_that_word() -> None:
    """Quotes make text of everything."""
    assert values("a: 'null'\nb: \"~\"\nc: ''") == {"a": "null", "b": "~", "c": ""}


def test_keys_are_text_too() -> None:
    """A key that YAML would read as a number, a boolean or a date is kept as it was written."""
    assert values("42: a\nno: b\n2027-01-31: c\n~: d") == {"42": "a", "no": "b", "2027-01-31": "c", "": "d"}


def test_a_list_as_a_key_is_noted() -> None:
    """What cannot be a name costs that one value."""
    mapping, notes = load(b"? [a, b]\n: c\nd: e\n")
    assert mapping == {"d": "e"}
    assert len(notes) == 1


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!binary", "!!int", "!mine", "!!set"])
def test_a_tag_makes_no_object(tag: str) -> None:
    """Only text, lists and mappings come out, whatever a tag asks for."""
    assert values(f"a: {tag} [ls]\nb: {tag} 'x'") == {"a": ["ls"], "b": "x"}


def test_a_merge_key_merges_nothing() -> None:
    """`<<` is a name like any other."""
    assert values("a:\n  <<: {b: c}") == {"a": {"<<": {"b": "c"}}}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x b",
        "a: &x [b]\nc: *x",
        "&x a: b",
        "a: *x",
        "a: &x [*x]",
        "&x {a: b}",
        "\n".join(["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]),
    ],
    ids=["anchor", "alias", "key", "dangling", "endless", "root", "bomb"],
)
def test_anchors_and_aliases_are_refused(text: str) -> None:
    """308 bytes can become 269 MB no more; the reason names the line and the mend."""
    with pytest.raises(
        Rejected, match=r"^Line \d+ uses a YAML anchor or alias .*; put the value in quotes"
    ) as refused:
        load(text.encode())
    assert refused.value.wait is Wait.NOT


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 400_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("[", ""), ("{a: ", "")])
def test_deep_nesting_is_refused_before_it_is_built(depth: int, opening: str, closing: str) -> None:
    """Neither the stack nor the time runs out."""
    begin = time.monotonic()
    with pytest.raises(Rejected, match="deeper than"):
        load(f"a: {opening * depth}x{closing * depth}".encode())
    assert time.monotonic() - begin < 5


def test_block_nesting_is_refused_too() -> None:
    """Indentation nests as brackets do."""
    with pytest.raises(Rejected, match="deeper than"):
        load("\n".join(f"{' ' * level}a:" for level in range(1000)).encode())


def test_the_deepest_allowed_nesting_is_read() -> None:
    """The limit itself is allowed."""
    depth = MAX_DEPTH - 1
    assert values("a: " + "[" * depth + "x" + "]" * depth)["a"]


def test_the_first_of_two_values_counts_and_the_second_is_kept() -> None:
    """A name that stands twice loses nothing, and is noted with its line."""
    mapping, notes = load(b"name: Jana\nname: Petra\nname: Jana\nname:\nname: Eva\n")
    assert mapping == {"name": "Jana", "name (2)": "Petra", "name (3)": "Eva"}
    assert notes[0] == "Line 2 gives 'name' once more; the first one counts."


def test_a_name_that_stands_a_hundred_thousand_times_is_read_in_time() -> None:
    """A megabyte of twins costs seconds, not hours, and a handful of notes."""
    begin = time.monotonic()
    mapping, notes = load("\n".join(f"a: {number}" for number in range(100_000)).encode())
    assert len(mapping) == 100_000
    assert len(notes) == MAX_NOTES
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"   ",
        b"# only a comment\n",
        b"---\n",
        b"---\n...\n",
        b"~",
        b"null",
        b"''",
        b"\xef\xbb\xbf",
        b"\0",
    ],
)
def test_a_file_that_says_nothing_is_called_empty(data: bytes) -> None:
    """It may be about to be written, so it is given a moment."""
    with pytest.raises(Rejected, match="is empty; write the request") as refused:
        load(data)
    assert refused.value.wait is Wait.SHORT


@pytest.mark.parametrize("data", [b"just words", b"- a\n- b", b"42", b"[{description: x}]", b"2027-01-31"])
def test_a_file_that_is_no_mapping_is_refused(data: bytes) -> None:
    """The reason shows what to write."""
    with pytest.raises(Rejected, match="write the request in it as 'description: …'"):
        load(data)


@pytest.mark.parametrize(
    "data",
    [b"a: [", b"a: b: c", b"a: 'x", b"\ta: b", b"a: @x", b"{", b"a: b\n c: d", b'a: "\\q"', b"a: |9x\n"],
)
def test_a_file_that_is_no_yaml_is_given_a_moment(data: bytes) -> None:
    """It may be half written; else the reason names the line and how to write it safely."""
    with pytest.raises(
        Rejected, match=r"is not valid YAML \(.+\); mend it, or write the text under"
    ) as refused:
        load(data)
    assert refused.value.wait is Wait.SHORT


def test_two_documents_are_refused() -> None:
    """One file is one request; which of two would it be?"""
    with pytest.raises(Rejected, match="more than one document"):
        load(b"a: b\n---\nc: d\n")


@pytest.mark.parametrize(
    "data", [b"---\na: b\n---\n", b"a: b\n...\n", b"%YAML 1.2\n---\na: b\n", b"a: b\n---\n# end\n"]
)
def test_an_empty_second_document_is_none(data: bytes) -> None:
    """Front matter ends in dashes."""
    assert values(data) == {"a": "b"}


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_unicode_encoding_is_read(encoding: str, newline: str) -> None:
    """With a byte order mark or without one, with the newlines of any system."""
    text = "description: |\n  Kavárna 😀\n  v Brně\nname: Jana\n".replace("\n", newline)
    assert values(text.encode(encoding)) == {"description": "Kavárna 😀\nv Brně", "name": "Jana"}


@pytest.mark.parametrize(
    "data", ["name: Nováková".encode("cp1250"), b"a: \xff", b"a: \xc3", "a: ž".encode("utf-16")[:-1]]
)
def test_what_is_not_unicode_is_not_guessed(data: bytes) -> None:
    """A wrong guess would change the customer's name; half a character may be half a file."""
    with pytest.raises(Rejected, match="save the file as UTF-8") as refused:
        load(data)
    assert refused.value.wait is Wait.SHORT


def test_control_characters_are_taken_out() -> None:
    """NUL and its kind lose themselves, not the request."""
    assert values(b'a: x\0y\x1b[31mz\x7f\nb: "q\\0\\a\\x9fr"\nc: \xef\xbb\xbfd\n') == {
        "a": "xy[31mz",
        "b": "qr",
        "c": "d",
    }


def test_newlines_and_tabs_stay() -> None:
    """Every kind of line break becomes a newline."""
    assert values(b'a: "x\\ty\\r\\nz\\Nw\\Lv\\Pu\\fk"') == {"a": "x\ty\nz\nw\nv\nu\nk"}


def test_text_is_normalised() -> None:
    """One letter, one code point: NFC."""
    name = "Nováková"
    assert values(f"a: {unicodedata.normalize('NFD', name)}") == {"a": name}


def test_json_is_yaml_with_its_emoji() -> None:
    """A program that writes JSON writes surrogate pairs."""
    text = json.dumps({"description": "We bake 🥐 & \\ud83d", "a": ["é"]}, indent=2)
    assert "\\ud83e" in text
    assert values(text) == {"description": "We bake 🥐 & \\ud83d", "a": ["é"]}


def outcome(data: bytes) -> dict[str, object] | str:
    """The mapping, or the reason why there is none."""
    try:
        return values(data)
    except Rejected as refused:
        return refused.reason


@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from("ab:- \n\t'\"[]{},#&*!|>%@?\\0é\x00\r~")).map(str.encode)
)
def test_any_bytes_are_read_or_rejected(data: bytes) -> None:
    """Never anything but a mapping of text or a reason of one sentence, whatever the bytes."""
    found = outcome(data)
    if isinstance(found, str):
        assert found.endswith(".")
        assert "\n" not in found
    else:
        assert all(isinstance(key, str) for key in found)
