"""What people may do to a job: cancel, retry, new version, rollback, extend, delete."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protogen import lifecycle
from protogen import worker as worker_module
from protogen.config import LlmSettings, RetrySettings, Settings
from protogen.hooks import Hook
from protogen.job import Event, StageTrace, Status, new_job_id, now
from protogen.ledger import Ledger, LedgerError, TransitionError
from protogen.lifecycle import cancel, delete, extend, retry, rollback
from protogen.llm.providers import Providers
from protogen.pipeline.report import iso
from protogen.prune import GRACE, collect, prune
from protogen.publish import PublishError
from protogen.worker import Worker
from tools.jobs import SITE, claimed, failed, hand_in, job_of, made, version

AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
PROJECT = "fern-flour-7k2mq"
NEWER = {"index.html": b"<!doctype html><title>Newer</title>"}


@pytest.fixture
def settings(home: Settings) -> Settings:
    """A home without a model, whose retries do not wait."""
    llm, retries = LlmSettings(provider="none"), RetrySettings(first_delay=0, jitter=0)
    return home.model_copy(update={"llm": llm, "retry": retries})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger.create(settings.ledger_dir) as ledger:
        yield ledger


def work(settings: Settings, ledger: Ledger, hook: Hook | None = None) -> None:
    """A worker's life until nothing is due."""
    with Worker(settings, ledger, Providers(settings), hook or Hook()) as worker:
        worker.run(threading.Event(), once=True)


def published(settings: Settings, project: str = PROJECT) -> dict[str, bytes]:
    folder = settings.published_dir / project
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# -- cancel -----------------------------------------------------------------------------------------------


def test_a_waiting_job_is_cancelled_at_once(settings: Settings, ledger: Ledger) -> None:
    """It is not made any more, and what was sent is kept for as long as a site would be."""
    job = hand_in(settings, ledger, AT)
    event = cancel(ledger, settings, job, AT)
    assert (event.status, event.error, event.expires_at) == (
        Status.CANCELLED, "cancelled", AT + timedelta(days=30),
    )  # fmt: skip
    assert ledger.claim(AT) is None
    assert ledger.submission(job)


def test_a_job_in_hand_is_cancelled_at_the_next_stage(settings: Settings, ledger: Ledger) -> None:
    """The stages after it are not run, nothing is published, and the next job is made."""
    job, other = hand_in(settings, ledger, now()), hand_in(settings, ledger, now(), "A tailor in Prague.")
    stages: list[str] = []

    class Cancelling(Hook):
        def stage_finished(self, running: str, trace: StageTrace) -> None:
            if running == job:
                stages.append(trace.name)
                if trace.name == "structure":
                    cancel(ledger, settings, job, now())

    work(settings, ledger, Cancelling())
    assert stages == ["brief", "structure"]
    assert job_of(ledger, job).status is Status.CANCELLED
    assert job_of(ledger, other).status is Status.COMPLETED
    assert [path.name for path in settings.published_dir.iterdir()] == [ledger.project_of(other)]


@pytest.mark.parametrize("moment", ["before it is published", "after it is published"])
def test_a_job_cancelled_after_its_content_is_in_git_leaves_nothing(
    moment: str, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published folder and the project go again, and the job stays cancelled."""
    job = hand_in(settings, ledger, now())
    publish = worker_module.publish

    def interrupted(files: dict[str, bytes], folder: Path, project: str) -> Path:
        if moment.startswith("after"):
            publish(files, folder, project)
        cancel(ledger, settings, job, now())
        return folder / project if moment.startswith("after") else publish(files, folder, project)

    monkeypatch.setattr(worker_module, "publish", interrupted)
    work(settings, ledger)
    assert job_of(ledger, job).status is Status.CANCELLED
    assert list(settings.published_dir.iterdir()) == []
    assert ledger.prototypes() == []
    assert ledger.rubbish_since is not None


def test_cancelling_a_new_version_keeps_the_site_that_there_is(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting or in hand, published already or not: completed again, with the old content."""
    event = made(settings, ledger, now())
    retry(ledger, event.job, now(), new_version=True)
    back = cancel(ledger, settings, event.job, now())
    assert (back.status, back.error, back.content) == (Status.COMPLETED, "cancelled", event.content)

    retry(ledger, event.job, now(), new_version=True)
    publish = worker_module.publish

    def interrupted(files: dict[str, bytes], folder: Path, project: str) -> Path:
        monkeypatch.undo()
        cancel(ledger, settings, event.job, now())
        return publish(files, folder, project)

    monkeypatch.setattr(worker_module, "publish", interrupted)
    work(settings, ledger)
    assert job_of(ledger, event.job).status is Status.COMPLETED
    assert job_of(ledger, event.job).content == event.content
    assert published(settings) == SITE
    assert [each.commit for each in ledger.versions(PROJECT)] == [event.content]


def test_what_is_over_or_unknown_cannot_be_cancelled(settings: Settings, ledger: Ledger) -> None:
    """In a sentence that says where the job stands."""
    event = made(settings, ledger, AT)
    with pytest.raises(TransitionError, match="is completed; there is nothing to cancel"):
        cancel(ledger, settings, event.job, AT)
    for job in (new_job_id(), "../heads/main"):
        with pytest.raises(LedgerError, match="There is no job"):
            cancel(ledger, settings, job, AT)


# -- retry ------------------------------------------------------------------------------------------------


def test_a_failed_or_cancelled_job_is_tried_again_with_all_its_attempts(
    settings: Settings, ledger: Ledger
) -> None:
    """From what was sent; the failure and its expiry are forgotten."""
    for event in (failed(settings, ledger, now()), claimed(settings, ledger, now())):
        if event.status is Status.PROCESSING:
            cancel(ledger, settings, event.job, now())
        again = retry(ledger, event.job, now())
        assert (again.status, again.attempt, again.error, again.expires_at) == (Status.PENDING, 0, "", None)
    work(settings, ledger)
    assert {event.status for event in ledger.jobs()} == {Status.COMPLETED}


def test_a_job_that_waits_for_its_next_attempt_gets_it_now(settings: Settings, ledger: Ledger) -> None:
    """Behind those who wait already."""
    event = claimed(settings, ledger, AT)
    ledger.record(replace(event, status=Status.PENDING, not_before=AT + timedelta(hours=9), error="gate"))
    waiting = hand_in(settings, ledger, AT)
    retry(ledger, event.job, AT + timedelta(seconds=1))
    assert [ledger.place(waiting), ledger.place(event.job)] == [1, 2]


def test_what_cannot_be_tried_again_says_why(settings: Settings, ledger: Ledger) -> None:
    """In hand, completed, expired: each with what to do instead."""
    event = made(settings, ledger, AT)
    with pytest.raises(TransitionError, match=r"is completed; .*protogen retry --new-version"):
        retry(ledger, event.job, AT)
    ledger.expire([event.job], AT)
    with pytest.raises(TransitionError, match="has expired: what was sent is deleted"):
        retry(ledger, event.job, AT)
    with pytest.raises(TransitionError, match="is being worked on"):
        retry(ledger, claimed(settings, ledger, AT).job, AT)


def test_a_new_version_keeps_name_and_expiry_and_the_site_stands_meanwhile(
    settings: Settings, ledger: Ledger
) -> None:
    """Version 2 of the same project; a version does not extend the expiry."""
    event = made(settings, ledger, now() - timedelta(days=3))
    retry(ledger, event.job, now(), new_version=True)
    seen: list[dict[str, bytes]] = []

    class Looking(Hook):
        def stage_finished(self, job: str, trace: StageTrace) -> None:
            seen.append(published(settings))

    work(settings, ledger, Looking())
    newest = job_of(ledger, event.job)
    assert seen == [SITE] * 5
    assert (newest.status, newest.expires_at) == (Status.COMPLETED, event.expires_at)
    versions = ledger.versions(PROJECT)
    assert [(each.number, each.expires_at) for each in versions] == [
        (1, event.expires_at),
        (2, event.expires_at),
    ]
    assert newest.content == versions[1].commit
    assert published(settings) == ledger.prototype(PROJECT)
    assert f"{event.expires_at:%Y-%m-%dT%H:%M:%SZ}" in published(settings)["metadata.json"].decode()


def test_a_new_version_that_fails_leaves_the_site_as_it_was(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Completed, with the error, after all its attempts."""
    event = made(settings, ledger, now())
    retry(ledger, event.job, now(), new_version=True)

    def broken(*args: object) -> Iterator[object]:
        raise RuntimeError("a fault")

    monkeypatch.setattr(worker_module, "run", broken)
    work(settings, ledger)
    newest = job_of(ledger, event.job)
    assert (newest.status, newest.attempt, newest.error) == (Status.COMPLETED, 3, "runtime")
    assert newest.content == event.content
    assert published(settings) == SITE
    assert ledger.kept(event.job, "failure.txt").endswith(b"RuntimeError: a fault\n")  # type: ignore[union-attr]


# -- rollback ---------------------------------------------------------------------------------------------


def two_versions(settings: Settings, ledger: Ledger) -> Event:
    event = made(settings, ledger, AT)
    again = retry(ledger, event.job, AT, new_version=True)
    return version(settings, ledger, ledger.claim(again.at) or event, PROJECT, AT, NEWER)


def test_an_earlier_version_comes_back_as_the_newest(settings: Settings, ledger: Ledger) -> None:
    """Its files are published, the history loses nothing, and back again is another rollback."""
    event = two_versions(settings, ledger)
    assert published(settings) == NEWER
    restored = rollback(ledger, settings, PROJECT, 1, AT)
    assert (restored.number, restored.restores) == (3, 1)
    assert published(settings) == SITE
    newest = job_of(ledger, event.job)
    assert (newest.status, newest.content, newest.size) == (Status.COMPLETED, restored.commit, 40)
    assert newest.expires_at == event.expires_at
    rollback(ledger, settings, PROJECT, 2, AT)
    assert published(settings) == NEWER
    assert [each.restores for each in ledger.versions(PROJECT)] == [0, 0, 1, 2]
    assert ledger.check() == []


def test_rolling_back_to_what_stands_only_publishes_it(settings: Settings, ledger: Ledger) -> None:
    """No version and no event for nothing."""
    two_versions(settings, ledger)
    before = ledger.history()
    assert rollback(ledger, settings, PROJECT, 2, AT).number == 2
    assert ledger.history() == before
    assert published(settings) == NEWER


def test_a_rollback_that_was_cut_off_is_finished_at_the_start(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In git and not published, or published and not recorded: the worker's start does the rest."""
    event = two_versions(settings, ledger)
    with monkeypatch.context() as crashing:
        crashing.setattr(lifecycle, "publish", lambda *_: (_ for _ in ()).throw(PublishError("gone")))
        with pytest.raises(PublishError):
            rollback(ledger, settings, PROJECT, 1, AT)
    assert job_of(ledger, event.job) == event
    work(settings, ledger)
    assert published(settings) == SITE
    newest = job_of(ledger, event.job)
    assert (newest.status, newest.content) == (Status.COMPLETED, ledger.versions(PROJECT)[-1].commit)


def test_what_cannot_be_rolled_back_says_why(settings: Settings, ledger: Ledger) -> None:
    """No such project, no such version, or a job in hand."""
    event = made(settings, ledger, AT)
    with pytest.raises(LedgerError, match="There is no project none"):
        rollback(ledger, settings, "none", 1, AT)
    with pytest.raises(LedgerError, match="has no version 7; there is 1"):
        rollback(ledger, settings, PROJECT, 7, AT)
    retry(ledger, event.job, AT, new_version=True)
    with pytest.raises(TransitionError, match="is pending; roll back when it is completed"):
        rollback(ledger, settings, PROJECT, 1, AT)


# -- extend -----------------------------------------------------------------------------------------------

FOOT = '<p class="footer__note">\n It is kept until <time datetime="{day}">{words}</time>.\n</p>'


def dated(at: datetime, heading: str = "Bread") -> dict[str, bytes]:
    """A site that says of itself how long it stands."""
    page = f"<title>{heading}</title><time datetime='2025-12-23'>other</time>" + FOOT
    about = json.dumps({"project_id": PROJECT, "language": "cs", "expires_at": iso(at + timedelta(days=30))})
    return {
        "index.html": page.format(day="2025-12-23", words="23. prosince 2025").encode(),
        "metadata.json": about.encode(),
        "assets/a.bin": b"\xff\xfe",
    }


def test_an_extended_site_says_so_everywhere(settings: Settings, ledger: Ledger) -> None:
    """Ledger, metadata and the foot of the page; all else stays as it is, and so it is pruned that much later."""
    event = made(settings, ledger, AT, files=dated(AT))
    longer = extend(ledger, settings, PROJECT, 10, AT + timedelta(hours=1))
    ends = AT + timedelta(days=40)
    assert (longer.number, longer.restores, longer.expires_at) == (2, 0, ends)
    newest = job_of(ledger, event.job)
    assert (newest.status, newest.content, newest.expires_at) == (Status.COMPLETED, longer.commit, ends)
    files = published(settings)
    assert json.loads(files["metadata.json"])["expires_at"] == iso(ends)
    page = files["index.html"].decode()
    assert 'until <time datetime="2026-01-02">2. ledna 2026</time>.' in page
    assert "<time datetime='2025-12-23'>other</time>" in page
    assert files["assets/a.bin"] == b"\xff\xfe"
    assert prune(settings, ledger, ends + GRACE - timedelta(seconds=1)).jobs == ()
    assert prune(settings, ledger, ends + GRACE).jobs == (event.job,)
    assert ledger.check() == []


def test_a_rollback_keeps_the_later_end(settings: Settings, ledger: Ledger) -> None:
    """What the earlier version said of its time is brought up to date."""
    event = made(settings, ledger, AT, files=dated(AT))
    version(settings, ledger, job_of(ledger, event.job), PROJECT, AT, dated(AT, "Rolls"))
    extend(ledger, settings, PROJECT, 10, AT)
    back = rollback(ledger, settings, PROJECT, 1, AT)
    assert (back.number, back.restores, back.expires_at) == (4, 1, AT + timedelta(days=40))
    files = published(settings)
    assert b"<title>Bread</title>" in files["index.html"]
    assert b"2. ledna 2026" in files["index.html"]
    assert json.loads(files["metadata.json"])["expires_at"] == iso(AT + timedelta(days=40))


def test_a_site_whose_time_is_over_is_extended_from_now(settings: Settings, ledger: Ledger) -> None:
    """As long as it is not deleted."""
    made(settings, ledger, AT, files=dated(AT))
    late = AT + timedelta(days=31)
    assert extend(ledger, settings, PROJECT, 1, late).expires_at == late + timedelta(days=1)


def test_an_extension_that_was_cut_off_is_finished_at_the_start(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In git and not published: the worker's start does the rest."""
    at = now()
    event = made(settings, ledger, at, files=dated(at))
    with monkeypatch.context() as crashing:
        crashing.setattr(lifecycle, "publish", lambda *_: (_ for _ in ()).throw(PublishError("gone")))
        with pytest.raises(PublishError):
            extend(ledger, settings, PROJECT, 10, at)
    work(settings, ledger)
    assert job_of(ledger, event.job).expires_at == at + timedelta(days=40)
    assert json.loads(published(settings)["metadata.json"])["expires_at"] == iso(at + timedelta(days=40))


def test_what_cannot_be_extended_says_why(settings: Settings, ledger: Ledger) -> None:
    """No such project, no time or too much, a site that says nothing of itself, a job in hand."""
    event = made(settings, ledger, AT)
    with pytest.raises(LedgerError, match="There is no project none"):
        extend(ledger, settings, "none", 1, AT)
    for days in (0, -3, 3650):
        with pytest.raises(LedgerError, match="by a day or more"):
            extend(ledger, settings, PROJECT, days, AT)
    with pytest.raises(LedgerError, match="have a new version made"):
        extend(ledger, settings, PROJECT, 1, AT)
    retry(ledger, event.job, AT, new_version=True)
    with pytest.raises(TransitionError, match="is pending; extend it when it is completed"):
        extend(ledger, settings, PROJECT, 1, AT)


# -- delete -----------------------------------------------------------------------------------------------


def test_a_deleted_site_cannot_be_read_any_more(settings: Settings, ledger: Ledger) -> None:
    """Neither published nor in git, old versions and the submission included; the audit log has that it was."""
    event = two_versions(settings, ledger)
    other = made(settings, ledger, AT, "harbour-dental-x9k2p")
    commits = [each.commit for each in ledger.versions(PROJECT)]
    done = delete(ledger, settings, event.job, AT)
    assert (done.status, done.content) == (Status.EXPIRED, "")
    assert not (settings.published_dir / PROJECT).exists()
    assert ledger.versions(PROJECT) == []
    with pytest.raises(LedgerError):
        ledger.submission(event.job)
    collect(settings, ledger)
    for commit in commits:
        with pytest.raises(LedgerError):
            ledger.version(commit)
    assert job_of(ledger, other.job) == other
    assert ledger.check() == []


def test_what_has_no_site_is_deleted_with_what_was_sent(settings: Settings, ledger: Ledger) -> None:
    """A failed job, and one that waits."""
    for job in (failed(settings, ledger, AT).job, hand_in(settings, ledger, AT)):
        assert delete(ledger, settings, job, AT).status is Status.EXPIRED
        assert ledger.kept(job, "submission.yaml") is None


def test_what_cannot_be_deleted_says_why(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not known, in hand, taken in hand just now, deleted before."""
    with pytest.raises(LedgerError, match="There is no job"):
        delete(ledger, settings, new_job_id(), AT)
    job = claimed(settings, ledger, AT).job
    with pytest.raises(TransitionError, match="is being worked on"):
        delete(ledger, settings, job, AT)
    with monkeypatch.context() as racing:
        before = replace(job_of(ledger, job), status=Status.PENDING)
        racing.setattr(ledger, "job", lambda _: before)
        with pytest.raises(TransitionError, match="is being worked on"):
            delete(ledger, settings, job, AT)
    cancel(ledger, settings, job, AT)
    delete(ledger, settings, job, AT)
    with pytest.raises(TransitionError, match="is deleted already"):
        delete(ledger, settings, job, AT)
