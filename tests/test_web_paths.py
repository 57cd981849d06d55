"""Hosts and paths of the built-in server: what they mean, and what no one gets through them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.job import PROJECT_ID, RESERVED_PROJECT_IDS
from protogen.web import media
from protogen.web.files import BadPathError, Folder, Found, open_below, split_path
from protogen.web.hosts import Host, Place, parse_host, place_of

IDS = st.from_regex(PROJECT_ID, fullmatch=True).filter(lambda name: name not in RESERVED_PROJECT_IDS)
SEGMENTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/\\\x7f"), min_size=1
).filter(lambda segment: segment not in {".", ".."})


@given(IDS, st.sampled_from(["", ".", ":3000", ".:3000", ":65535"]), st.booleans())
def test_a_prototype_is_found_whatever_case_dot_and_port(name: str, end: str, upper: bool) -> None:
    """`<project-id>.<domain>` means that prototype in every spelling."""
    sent = f"{name}.sites.example{end}"
    host = parse_host(sent.upper() if upper else sent)
    assert host is not None
    assert place_of(host, "app.example", "Sites.Example") == (Place.PROTOTYPE, name)


@given(st.text())
def test_no_host_header_breaks_the_reading(value: str) -> None:
    """Any text is a place or no host at all; only a valid id ever names a prototype."""
    host = parse_host(value)
    if host is not None:
        place, project_id = place_of(host, "localhost", "localhost")
        assert bool(project_id) == (place is Place.PROTOTYPE)


@pytest.mark.parametrize(
    "value", ["", ".", ":80", "a b", "a..b", "a/b", "a:b", "[::1", "a\x00", "a:123456", "[::1]x"]
)
def test_what_is_no_host_is_refused(value: str) -> None:
    """None, and the client is told that its request is bad."""
    assert parse_host(value) is None


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("app.example", Place.APP),
        ("127.0.0.1:3000", Place.APP),
        ("[::1]:3000", Place.APP),
        ("www.sites.example", Place.NO_PROTOTYPE),
        ("sites.example", Place.NO_PROTOTYPE),
        ("a.b.sites.example", Place.NO_PROTOTYPE),
        ("notsites.example", Place.FOREIGN),
        ("sites.example.evil", Place.FOREIGN),
    ],
)
def test_other_hosts_have_their_place(value: str, place: Place) -> None:
    """The app, a name that no prototype has, or a stranger."""
    assert place_of(parse_host(value) or Host(""), "app.example", "sites.example") == (place, "")


@given(st.lists(SEGMENTS, min_size=1))
def test_an_honest_path_comes_back_as_its_segments(segments: list[str]) -> None:
    """Escaping is undone once, and only once."""
    raw = "/" + "/".join(quote(segment, safe="") for segment in segments)
    assert split_path(raw.encode()) == tuple(segments)
    assert split_path(raw.encode() + b"/") == (*segments, "index.html")


@given(st.binary())
def test_no_path_has_a_segment_that_climbs(raw: bytes) -> None:
    """Whatever is sent: no dot segment, slash or NUL is left in what is opened."""
    try:
        parts = split_path(b"/" + raw)
    except BadPathError:
        return
    assert parts
    assert not {".", ".."} & set(parts)
    assert not any("/" in part or "\0" in part or "\\" in part or not part for part in parts)


@given(
    st.lists(st.sampled_from(["..", ".", "link", "folder", "inside", "secret", ".x", "", "a\0b", "\udcff"]))
)
def test_nothing_outside_is_ever_opened(parts: list[str]) -> None:
    """Not even where the segments themselves are hostile."""
    with _tree() as root:
        found = open_below(root, [part for part in parts if part not in {"..", "."}] or ["link"])
        if isinstance(found, Found):
            with os.fdopen(found.fd, "rb") as file:
                assert file.read() == b"inside"


def test_a_folder_is_told_from_a_file_and_from_nothing(tmp_path: Path) -> None:
    """A folder wants its slash, a file is opened, a pipe is nothing."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    assert open_below(tmp_path, ["folder"]) == Folder()
    found = open_below(tmp_path, ["folder", "file"])
    assert isinstance(found, Found)
    os.close(found.fd)
    assert open_below(tmp_path, ["pipe"]) is None
    assert open_below(tmp_path / "nothing", ["file"]) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html"),
        ("A.JPG", "image/jpeg"),
        ("font.woff2", "font/woff2"),
        ("README", media.DEFAULT_TYPE),
    ],
)
def test_a_name_has_its_media_type(name: str, kind: str) -> None:
    """By the ending, in any case; what is unknown is bytes."""
    assert media.media_type(name) == kind


@contextmanager
def _tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        (top / "secret").write_bytes(b"secret")
        root = top / "root"
        (root / "folder").mkdir(parents=True)
        (root / "folder" / "inside").write_bytes(b"inside")
        (root / "inside").write_bytes(b"inside")
        (root / ".x").write_bytes(b"secret")
        (root / "link").symlink_to(top)
        (root / "folder" / "secret").symlink_to(top / "secret")
        yield root
