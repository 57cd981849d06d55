"""Making drops: whole, named by their job id, and read again as what was meant."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protogen.config import IntakeSettings
from protogen.intake.contents import COMPLETE
from protogen.intake.drop import drop, write_drop
from protogen.intake.parse import parse_drop, read_drop
from protogen.intake.rejected import Rejected
from protogen.job import JOB_ID
from protogen.submission import Attachment

LIMITS = IntakeSettings()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "order.yaml"
    path.write_text(
        "description: We are a bakery.\nfiles: [menu.pdf, /files/77]\nvoice: v.webm\nother: 0800\n"
    )
    (tmp_path / "menu.pdf").write_bytes(b"M")
    (tmp_path / "77.svg").write_bytes(b"S")
    (tmp_path / "v.webm").write_bytes(b"V")
    (tmp_path / "private.txt").write_bytes(b"P")
    return path


def test_a_file_is_dropped_with_the_files_it_names(inbox: Path, request_file: Path) -> None:
    """And with no others: what is read from the inbox is what was meant, under the job id that was given."""
    job_id = drop(request_file, inbox)
    assert names(inbox) == [job_id]
    taken = read_drop(inbox / job_id, LIMITS)
    assert (taken.submission.job_id, taken.named, taken.awaited) == (job_id, True, ())
    assert {each.name: each.data for each in taken.submission.files} == {"menu.pdf": b"M", "77.svg": b"S"}
    assert [each.data for each in taken.submission.voice] == [b"V"]
    assert taken.submission.extra == {"other": "0800"}
    assert "private.txt" not in names(inbox / job_id)
    assert COMPLETE in names(inbox / job_id)


def test_a_folder_is_dropped_without_its_links(inbox: Path, tmp_path: Path) -> None:
    """What could not be read from the inbox does not get there."""
    folder = tmp_path / "order"
    (folder / "files").mkdir(parents=True)
    (folder / "submission.yaml").write_text("description: We are a bakery.\n")
    (folder / "files" / "menu.pdf").write_bytes(b"M")
    (folder / "link.txt").symlink_to("/etc/passwd")
    job_id = drop(folder, inbox)
    assert [each.name for each in parse_drop(inbox / job_id, LIMITS).files] == ["menu.pdf"]
    assert not (inbox / job_id / "link.txt").exists()


def test_a_zip_is_dropped_as_it_is(inbox: Path, tmp_path: Path) -> None:
    """Byte for byte."""
    path = tmp_path / "order.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("submission.yaml", "description: We are a bakery.\n")
    job_id = drop(path, inbox)
    assert (inbox / f"{job_id}.zip").read_bytes() == path.read_bytes()
    assert parse_drop(inbox / f"{job_id}.zip", LIMITS).job_id == job_id


def test_the_same_file_dropped_twice_is_two_drops(inbox: Path, request_file: Path) -> None:
    """Whether they are one job is for the ledger to say."""
    assert drop(request_file, inbox) != drop(request_file, inbox)
    assert len(names(inbox)) == 2


@pytest.mark.parametrize("text", ["", "name: Kim\n", "a: ["])
def test_what_cannot_be_used_is_not_dropped(inbox: Path, tmp_path: Path, text: str) -> None:
    """The person at the terminal hears of it at once."""
    (tmp_path / "order.yaml").write_text(text)
    with pytest.raises(Rejected):
        drop(tmp_path / "order.yaml", inbox)
    assert names(inbox) == []


def test_a_drop_that_fails_leaves_nothing(
    inbox: Path, request_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither half a drop nor a temporary one."""

    def fail(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("protogen.intake.drop.move", fail)
    with pytest.raises(OSError, match="No space"):
        drop(request_file, inbox)
    assert names(inbox) == []


def test_a_drop_appears_only_when_it_is_whole(
    inbox: Path, request_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is renamed its name is one that the inbox ignores."""
    from protogen.intake import drop as module

    seen: list[list[str]] = []
    real = module.move

    def watched(source: Path, target: Path) -> None:
        seen.append(names(inbox))
        assert names(source) == [COMPLETE, "77.svg", "menu.pdf", "submission.yaml", "v.webm"]
        real(source, target)

    monkeypatch.setattr(module, "move", watched)
    job_id = drop(request_file, inbox)
    assert seen == [[f"{job_id}.tmp"]]


def test_a_form_or_program_writes_a_drop(inbox: Path) -> None:
    """Fields under any of their names, attachments of any number, two of one name."""
    job_id = write_drop(
        {"text_content": "Pečeme chléb.\n\nV Brně.", "userName": "no", "contactValue": "+420 541", "n": 7},
        inbox,
        files=[Attachment("menu.pdf", b"1"), Attachment("menu.pdf", b"2")],
        voice=[Attachment("blob", b"3")],
    )
    assert JOB_ID.fullmatch(job_id)
    submission = parse_drop(inbox / job_id, LIMITS)
    assert submission.job_id == job_id
    assert submission.description == "Pečeme chléb.\n\nV Brně."
    assert (submission.name, submission.contact_value) == ("no", "+420 541")
    assert [(each.name, each.data) for each in submission.files] == [("menu.pdf", b"1"), ("menu-2.pdf", b"2")]
    assert [(each.name, each.data) for each in submission.voice] == [("blob", b"3")]
    assert submission.extra == {"n": "7"}


def test_a_request_of_a_program_reaches_no_other_drop(inbox: Path) -> None:
    """Whatever files its fields name, they are looked for in its own drop only."""
    (inbox / "menu.pdf").write_bytes(b"another customer's")
    (inbox / "other").mkdir()
    (inbox / "other" / "submission.yaml").write_text("description: secret\n")
    fields = {
        "description": "We bake.",
        "files": ["menu.pdf", "../menu.pdf", "other/submission.yaml", str(inbox / "menu.pdf")],
    }
    submission = parse_drop(inbox / write_drop(fields, inbox), LIMITS)
    assert submission.files == ()
    assert len(submission.notes) == 4


def test_one_value_in_two_fields_is_no_alias(inbox: Path) -> None:
    """Our own drops pass our own intake."""
    shared = ["a"]
    job_id = write_drop({"description": "We bake.", "x": shared, "y": shared}, inbox)
    assert parse_drop(inbox / job_id, LIMITS).extra == {"x": ["a"], "y": ["a"]}


NAMES = (
    st.text(max_size=30)
    | st.text(st.sampled_from("./\\~:a\u202e\0\n é\u0301"), max_size=8)
    | st.just("x" * 300)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(NAMES, min_size=1, max_size=4), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_a_browser_calls_its_files_they_come_in(inbox: Path, called: list[str], words: str) -> None:
    """No name costs a file, and no text breaks the YAML it is written into."""
    attachments = [Attachment(name, bytes([number])) for number, name in enumerate(called)]
    job_id = write_drop(
        {"description": "We bake.", "wish": words}, inbox, files=attachments, voice=attachments
    )
    submission = parse_drop(inbox / job_id, LIMITS)
    assert sorted(each.data for each in submission.files) == [each.data for each in attachments]
    assert [each.data for each in submission.voice] == [each.data for each in attachments]
    assert submission.notes == ()
