"""A drop becomes a submission: single files, their neighbours, job ids, and forms as Markdown."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from protogen.config import IntakeSettings
from protogen.intake.parse import parse_drop, read_drop
from protogen.intake.rejected import Rejected, Wait
from protogen.job import JOB_ID
from protogen.submission import from_files, to_files

LIMITS = IntakeSettings()
UUID = "0b9a6f0e-6a1c-4a54-9d0e-2f6f0a0a0001"
OTHER = "0b9a6f0e-6a1c-4a54-9d0e-2f6f0a0a0002"
REQUEST = b"description: We are a bakery.\n"


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# Single files


@pytest.mark.parametrize(
    "name", ["order.yaml", "order.yml", "ORDER.YAML", "objednávka.yaml", "a b.yml", "-.yaml"]
)
def test_a_yaml_file_is_a_request(tmp_path: Path, name: str) -> None:
    """Whatever it is called."""
    assert parse_drop(write(tmp_path / name, REQUEST), LIMITS).description == "We are a bakery."


def test_a_link_to_a_drop_is_followed_only_where_a_person_gave_it(tmp_path: Path) -> None:
    """`protogen generate` follows it, the inbox never does."""
    (tmp_path / "link.yaml").symlink_to(write(tmp_path / "order.yaml", REQUEST))
    assert parse_drop(tmp_path / "link.yaml", LIMITS).description == "We are a bakery."
    with pytest.raises(Rejected, match="The drop is a symbolic link"):
        read_drop(tmp_path / "link.yaml", LIMITS)


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    """A mistyped path is the commonest mistake."""
    with pytest.raises(Rejected, match=r"There is nothing at .*order\.yaml; check the path"):
        parse_drop(tmp_path / "order.yaml", LIMITS)


@pytest.mark.parametrize("name", ["order.txt", "order", "order.json", "order.yaml.bak"])
def test_a_file_of_another_kind_is_rejected(tmp_path: Path, name: str) -> None:
    """The reason says what can be sent; it may wait, for a request may still name it."""
    with pytest.raises(Rejected, match=r"neither \.yaml nor \.zip nor a folder; send one") as refused:
        parse_drop(write(tmp_path / name, REQUEST), LIMITS)
    assert refused.value.wait is Wait.LONG


def test_a_pipe_is_rejected_without_waiting_for_it(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    os.mkfifo(tmp_path / "order.yaml")
    with pytest.raises(Rejected, match="The drop is a pipe; send the file itself"):
        parse_drop(tmp_path / "order.yaml", LIMITS)


def test_a_request_of_fifty_megabytes_is_rejected_unread(tmp_path: Path) -> None:
    """Its size is enough; nothing of it is parsed."""
    path = write(tmp_path / "order.yaml", b"description: " + b"x" * 50_000_000)
    begin = time.monotonic()
    with pytest.raises(
        Rejected, match=r"'order\.yaml' is larger than 1,000,000 bytes; send a smaller one"
    ) as refused:
        parse_drop(path, LIMITS)
    assert refused.value.wait is Wait.NOT
    assert time.monotonic() - begin < 1


def test_a_request_of_a_megabyte_is_read_in_time(tmp_path: Path) -> None:
    """The largest request there may be, of very many keys."""
    lines = "".join(f"k{number}: v\n" for number in range(80_000))
    begin = time.monotonic()
    submission = parse_drop(write(tmp_path / "order.yaml", REQUEST + lines.encode()), LIMITS)
    assert len(submission.extra) == 80_000
    assert time.monotonic() - begin < 30


def test_only_plain_neighbours_can_be_attached(tmp_path: Path) -> None:
    """Another customer's drop is not a file of this one."""
    for name in (
        "other.yaml",
        "other.zip",
        "other.YML",
        ".hidden",
        "half.tmp",
        "folder/submission.yaml",
        "menu.pdf",
    ):
        write(tmp_path / name, b"x")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "other.yaml")
    request = (
        REQUEST + b"files: [menu.pdf, other.yaml, other.zip, other, other.YML, .hidden, half.tmp, half,"
        b" folder/submission.yaml, submission.yaml, folder, link.pdf, order.yaml]\n"
    )
    submission = parse_drop(write(tmp_path / "order.yaml", request), LIMITS)
    assert [each.name for each in submission.files] == ["menu.pdf"]
    assert len(submission.missing) == 12
    assert len(submission.notes) == 12


def test_neighbours_nobody_named_are_left_alone(tmp_path: Path) -> None:
    """What lies beside a single file belongs to it only by name."""
    write(tmp_path / "menu.pdf", b"x")
    drop = read_drop(write(tmp_path / "order.yaml", REQUEST), LIMITS)
    assert (drop.submission.files, drop.beside) == ((), ())


def test_a_file_missing_is_noted_and_awaited(tmp_path: Path) -> None:
    """What another system stores is noted only: it will not come by itself."""
    request = REQUEST + b"files: [menu.pdf, /files/123, 'https://old.example/files/4']\nvoice: v.webm\n"
    drop = read_drop(write(tmp_path / "order" / "submission.yaml", request).parent, LIMITS)
    assert drop.submission.missing == ("v.webm", "menu.pdf", "/files/123", "https://old.example/files/4")
    assert len(drop.submission.notes) == 4
    assert drop.awaited == ("v.webm", "menu.pdf")


def test_a_request_by_voice_waits_for_its_recording(tmp_path: Path) -> None:
    """Without it there is nothing to go by."""
    path = write(tmp_path / "order" / "submission.yaml", b"voice: v.webm\n").parent
    with pytest.raises(Rejected) as refused:
        parse_drop(path, LIMITS)
    assert refused.value.wait is Wait.LONG
    write(path / "v.webm", b"sound")
    assert parse_drop(path, LIMITS).voice[0].data == b"sound"


def test_an_empty_attachment_is_an_attachment(tmp_path: Path) -> None:
    """It is named, and it came."""
    write(tmp_path / "a.txt", b"")
    submission = parse_drop(write(tmp_path / "order.yaml", REQUEST + b"files: a.txt\n"), LIMITS)
    assert [each.data for each in submission.files] == [b""]


# Job ids


@pytest.mark.parametrize("name", [f"{UUID}.yaml", f"{UUID.upper()}.yml", f"{UUID}/submission.yaml"])
def test_a_drop_named_by_a_uuid_keeps_it(tmp_path: Path, name: str) -> None:
    """Its status could be asked for before it was read; an id in it does not change that."""
    path = write(tmp_path / name, REQUEST + f"job_id: {OTHER}\n".encode())
    drop = read_drop(path if path.parent == tmp_path else path.parent, LIMITS)
    assert (drop.submission.job_id, drop.named) == (UUID, True)


def test_a_job_id_may_stand_in_the_request(tmp_path: Path) -> None:
    """For programs that cannot choose the name."""
    drop = read_drop(write(tmp_path / "order.yaml", REQUEST + f"job_id: {UUID.upper()}\n".encode()), LIMITS)
    assert (drop.submission.job_id, drop.named) == (UUID, True)


@pytest.mark.parametrize("job_id", ["", "7", "../../etc", f"{UUID}x", f"{UUID}\\n", "[a]"])
def test_a_job_id_that_is_none_is_not_used(tmp_path: Path, job_id: str) -> None:
    """A job id is a UUID and nothing else: it becomes the name of a ref."""
    drop = read_drop(write(tmp_path / "order.yaml", REQUEST + f"job_id: {job_id}\n".encode()), LIMITS)
    assert JOB_ID.fullmatch(drop.submission.job_id)
    assert drop.submission.job_id != UUID
    assert not drop.named


def test_the_callers_job_id_is_for_drops_without_one(tmp_path: Path) -> None:
    """The drop's own id goes before."""
    assert parse_drop(write(tmp_path / "order.yaml", REQUEST), LIMITS, OTHER).job_id == OTHER
    assert parse_drop(write(tmp_path / f"{UUID}.yaml", REQUEST), LIMITS, OTHER).job_id == UUID


# Half-written files

WHOLE = f"""\
submission_id: {UUID}
name: "Jana Nováková"
contact_info: {{email: jana@example.com, phone: '+420 541 222 333'}}
description: |
  Pečeme chléb 🥐 v Brně.
files: [menu.pdf]
""".encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_request_cut_anywhere_is_read_or_given_a_moment(tmp_path: Path, encoding: str) -> None:
    """At every byte: never an accident, never a final no."""
    data = WHOLE.decode().encode(encoding)
    for end in range(len(data)):
        path = write(tmp_path / "order.yaml", data[:end])
        try:
            submission = parse_drop(path, LIMITS)
        except Rejected as refused:
            wait: Wait | None = refused.wait
        else:
            wait = None
            assert from_files(to_files(submission)) == submission
        assert wait is not Wait.NOT


# Forms


def form(tmp_path: Path, text: str) -> Path:
    return write(tmp_path / "order" / "form_data.md", text.encode()).parent


def test_a_form_of_strong_labels_is_read(tmp_path: Path) -> None:
    """List marks or none, the colon inside of the emphasis or outside."""
    write(tmp_path / "order" / "files" / "menu.pdf", b"x")
    submission = parse_drop(
        form(
            tmp_path,
            "# Form submission\n\n**Name:** Jana\n- **Email**: jana@example.com\n* __User ID:__ cust-1\n"
            "Submission ID: 77\n\n## Project description\nWe are a bakery.\n\nPhone: 541 222 333\n\n"
            "### Goods\nBread\n\n## Files\n- [Menu](files/menu.pdf)\n2. `logo.svg`\n",
        ),
        LIMITS,
    )
    assert submission.description == "We are a bakery.\n\nPhone: 541 222 333\n\n### Goods\nBread"
    assert (submission.name, submission.user_id, submission.submission_id) == ("Jana", "cust-1", "77")
    assert (submission.contact_type, submission.contact_value) == ("email", "jana@example.com")
    assert [each.name for each in submission.files] == ["menu.pdf"]
    assert submission.missing == ("logo.svg",)
    assert submission.extra == {"text outside of the fields": "# Form submission"}


def test_a_form_as_a_table_is_read(tmp_path: Path) -> None:
    """What stands below the table is the request."""
    submission = parse_drop(
        form(
            tmp_path,
            "| Field | Value |\n| :--- | ---: |\n| Name | Jana |\n| Telegram | @jana |\n"
            "| Phone | 123456 |\n\nWe bake.\n",
        ),
        LIMITS,
    )
    assert submission.description == "We bake."
    assert (submission.name, submission.contact_type, submission.contact_value) == ("Jana", "phone", "123456")


def test_a_form_of_headings_is_read(tmp_path: Path) -> None:
    """Each heading is a field, the text below its value."""
    submission = parse_drop(
        form(
            tmp_path,
            "## Name\n\nJana\n\n## text_content\n\nWe bake.\n\nGreen.\n\n## Requirements\n\nA shop\n",
        ),
        LIMITS,
    )
    assert (submission.name, submission.description, submission.hint) == (
        "Jana",
        "We bake.\n\nGreen.",
        "A shop",
    )


@pytest.mark.parametrize(
    "text", ["We are a bakery.", "\ufeffWe are a bakery.\r\n", "Description: We are a bakery."]
)
def test_a_form_of_plain_words_is_the_request(tmp_path: Path, text: str) -> None:
    """No layout is needed."""
    assert parse_drop(form(tmp_path, text), LIMITS).description == "We are a bakery."


def test_a_form_that_carries_only_a_voice_is_a_request(tmp_path: Path) -> None:
    """`files/` beside the form holds what was uploaded."""
    write(tmp_path / "order" / "files" / "voice_message.webm", b"sound")
    submission = parse_drop(form(tmp_path, "**Name:** Jana\n"), LIMITS)
    assert [each.name for each in submission.voice] == ["voice_message.webm"]


def test_a_submission_goes_before_a_form(tmp_path: Path) -> None:
    """Where both are there the YAML is the request, and the form no attachment."""
    write(tmp_path / "order" / "submission.yaml", REQUEST)
    submission = parse_drop(form(tmp_path, "We sell socks."), LIMITS)
    assert (submission.description, submission.files) == ("We are a bakery.", ())


@pytest.mark.parametrize("data", [b"", b"\n\n", b"**Name:** Jana", b"\xff", b"## Name\n", b"x" * 1_000_001])
def test_a_form_that_asks_for_nothing_is_rejected(tmp_path: Path, data: bytes) -> None:
    """As any drop is."""
    with pytest.raises(Rejected):
        parse_drop(write(tmp_path / "order" / "form_data.md", data).parent, LIMITS)
