"""Folders and zips from strangers: what may come in; a refused attachment never costs the request."""

from __future__ import annotations

import os
import socket
import struct
import time
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protogen.config import IntakeSettings
from protogen.intake.contents import MAX_ENTRIES
from protogen.intake.parse import MAX_ATTACHMENTS, parse_drop
from protogen.intake.rejected import Rejected, Wait
from protogen.intake.text import file_name
from protogen.submission import Submission, from_files, to_files

REQUEST = b"description: We are a bakery.\n"
LIMITS = IntakeSettings(max_file_bytes=1000, max_drop_bytes=200_000)

T = TypeVar("T")
Parse = Callable[[Mapping[str, bytes]], Submission]


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def pack(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(params=["folder", "zip", "zip of the folder"])
def parse(request: pytest.FixtureRequest, tmp_path: Path) -> Parse:
    """Parse files that were dropped as a folder, as a zip of them, or as a zip of the folder."""

    def parsed(files: Mapping[str, bytes]) -> Submission:
        if request.param == "folder":
            return parse_drop(fill(tmp_path / "order", files), LIMITS)
        top = "order/" if request.param == "zip of the folder" else ""
        return parse_drop(pack(tmp_path / "order.zip", {top + name: files[name] for name in files}), LIMITS)

    return parsed


def names(submission: Submission) -> list[str]:
    return [each.name for each in submission.files]


def only_note(submission: Submission) -> str:
    assert submission.description == "We are a bakery."
    assert submission.files == ()
    (note,) = submission.notes
    return note


def outcome(read: Callable[[], T]) -> T | Rejected:
    """What is read, or why nothing is."""
    try:
        return read()
    except Rejected as refused:
        return refused


# What is read


def test_a_folder_or_zip_gives_its_request_and_files(parse: Parse) -> None:
    """Files named in the request come first, in its order; what lies beside them comes too."""
    submission = parse(
        {
            "submission.yaml": b"text_content: We are a bakery.\nfiles: [b.pdf, img/a.png]\nvoice: v.webm\n",
            "b.pdf": b"B",
            "img/a.png": b"A",
            "c.txt": b"C",
            "v.webm": b"V",
        }
    )
    assert submission.description == "We are a bakery."
    assert [(each.name, each.data) for each in submission.files] == [
        ("b.pdf", b"B"),
        ("a.png", b"A"),
        ("c.txt", b"C"),
    ]
    assert [(each.name, each.data) for each in submission.voice] == [("v.webm", b"V")]
    assert (submission.missing, submission.notes) == ((), ())
    assert from_files(to_files(submission)) == submission


@pytest.mark.parametrize("name", ["submission.yaml", "submission.yml", "Submission.YAML", "SUBMISSION.yml"])
def test_the_request_is_found_whatever_its_case(parse: Parse, name: str) -> None:
    """Some systems write file names in capitals."""
    assert parse({name: REQUEST}).description == "We are a bakery."


def test_several_recordings_come_in_order(parse: Parse) -> None:
    """A customer may speak twice; recordings nobody named are recognised by folder or name."""
    submission = parse(
        {
            "submission.yaml": b"voice: [two.ogg, one.ogg]\n",
            "one.ogg": b"1",
            "two.ogg": b"2",
            "voice/three.mp3": b"3",
            "recording-4.webm": b"4",
            "song.mp3": b"5",
        }
    )
    assert [each.name for each in submission.voice] == ["two.ogg", "one.ogg", "recording-4.webm", "three.mp3"]
    assert names(submission) == ["song.mp3"]


def test_a_recording_among_the_files_is_the_request_where_there_are_no_words(parse: Parse) -> None:
    """`files` may carry the request."""
    submission = parse({"submission.yaml": b"files: [a.webm, logo.svg]\n", "a.webm": b"1", "logo.svg": b"2"})
    assert [each.name for each in submission.voice] == ["a.webm"]
    assert names(submission) == ["logo.svg"]


def test_an_upload_is_found_by_its_id(parse: Parse) -> None:
    """`/files/<uuid>` of the old system stands for a file of that name, whatever its suffix."""
    submission = parse(
        {
            "submission.yaml": b"description: We are a bakery.\n"
            b"voice_file_url: https://old.example/files/11111111-aaaa?x=1#y\n"
            b"file_urls: [/files/22222222-bbbb, /files/33333333-cccc, '/files/logo%20new.svg']\n",
            "11111111-aaaa.webm": b"1",
            "files/22222222-bbbb.pdf": b"2",
            "files/logo new.svg": b"3",
        }
    )
    assert [each.name for each in submission.voice] == ["11111111-aaaa.webm"]
    assert names(submission) == ["22222222-bbbb.pdf", "logo new.svg"]
    assert submission.missing == ("/files/33333333-cccc",)
    assert submission.notes == ("The file '/files/33333333-cccc' was named but did not come.",)


def test_names_are_compared_as_people_do(parse: Parse) -> None:
    """NFC or NFD, capitals or not: a name means the file that is there."""
    submission = parse(
        {
            "submission.yaml": "description: We are a bakery.\nfiles: [Nabídka.PDF]\n".encode(),
            unicodedata.normalize("NFD", "nabídka.pdf"): b"1",
        }
    )
    assert names(submission) == ["nabídka.pdf"]


def test_two_files_of_one_name_get_numbers(parse: Parse) -> None:
    """A phone calls every picture image.jpg."""
    submission = parse(
        {"submission.yaml": REQUEST, "a/image.jpg": b"1", "b/image.jpg": b"2", "c/Image.JPG": b"3"}
    )
    assert names(submission) == ["image.jpg", "image-2.jpg", "Image-3.JPG"]
    assert from_files(to_files(submission)) == submission


def test_hidden_and_temporary_files_are_not_there(parse: Parse) -> None:
    """The droppings of desktops and editors are nobody's attachments."""
    submission = parse(
        {
            "submission.yaml": REQUEST,
            ".DS_Store": b"",
            "__MACOSX/._a.pdf": b"",
            "Thumbs.db": b"",
            "a.pdf.tmp": b"",
            ".git/config": b"",
        }
    )
    assert (submission.files, submission.notes) == ((), ())


@pytest.mark.parametrize("files", [{"a.pdf": b"x"}, {"order/deep/submission.yaml": REQUEST}])
def test_a_drop_without_a_request_is_rejected(parse: Parse, files: dict[str, bytes]) -> None:
    """The reason says which file is missing; a folder may still get it."""
    with pytest.raises(Rejected, match=r"holds no submission\.yaml; add one") as refused:
        parse(files)
    assert refused.value.wait in (Wait.LONG, Wait.NOT)


# What is refused


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a\u202egpj.exe", "invisible control characters"),
        ("a\u2066b.txt", "invisible control characters"),
        ("a\u0085b.txt", "invisible control characters"),
        ("a\x1b[31m.txt", "control character"),
        ("a\nb.txt", "control character"),
        ("git~1", "not a relative path"),
    ],
)
def test_a_bad_name_costs_only_its_file(parse: Parse, name: str, reason: str) -> None:
    """The note shows the name with its tricks spelled out."""
    note = only_note(parse({"submission.yaml": REQUEST, name: b"x"}))
    assert reason in note
    assert note.isprintable()


def test_a_name_of_more_than_255_bytes_is_refused() -> None:
    """Letters of several bytes count as such."""
    assert file_name("ž" * 127) == "ž" * 127
    with pytest.raises(Rejected, match="longer than 255 bytes"):
        file_name("ž" * 128)


@pytest.mark.parametrize("size", [1001, 100_000])
def test_a_file_too_large_costs_only_itself(parse: Parse, size: int) -> None:
    """The limit of one file is in the note."""
    assert only_note(parse({"submission.yaml": REQUEST, "a.pdf": os.urandom(size)})) == (
        "'a.pdf' is larger than 1,000 bytes; send a smaller one. It was not used."
    )


def test_files_are_taken_until_the_drop_is_full(tmp_path: Path) -> None:
    """The limit of the whole drop counts what was taken, not what was refused."""
    files = {f"{letter}.bin": os.urandom(900) for letter in "abcd"}
    folder = fill(tmp_path / "order", {"submission.yaml": REQUEST, **files, "e.bin": b"x" * 600})
    submission = parse_drop(folder, IntakeSettings(max_file_bytes=1000, max_drop_bytes=2500))
    assert names(submission) == ["a.bin", "b.bin", "e.bin"]
    assert len(submission.notes) == 2


def test_there_are_only_so_many_attachments(parse: Parse) -> None:
    """A thousand files are not a request."""
    submission = parse(
        {"submission.yaml": REQUEST, **{f"{n:03}.txt": b"" for n in range(MAX_ATTACHMENTS + 9)}}
    )
    assert len(submission.files) == MAX_ATTACHMENTS
    assert f"There are more than {MAX_ATTACHMENTS} attachments; the rest was not used." in submission.notes


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.txt",
        "a/../../secret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "file:///etc/passwd",
    ],
)
def test_a_name_reaches_nothing_outside_of_the_drop(tmp_path: Path, parse: Parse, reference: str) -> None:
    """Neither upwards nor from the root."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    note = only_note(parse({"submission.yaml": REQUEST + f"files: ['{reference}']\n".encode()}))
    assert ("lies outside of the drop" if ".." in reference else "did not come") in note


# Folders


def test_links_and_special_files_are_refused(tmp_path: Path) -> None:
    """A link is not followed, a pipe not waited for."""
    folder = fill(tmp_path / "order", {"submission.yaml": REQUEST, "good.txt": b"x"})
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    (folder / "gone.txt").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
    submission = parse_drop(folder, LIMITS)
    assert names(submission) == ["good.txt"]
    kinds = sorted(note.split(" is ")[1].split(",")[0] for note in submission.notes)
    assert kinds == ["a pipe", "a socket", "a symbolic link", "a symbolic link", "a symbolic link"]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/hostname"), os.mkfifo, Path.mkdir])
def test_a_request_that_is_no_file_is_none(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Not even the request itself is read through a link."""
    (tmp_path / "order").mkdir()
    make(tmp_path / "order" / "submission.yaml")
    with pytest.raises(Rejected, match=r"holds no submission\.yaml"):
        parse_drop(tmp_path / "order", LIMITS)


def test_a_file_that_becomes_a_link_after_it_was_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the reading a name may come to mean something else."""
    from protogen.intake import contents

    folder = fill(
        tmp_path / "order", {"submission.yaml": REQUEST, "a/x.txt": b"x", "y.txt": b"y", "z.txt": b"z"}
    )
    real = contents.read_inside

    def swapped(path: Path, parts: tuple[str, ...], limit: int) -> bytes:
        if parts[-1] == "x.txt":
            (folder / "a").rename(tmp_path / "elsewhere")
            (folder / "a").symlink_to(tmp_path / "elsewhere")
        if parts[-1] == "y.txt":
            (folder / "y.txt").unlink()
            os.mkfifo(folder / "y.txt")
        if parts[-1] == "z.txt":
            (folder / "z.txt").unlink()
            (folder / "z.txt").symlink_to("/etc/passwd")
        return real(path, parts, limit)

    monkeypatch.setattr(contents, "read_inside", swapped)
    submission = parse_drop(folder, LIMITS)
    assert submission.files == ()
    assert len(submission.notes) == 3


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """File names are bytes, not all of them UTF-8."""
    folder = fill(tmp_path / "order", {"submission.yaml": REQUEST})
    Path(os.fsdecode(os.fsencode(folder) + b"/a\xff.txt")).write_bytes(b"x")
    assert "not valid Unicode" in only_note(parse_drop(folder, LIMITS))


def test_names_that_are_one_in_nfc_are_one_file(tmp_path: Path) -> None:
    """Two files that look the same: the second is noted."""
    folder = fill(tmp_path / "order", {"submission.yaml": REQUEST})
    for form in ("NFC", "NFD"):
        (folder / unicodedata.normalize(form, "ž.txt")).write_bytes(b"x")
    submission = parse_drop(folder, LIMITS)
    assert names(submission) == ["ž.txt"]
    assert submission.notes == ("There are two files named 'ž.txt'; the second was not used.",)


def test_an_endless_folder_ends(tmp_path: Path) -> None:
    """Ten thousand files are looked at only so far."""
    folder = fill(
        tmp_path / "order", {"submission.yaml": REQUEST, **{f"{n}.txt": b"" for n in range(3 * MAX_ENTRIES)}}
    )
    begin = time.monotonic()
    submission = parse_drop(folder, LIMITS)
    assert len(submission.files) <= MAX_ATTACHMENTS
    assert f"There are more than {MAX_ENTRIES} files; the rest was not used." in submission.notes
    assert time.monotonic() - begin < 10


def test_a_folder_too_deep_is_noted(tmp_path: Path) -> None:
    """Nobody packs a request into twenty folders."""
    folder = fill(tmp_path / "order", {"submission.yaml": REQUEST, "a/" * 20 + "x.txt": b"x"})
    assert "lies too deep" in only_note(parse_drop(folder, LIMITS))


# Zips


def entry(name: str, *, mode: int = 0o100644, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.flag_bits = flags
    return info


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/evil.txt",
        "a/../../evil.txt",
        "..\\evil.txt",
        "\\evil.txt",
        "C:\\evil.txt",
        "a\\..\\..\\evil",
    ],
)
def test_a_zip_cannot_write_outside_of_itself(tmp_path: Path, name: str) -> None:
    """Zip slip: the entry is noted."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST, name: b"x"})
    assert "leads out of the zip" in only_note(parse_drop(path, LIMITS))


@pytest.mark.parametrize(
    ("mode", "kind"), [(0o120777, "a symbolic link"), (0o010644, "a pipe"), (0o020644, "a device")]
)
def test_a_zip_cannot_hold_links_or_devices(tmp_path: Path, mode: int, kind: str) -> None:
    """The Unix mode in a zip is believed where it warns."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry("x.txt", mode=mode), "/etc/passwd")
    assert kind in only_note(parse_drop(path, LIMITS))


def test_folders_of_windows_are_folders(tmp_path: Path) -> None:
    """Backslashes in a zip are separators."""
    path = pack(tmp_path / "order.zip", {"order\\submission.yaml": REQUEST, "order\\files\\a.pdf": b"x"})
    assert names(parse_drop(path, LIMITS)) == ["a.pdf"]


def test_names_of_macos_are_utf_8(tmp_path: Path) -> None:
    """Its zips hold UTF-8 and say nothing of it."""
    name = "nabídka.pdf"
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST, "nab__dka.pdf": b"x"})
    path.write_bytes(path.read_bytes().replace(b"nab__dka.pdf", name.encode()))
    assert names(parse_drop(path, LIMITS)) == [name]


def encrypted(path: Path, name: bytes) -> None:
    """Set the flag of encryption (APPNOTE.TXT, 4.4.4, bit 0) of one entry, in both its headers."""
    data = bytearray(path.read_bytes())
    at = data.find(name)
    data[at - 30 + 6] |= 1
    at = data.rfind(name)
    data[at - 46 + 8] |= 1
    path.write_bytes(data)


def test_an_encrypted_file_costs_only_itself(tmp_path: Path) -> None:
    """Nobody sent us the password."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST, "secret.pdf": b"x"})
    encrypted(path, b"secret.pdf")
    assert "is encrypted" in only_note(parse_drop(path, LIMITS))


def test_an_encrypted_request_is_rejected_with_the_mend(tmp_path: Path) -> None:
    """It will not get better by waiting."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST})
    encrypted(path, b"submission.yaml")
    with pytest.raises(Rejected, match="The zip is encrypted; send it without a password") as refused:
        parse_drop(path, LIMITS)
    assert refused.value.wait is Wait.NOT


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    """Fifty megabytes of zeros in fifty kilobytes."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST, "zeros.bin": bytes(50_000_000)})
    assert path.stat().st_size < 100_000
    assert "packed more than 200 times smaller" in only_note(parse_drop(path, IntakeSettings()))


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """The declared size is small, the real one is not: reading stops, the check sum does not match."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST, "zeros.bin": bytes(5_000_000)})
    real, lie = struct.pack("<L", 5_000_000), struct.pack("<L", 10)
    path.write_bytes(path.read_bytes().replace(real, lie))
    assert "is damaged in the zip" in only_note(parse_drop(path, LIMITS))


def test_a_request_that_is_a_bomb_is_rejected(tmp_path: Path) -> None:
    """The limit of a request's size holds inside of a zip too."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": b"#" * 5_000_000})
    with pytest.raises(Rejected, match="larger than 1,000,000 bytes"):
        parse_drop(path, IntakeSettings())


def test_a_zip_of_a_million_names_is_rejected_before_it_is_listed(tmp_path: Path) -> None:
    """The size of the table of contents is looked at first."""
    path = pack(
        tmp_path / "order.zip", {"submission.yaml": REQUEST, **{f"{'n' * 180}{n}": b"" for n in range(6000)}}
    )
    with pytest.raises(Rejected, match="far too many files"):
        parse_drop(path, IntakeSettings())


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_unusual_ways_of_packing_are_refused(tmp_path: Path, method: int) -> None:
    """Some of them can ask for gigabytes of memory."""
    path = pack(tmp_path / "order.zip", {"submission.yaml": REQUEST})
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("a.txt", b"x" * 100)
    assert "packed in an unusual way" in only_note(parse_drop(path, LIMITS))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06", b"\0" * 100])
def test_what_is_no_zip_is_given_a_moment(tmp_path: Path, data: bytes) -> None:
    """It may still be copied."""
    (tmp_path / "order.zip").write_bytes(data)
    with pytest.raises(Rejected) as refused:
        parse_drop(tmp_path / "order.zip", LIMITS)
    assert refused.value.wait is Wait.SHORT


def test_a_zip_larger_than_a_drop_may_be_is_rejected_unread(tmp_path: Path) -> None:
    """The size on disk is enough."""
    with (tmp_path / "order.zip").open("wb") as file:
        file.truncate(LIMITS.max_drop_bytes + 1)
    with pytest.raises(Rejected, match="The zip is larger than 200,000 bytes"):
        parse_drop(tmp_path / "order.zip", LIMITS)


@pytest.fixture(scope="module")
def whole_zip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("zips")
    path = pack(folder / "order.zip", {"submission.yaml": REQUEST, "files/a.txt": b"hello " * 20})
    return path, path.read_bytes()


def test_a_zip_cut_anywhere_is_given_a_moment(whole_zip: tuple[Path, bytes]) -> None:
    """At every byte: never an accident, never taken for whole."""
    path, data = whole_zip
    for end in range(len(data)):
        path.write_bytes(data[:end])
        with pytest.raises(Rejected) as refused:
            parse_drop(path, LIMITS)
        assert refused.value.wait is Wait.SHORT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_zip_is_read_or_rejected(whole_zip: tuple[Path, bytes], data: st.DataObject) -> None:
    """Whatever bytes are changed."""
    path, whole = whole_zip
    damaged = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        damaged[at] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    found = outcome(lambda: parse_drop(path, LIMITS))
    if isinstance(found, Rejected):
        assert found.reason.endswith(".")
    else:
        assert from_files(to_files(found)) == found


@given(st.text(max_size=40) | st.text(st.sampled_from("./\\~:a\u202e\0\n é\u0301"), max_size=12))
def test_a_file_name_is_safe_or_refused(name: str) -> None:
    """What passes is one component of a path, in NFC, that prints as it reads."""
    safe = outcome(lambda: file_name(name))
    if isinstance(safe, Rejected):
        assert safe.reason.isprintable()
        return
    assert "/" not in safe
    assert "\\" not in safe
    assert safe not in ("", ".", "..")
    assert unicodedata.is_normalized("NFC", safe)
    assert len(safe.encode()) <= 255
