"""Accepting: one job for one request, however often it comes. With the real ledger."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protogen.config import Settings
from protogen.intake.accept import Acceptance, accept
from protogen.job import JOB_ID, Status, new_job_id
from protogen.ledger import Ledger
from protogen.submission import Attachment, Submission, from_files
from tools.intake import Intake

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.git") as opened:
        yield opened


def submission(**changes: object) -> Submission:
    base = Submission(new_job_id(), "We bake.", submission_id="order 7", user_id="cust-1")
    return replace(base, **changes)  # type: ignore[arg-type]


def take(ledger: Ledger, one: Submission) -> Acceptance:
    return accept(one, ledger, Settings(), NOW)


def expire(ledger: Ledger, acceptance: Acceptance) -> None:
    ledger.record(replace(acceptance.job, status=Status.EXPIRED))


def test_an_accepted_submission_is_pending_and_kept(ledger: Ledger) -> None:
    """When `accept` has returned, the job can be asked for and nothing of the request is lost."""
    one = submission(files=(Attachment("menu.pdf", b"%PDF"),), notes=("A note.",), extra={"a": ["b"]})
    acceptance = take(ledger, one)
    assert not acceptance.duplicate
    event = ledger.job(one.job_id)
    assert event == acceptance.job
    assert (event.status, event.created_at, event.attempt) == (Status.PENDING, NOW, 0)
    assert from_files(ledger.submission(one.job_id)) == one


def test_the_ledger_names_nobody(ledger: Ledger) -> None:
    """User, id and request stand in the audit log as keyed hashes."""
    event = take(ledger, submission()).job
    for value in (event.user, event.submission, event.request):
        assert len(value) == 32
        assert "cust-1" not in value
    assert len({event.user, event.submission, event.request}) == 3
    anonymous = take(ledger, Submission(new_job_id(), "We bake.")).job
    assert (anonymous.user, anonymous.submission) == ("", "")


def test_the_same_submission_twice_is_one_job(ledger: Ledger) -> None:
    """A program that sends again because it had no answer makes no second site."""
    first = take(ledger, submission())
    second = take(ledger, submission(notes=("Another note.",), hint="x"))
    assert second == Acceptance(first.job, duplicate=True, conflict=False)
    assert len(ledger.jobs()) == 1


@pytest.mark.parametrize(
    "change",
    [{"description": "We brew."}, {"contact_value": "a@b.example"}, {"files": (Attachment("a", b""),)}],
)
def test_the_same_id_with_other_content_is_a_conflict(ledger: Ledger, change: dict[str, object]) -> None:
    """It is neither a new job nor silently the old one."""
    first = take(ledger, submission())
    assert take(ledger, submission(**change)) == Acceptance(first.job, duplicate=True, conflict=True)
    assert len(ledger.jobs()) == 1


def test_the_same_id_from_another_source_is_another_job(ledger: Ledger) -> None:
    """Every customer may count from one."""
    take(ledger, submission())
    assert not take(ledger, submission(user_id="cust-2")).duplicate
    assert not take(ledger, submission(user_id="", contact_value="a@b.example")).duplicate


def test_without_an_id_each_drop_is_a_job(ledger: Ledger) -> None:
    """Two people may want the same."""
    for _ in range(2):
        assert not take(ledger, submission(submission_id="")).duplicate
    assert len(ledger.jobs()) == 2


@pytest.mark.parametrize("submission_id", ["", "order 7"])
def test_a_drop_seen_again_after_a_crash_is_the_same_job(ledger: Ledger, submission_id: str) -> None:
    """The crash came between the ledger and the removal of the drop."""
    one = submission(submission_id=submission_id)
    first = take(ledger, one)
    assert take(ledger, one) == Acceptance(first.job, duplicate=True)


def test_a_job_id_with_other_content_is_a_conflict(ledger: Ledger) -> None:
    """Nobody can put another request under a job that is there."""
    one = submission(submission_id="")
    take(ledger, one)
    assert take(ledger, replace(one, description="We brew.")).conflict


@pytest.mark.parametrize("submission_id", ["", "order 7"])
def test_after_expiry_a_submission_may_come_anew(ledger: Ledger, submission_id: str) -> None:
    """Under its old name, and as often as it likes; each time it is one job, a crash or not."""
    one = submission(submission_id=submission_id)
    seen = set()
    for _ in range(3):
        acceptance = take(ledger, one)
        assert not acceptance.duplicate
        assert JOB_ID.fullmatch(acceptance.job.job)
        assert from_files(ledger.submission(acceptance.job.job)).job_id == acceptance.job.job
        assert take(ledger, one) == Acceptance(acceptance.job, duplicate=True)
        seen.add(acceptance.job.job)
        expire(ledger, acceptance)
    assert len(seen) == 3


def test_after_expiry_other_content_is_no_conflict(ledger: Ledger) -> None:
    """The old content is gone; there is nothing to be in conflict with."""
    expire(ledger, take(ledger, submission()))
    assert not take(ledger, submission(description="We brew.")).duplicate


# From the inbox into git


def git(ledger: Path, *arguments: str) -> str:
    """What another git, started now, finds on the disk."""
    return subprocess.run(["git", *arguments], cwd=ledger, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("name", ["order.yaml", "order/submission.yaml", "order.zip"])
def test_a_drop_leaves_the_inbox_when_git_has_all_of_it(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Content and `pending` first: at the moment of the removal another git reads both, and no lock is held."""
    path = intake.path / name
    path.parent.mkdir(exist_ok=True)
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("submission.yaml", "description: We bake.\nfiles: [menu.pdf]\n")
            archive.writestr("menu.pdf", "M")
    else:
        path.write_text("description: We bake.\nfiles: [menu.pdf]\n")
        (path.parent / "menu.pdf").write_text("M")
    seen: list[str] = []
    real = intake.inbox._remove

    def watched(drop: Path) -> None:
        job = drop.name.partition(".")[0]
        ledger = intake.settings.ledger_dir
        assert git(ledger, "log", "--format=%s", "main") == f"pending {job}\n"
        assert "description: We bake." in git(ledger, "show", f"refs/submissions/{job}:submission.yaml")
        assert git(ledger, "show", f"refs/submissions/{job}:files/menu.pdf") == "M"
        git(ledger, "fsck", "--strict")
        assert {lock.name for lock in ledger.rglob("*.lock")} <= {"ledger.lock"}
        seen.append(job)
        real(drop)

    monkeypatch.setattr(intake.inbox, "_remove", watched)
    intake.until(30)
    assert [event.job for event in intake.ledger.jobs()] == seen
    assert intake.left() == []


@pytest.mark.parametrize("step", ["write_files", "commit", "update_refs"])
def test_a_ledger_that_fails_half_way_keeps_the_drop(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whichever step the disk is full at: the drop stays, and becomes one job when there is room again."""
    (intake.path / "order.yaml").write_text("description: We bake.\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(intake.ledger._git, step, full)
        intake.until(30)
    assert len(intake.left()) == 1
    intake.until(600)
    assert [each.description for each in intake.submissions()] == ["We bake."]
    assert (intake.left(), intake.rejected()) == ([], {})
