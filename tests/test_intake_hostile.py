"""Drops from hostile hands, from the inbox to the real ledger: each becomes a job or is rejected, none is lost."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import time
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protogen.config import IntakeSettings
from protogen.intake.parse import parse_drop
from protogen.intake.quarantine import forget
from protogen.intake.rejected import Rejected
from protogen.job import now
from tools.intake import Intake, is_one_sentence, make_deep

REQUEST = b"description: We are a bakery.\n"
YAML = 'name: "Nováková"\nfiles: [a.pdf]\ndescription: |\n  Pečeme 🥐.\n'.encode()
FORM = "# Form data\n\n- **name**: Jana Nováková\n- **text_content**: Pečeme chléb v Brně.\n".encode()


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def bytes_of(path: Path) -> bytes:
    """The bytes of a rejected drop that was cut: of the file, or of the request in the folder."""
    if path.is_file():
        return path.read_bytes()
    (request,) = (each for each in path.iterdir() if each.name in ("submission.yaml", "form_data.md"))
    return request.read_bytes()


# Cut at every byte


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "left open"])
@pytest.mark.parametrize(
    ("whole", "name"),
    [
        (YAML, "{}.yaml"),
        (YAML, "{}/submission.yaml"),
        (FORM, "{}/form_data.md"),
        (packed({"submission.yaml": REQUEST, "files/a.txt": b"hello"}), "{}.zip"),
    ],
    ids=["file", "folder", "form", "zip"],
)
def test_a_drop_cut_anywhere_becomes_a_job_or_is_rejected(
    intake: Intake, whole: bytes, name: str, closed: bool
) -> None:
    """At every byte: one or the other, in git or byte for byte in `rejected/`, with one sentence."""
    for end in range(len(whole) + 1):
        path = intake.path / name.format(f"drop-{end:04}")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(whole[:end])
        if closed:
            intake.inbox.hint(path.relative_to(intake.path).parts[0], whole=True)
    intake.settle()
    rejected = intake.rejected()
    assert intake.left() == []
    assert len(intake.ledger.jobs()) + len(rejected) == len(whole) + 1
    assert len(intake.ledger.jobs()) >= 1
    for kept, reason in rejected.items():
        assert is_one_sentence(reason)
        end = int(kept.removeprefix("drop-")[:4])
        assert bytes_of(intake.path / "rejected" / kept) == whole[:end]


def test_an_attachment_cut_anywhere_comes_as_it_is(intake: Intake) -> None:
    """Whether a picture is whole is not for the inbox to say: the words are worth a site."""
    whole = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
    for end in range(len(whole) + 1):
        folder = intake.path / f"drop-{end}"
        folder.mkdir()
        (folder / "submission.yaml").write_bytes(REQUEST + b"files: [a.png]\n")
        (folder / "a.png").write_bytes(whole[:end])
    intake.settle()
    came = sorted((each.files[0].data for each in intake.submissions()), key=len)
    assert came == [whole[:end] for end in range(len(whole) + 1)]
    assert (intake.left(), intake.rejected()) == ([], {})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300)
    | st.text(st.sampled_from("description: |-\n'\"[]{}&*!%@\\\0\r\x85\u2028\ufeffé")).map(str.encode),
    name=st.sampled_from(["{}.yaml", "{}.zip", "{}/submission.yaml", "{}/form_data.md", "{}", "{}.docx"]),
    number=st.uuids(),
)
def test_any_bytes_under_any_name_become_a_job_or_are_rejected(
    intake: Intake, data: bytes, name: str, number: object
) -> None:
    """Never an accident that leaves them lying there."""
    before = len(intake.ledger.jobs()) + len(intake.rejected())
    path = intake.path / name.format(f"drop {number}")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    intake.settle()
    assert intake.left() == []
    assert len(intake.ledger.jobs()) + len(intake.rejected()) == before + 1
    assert all(map(is_one_sentence, intake.rejected().values()))


# Bombs


def bomb_of_aliases() -> bytes:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(["description: We bake.", "a0: &a0 [x]", *levels]).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bomb_of_aliases(), "anchor or alias"),
        (REQUEST + b"a: " + b"[" * 1000 + b"]" * 1000, "nested deeper than 20 levels"),
        (REQUEST + b"a: " + b"{a: " * 1000 + b"x" + b"}" * 1000, "nested deeper than 20 levels"),
        (b"description: |\n" + b"  We bake bread.\n" * 3_000_000, "larger than 1,000,000 bytes"),
        (REQUEST.decode().encode("utf-16")[:-1], "save the file as UTF-8"),
        ("description: Kavárna\n".encode("cp1250"), "save the file as UTF-8"),
        (b"- description\n- We bake.\n", "not a list of 'name: value' lines"),
        (b"description: {}\n", "says nothing of the website"),
        (b"\0" * 4096, "is empty"),
    ],
    ids=["aliases", "deep list", "deep mapping", "50 MB", "half", "code page", "list", "mapping", "NULs"],
)
@pytest.mark.parametrize("name", ["order.yaml", "order/submission.yaml", "order.zip"])
def test_a_bomb_is_rejected_in_seconds(intake: Intake, name: str, data: bytes, reason: str) -> None:
    """Whichever way it comes; the sentence says what it is."""
    path = intake.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed({"submission.yaml": data}) if name.endswith(".zip") else data)
    begin = time.monotonic()
    intake.until(30)
    assert time.monotonic() - begin < 5
    (found,) = intake.rejected().values()
    assert reason in found
    assert is_one_sentence(found)
    assert (intake.left(), intake.ledger.jobs()) == ([], [])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + REQUEST,
        REQUEST.replace(b"\n", b"\r\n"),
        REQUEST.replace(b" bakery", b" \0bak\0ery"),
        REQUEST.decode().encode("utf-16"),
        b"files: 7\nvoice: {a: b}\nname: [x, y]\ncontact_value: {}\nuser_id: [1]\n" + REQUEST,
        b"submission_id: {a: b}\njob_id: 7\nextra: [[]]\nmissing: no\nnotes: {}\nhint: []\n" + REQUEST,
    ],
    ids=["BOM", "CRLF", "NUL", "UTF-16", "wrong types", "our own names"],
)
def test_what_can_be_read_is_read(intake: Intake, data: bytes) -> None:
    """A drop is rejected only if nothing in it can be used."""
    (intake.path / "order.yaml").write_bytes(data)
    intake.until(30)
    assert [each.description for each in intake.submissions()] == ["We are a bakery."]
    assert intake.rejected() == {}


def overlapping(count: int, size: int) -> bytes:
    """A zip whose entries all share the same packed bytes: each is small, all of them are not."""
    data = bytearray(packed({"submission.yaml": REQUEST, "zeros.bin": bytes(size)}))
    (start,) = struct.unpack_from("<L", data, data.rfind(b"PK\x05\x06") + 16)
    directory, end = bytes(data[start : data.rfind(b"PK\x05\x06")]), bytes(data[data.rfind(b"PK\x05\x06") :])
    entry = directory[directory.rfind(b"PK\x01\x02") :]
    entries = b"".join(entry.replace(b"zeros.bin", b"%05d.bin" % number) for number in range(count))
    total = bytearray(end)
    struct.pack_into("<HHLL", total, 8, count + 1, count + 1, len(directory) + len(entries), start)
    return bytes(data[:start]) + directory + entries + bytes(total)


@pytest.mark.parametrize(
    "data",
    [
        packed({"submission.yaml": REQUEST, "zeros.bin": bytes(60_000_000)}),
        packed({"submission.yaml": REQUEST, **{f"{n}.bin": bytes(999_999) for n in range(900)}}),
        packed({"submission.yaml": REQUEST, "inner.zip": packed({"a": bytes(50_000_000)})}),
        overlapping(900, 990_000),
    ],
    ids=["one", "many", "nested", "overlapping"],
)
def test_a_zip_bomb_costs_what_a_drop_may_hold_and_no_more(intake: Intake, data: bytes) -> None:
    """The request in it is served; of the rest comes only what the limits allow, in bounded time."""
    assert len(data) < 1_100_000
    (intake.path / "order.zip").write_bytes(data)
    begin = time.monotonic()
    intake.until(10)
    assert time.monotonic() - begin < 30
    (came,) = intake.submissions()
    assert sum(len(each.data) for each in came.files) <= intake.settings.intake.max_drop_bytes
    assert max((len(each.data) for each in came.files), default=0) <= intake.settings.intake.max_file_bytes


def test_a_file_of_fifty_megabytes_comes_with_its_request(intake: Intake) -> None:
    """It is the most that one file may have; a byte more costs that file, not the request."""
    most = intake.settings.intake.max_file_bytes
    data = random.Random(1).randbytes(most + 1)
    for name, size in (("fits", most), ("larger", most + 1)):
        (intake.path / name).mkdir()
        (intake.path / name / "submission.yaml").write_bytes(REQUEST + f"name: {name}\n".encode())
        (intake.path / name / "film.bin").write_bytes(data[:size])
    intake.until(10)
    came = {each.name: each for each in intake.submissions()}
    assert [each.data == data[:most] for each in came["fits"].files] == [True]
    assert came["larger"].files == ()
    assert came["larger"].notes == (
        "'film.bin' is larger than 50,000,000 bytes; send a smaller one. It was not used.",
    )


# What is no file


def make_device(kind: int, major: int, minor: int) -> Callable[[Path], None]:
    return lambda path: os.mknod(path, kind | 0o666, os.makedev(major, minor))


SPECIAL: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    "link": lambda path: path.symlink_to("/etc/passwd"),
    "link to a folder": lambda path: path.symlink_to("/etc"),
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
}
if os.geteuid() == 0:  # nobody else may make one
    SPECIAL |= {
        "endless device": make_device(stat.S_IFCHR, 1, 5),
        "terminal": make_device(stat.S_IFCHR, 5, 0),
        "disk": make_device(stat.S_IFBLK, 7, 0),
    }


@pytest.mark.parametrize("kind", SPECIAL)
def test_what_is_no_file_neither_holds_nor_leads_the_inbox(intake: Intake, kind: str) -> None:
    """As a drop, as the request of one and as an attachment, by each way to name it: rejected, or left out."""
    SPECIAL[kind](intake.path / "drop.yaml")
    SPECIAL[kind](intake.path / "drop.zip")
    SPECIAL[kind](intake.path / "bare")
    for name in ("request", "attachment"):
        (intake.path / name).mkdir()
    SPECIAL[kind](intake.path / "request" / "submission.yaml")
    (intake.path / "attachment" / "submission.yaml").write_bytes(REQUEST + b"files: [a.txt]\nvoice: v.ogg\n")
    SPECIAL[kind](intake.path / "attachment" / "a.txt")
    SPECIAL[kind](intake.path / "attachment" / "v.ogg")
    begin = time.monotonic()
    intake.settle()
    assert time.monotonic() - begin < 10
    assert sorted(intake.rejected()) == ["bare", "drop.yaml", "drop.zip", "request"]
    assert all(map(is_one_sentence, intake.rejected().values()))
    (came,) = intake.submissions()
    assert (came.description, came.files, came.voice) == ("We are a bakery.", (), ())
    assert intake.left() == []


@pytest.mark.parametrize("good", [True, False], ids=["taken", "rejected"])
def test_a_folder_of_a_thousand_levels_comes_and_goes(intake: Intake, good: bool) -> None:
    """It is looked into only so far, and removed all the same."""
    folder = intake.path / "order"
    folder.mkdir()
    make_deep(folder, 1500)
    (folder / "submission.yaml").write_bytes(REQUEST if good else b"")
    intake.settle()
    assert (len(intake.ledger.jobs()), len(intake.rejected())) == (good, not good)
    forget(intake.path, now() + timedelta(days=1))
    assert [path.name for path in intake.path.rglob("*")] == ([] if good else ["rejected"])


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/tty", "/etc", "/etc/shadow", "/nowhere"])
def test_a_device_is_not_read_by_hand_either(path: str) -> None:
    """`protogen submit /dev/zero` is answered at once."""
    with pytest.raises(Rejected) as refused:
        parse_drop(Path(path), IntakeSettings())
    assert is_one_sentence(refused.value.reason + "\n")


# Names

NAMES = {
    "255 bytes": "x" * 250,
    "255 bytes of letters": "ž" * 125,
    "Hebrew": "מאפייה",
    "Arabic": "مخبز الحي",
    "emoji": "🥐👩‍🍳",
    "NFD": unicodedata.normalize("NFD", "kavárna"),
    "spaces": "  my   order  ",
    "quotes": "a'b\"c`d$(e)",
    "dashes": "--help",
    "percent": "%2e%2e%2f",
    "turned": "a\u202egpj.exe",
    "control": "a\n\x1b[31mb",
    "dots": "...",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_drop_of_any_name_becomes_a_job(intake: Intake, name: str) -> None:
    """A file, a folder and a zip; its name stands nowhere in the ledger."""
    name = NAMES[name] if not NAMES[name].startswith(".") else "x" + NAMES[name]
    (intake.path / f"{name}.yaml").write_bytes(REQUEST)
    (intake.path / f"{name}.zip").write_bytes(packed({"submission.yaml": REQUEST}))
    (intake.path / name).mkdir()
    (intake.path / name / "submission.yaml").write_bytes(REQUEST)
    intake.until(10)
    assert [each.description for each in intake.submissions()] == ["We are a bakery."] * 3
    assert (intake.left(), intake.rejected()) == ([], {})


def test_twins_in_nfc_and_nfd_are_two_drops(intake: Intake) -> None:
    """Where the disk knows them apart so do we; accepted, and rejected."""
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "ž")
        (intake.path / f"{name}.yaml").write_bytes(REQUEST + f"name: {form}\n".encode())
        (intake.path / f"bad {name}.yaml").write_bytes(b"a: [")
    intake.until(30)
    assert sorted(each.name for each in intake.submissions()) == ["NFC", "NFD"]
    assert len(intake.rejected()) == 2


def test_a_file_beside_a_request_is_found_in_nfd_too(intake: Intake) -> None:
    """macOS writes names so, and people type them otherwise."""
    (intake.path / unicodedata.normalize("NFD", "nabídka.pdf")).write_bytes(b"M")
    (intake.path / "order.yaml").write_bytes(REQUEST + "files: [nabídka.pdf]\n".encode())
    intake.until(30)
    assert [each.data for each in intake.submissions()[0].files] == [b"M"]
    assert intake.left() == []


def test_attachments_of_hard_names_come_through_git(intake: Intake) -> None:
    """Letters of any script, 255 bytes, emoji, twins: each file arrives; what is unsafe is noted."""
    good = {"x" * 255, "ž" * 127, "מאפייה.pdf", "مخبز.pdf", "🥐👩‍🍳.png", "a'b\"c.txt", "--help", "COM1"}
    twins = [unicodedata.normalize(form, "žluť.txt") for form in ("NFC", "NFD")]
    bad = {"a\u202egpj.exe", "a\nJob: x", "git~1", "back\\slash"}
    folder = intake.path / "order"
    folder.mkdir()
    (folder / "submission.yaml").write_bytes(REQUEST)
    for name in (*good, *twins, *bad):
        (folder / name).write_bytes(name.encode())
    intake.until(10)
    (came,) = intake.submissions()
    assert {each.name: each.data.decode() for each in came.files if each.name != "žluť.txt"} == {
        name: name for name in good
    }
    assert [each.name for each in came.files].count("žluť.txt") == 1
    assert len(came.notes) == len(bad) + 1
    assert all(note.isprintable() for note in came.notes)


@pytest.mark.parametrize(
    "reference", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "..\\secret.txt"]
)
@pytest.mark.parametrize("name", ["order.yaml", "order/submission.yaml", "order.zip"])
def test_a_drop_reaches_nothing_outside_of_itself(intake: Intake, name: str, reference: str) -> None:
    """Neither by what it names nor by where a zip says that its files lie."""
    (intake.settings.home / "secret.txt").write_bytes(b"secret")
    data = REQUEST + f"files: ['{reference}']\nvoice: '{reference}'\n".encode()
    path = intake.path / name
    path.parent.mkdir(exist_ok=True)
    slip = {"submission.yaml": data, reference: b"evil", "../../slip.txt": b"evil", "/tmp/slip.txt": b"evil"}
    path.write_bytes(packed(slip) if name.endswith(".zip") else data)
    before = set(intake.settings.home.iterdir())
    intake.settle()
    (came,) = intake.submissions()
    assert (came.files, came.voice) == ((), ())
    assert came.notes
    assert set(intake.settings.home.iterdir()) == before
    assert (intake.settings.home / "secret.txt").read_bytes() == b"secret"
