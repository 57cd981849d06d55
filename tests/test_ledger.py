"""The ledger: jobs, submissions and prototypes, with real git."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protogen.job import Event, Rung, StageTrace, Status, new_job_id
from protogen.ledger import (
    PROJECT_FILE,
    DiskFullError,
    Ledger,
    LedgerError,
    ProjectTakenError,
    TransitionError,
)
from protogen.ledger.locks import LedgerLock
from protogen.ledger.repository import Repository

AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SITE = {"index.html": b"<!doctype html>", "assets/images/hero.svg": b"<svg/>"}
STAGES = (
    StageTrace("brief", Rung.FIELDS, "qwen2.5-coder", 612, 140, 7200),
    StageTrace("page", Rung.TEMPLATE, "qwen2.5-coder", 9, 1, 3, 2, "hero: Fern & Flour is too long"),
    StageTrace("theme", Rung.TEMPLATE, ms=4, reason="timeout"),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.git") as opened:
        yield opened


def pending(at: datetime = AT, **values: object) -> Event:
    return replace(Event(job=new_job_id(), status=Status.PENDING, at=at, created_at=at), **values)


def accepted(ledger: Ledger, at: datetime = AT, **values: object) -> Event:
    return ledger.accept(pending(at, **values), {"submission.yaml": b"description: bread\n"})


def step(ledger: Ledger, event: Event, status: Status, **values: object) -> Event:
    return ledger.record(replace(event, status=status, at=event.at + SECOND, **values))


def completed(ledger: Ledger, project: str = "fern-flour-7k2mq") -> Event:
    event = ledger.claim(accepted(ledger).at)
    assert event is not None
    site = replace(event, stages=STAGES, size=22, expires_at=AT + timedelta(days=30))
    content = ledger.add_version(project, site, SITE)
    return step(ledger, site, Status.COMPLETED, content=content, duration_ms=71_000)


def git(ledger: Ledger, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ledger.path), *arguments], capture_output=True, text=True, check=True
    ).stdout


def commit_by_hand(ledger: Ledger, message: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@localhost")
    head = git(ledger, *who, "commit-tree", "main^{tree}", "-p", "main", "-m", message).strip()
    git(ledger, "update-ref", "refs/heads/main", head)


def test_a_job_goes_its_way_and_git_log_tells_it(ledger: Ledger) -> None:
    """Pending, processing, completed; a person reads it with plain git."""
    event = completed(ledger)
    assert git(ledger, "log", "--reverse", "--format=%s").split("\n") == [
        f"pending {event.job}", f"processing {event.job}", f"completed {event.job}", "",
    ]  # fmt: skip
    assert git(ledger, "log", "-1", "--format=%(trailers:key=Content,valueonly)").strip() == event.content
    assert git(ledger, "log", "-1", f"refs/jobs/{event.job}", "--format=%s") == f"completed {event.job}\n"
    assert (
        git(ledger, "log", "--format=%s", "refs/prototypes/fern-flour-7k2mq")
        == "Version 1 of fern-flour-7k2mq\n"
    )
    assert git(ledger, "fsck", "--strict") == ""


def test_main_holds_no_content_and_no_word_of_the_customer(ledger: Ledger) -> None:
    """Main is for ever: no tree, no project, no name, no reason that a customer's words may be in."""
    event = completed(ledger)
    assert set(git(ledger, "log", "--format=%T").split()) == {"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}
    log = git(ledger, "log", "--format=%B")
    assert "fern" not in log.lower()
    assert "reason=timeout" in log
    assert [stage.reason for stage in event.stages] == ["", "", "timeout"]
    assert "reason=hero: Fern & Flour is too long" in git(ledger, "log", "refs/prototypes/fern-flour-7k2mq")


@pytest.mark.parametrize(
    "values",
    [{"error": "no phone 777 123 456"}, {"user": "cust-1042"}, {"submission": "7f0c"}, {"request": "Jana"}],
)
def test_a_plain_value_does_not_get_onto_main(values: dict[str, str], ledger: Ledger) -> None:
    """What must be a code or a hash is refused otherwise, before anything is written."""
    with pytest.raises(LedgerError):
        accepted(ledger, **values)
    assert ledger.history() == []


def test_a_hash_is_the_ledgers_own(tmp_path: Path) -> None:
    """The same value has the same hash in one ledger, after opening again too, and another in another's."""
    with Ledger.create(tmp_path / "one.git") as one, Ledger.create(tmp_path / "two.git") as two:
        digest = one.hash("cust-1042")
        assert len(digest) == 32
        assert int(digest, 16) >= 0
        assert digest not in (two.hash("cust-1042"), one.hash("cust-1043"))
        with Ledger.create(tmp_path / "one.git") as again:
            assert again.hash("cust-1042") == digest
        one.hash("\ud800")
    assert stat.S_IMODE((tmp_path / "one.key").stat().st_mode) == 0o600


def test_a_ledger_is_opened_again_after_a_collection(ledger: Ledger) -> None:
    """When all its objects are packed."""
    event = completed(ledger)
    ledger.collect()
    with Ledger.create(ledger.path) as again:
        assert again.job(event.job) == event
        assert accepted(again).status is Status.PENDING


def test_a_ledger_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where a file stands in its place, for one."""
    (tmp_path / "home").write_text("x")
    with pytest.raises(LedgerError, match=r"ledger\.git cannot be written: Not a directory"):
        Ledger.create(tmp_path / "home" / "ledger.git")


def test_no_ledger_and_no_key_are_said_with_the_mend(tmp_path: Path) -> None:
    """Nothing is made by opening."""
    with pytest.raises(LedgerError, match="run protogen init"):
        Ledger(tmp_path / "ledger.git")
    Ledger.create(tmp_path / "ledger.git").close()
    (tmp_path / "ledger.key").write_bytes(b"short")
    with pytest.raises(LedgerError, match=r"ledger\.key is missing or broken"):
        Ledger(tmp_path / "ledger.git")


def test_a_submission_is_kept_and_added_to(ledger: Ledger) -> None:
    """What the customer sent, and what was made of it on the way, each addition a commit."""
    event = accepted(ledger)
    ledger.keep(event.job, {"record.json": b"{}", "prompts/1.txt": b"?"}, AT)
    ledger.keep(event.job, {"record.json": b"{}"}, AT)
    ledger.keep(event.job, {"record.json": b"[]"}, AT)
    assert ledger.submission(event.job) == {
        "submission.yaml": b"description: bread\n", "record.json": b"[]", "prompts/1.txt": b"?",
    }  # fmt: skip
    assert git(ledger, "rev-list", "--count", f"refs/submissions/{event.job}").strip() == "3"


def test_accepting_twice_is_one_job(ledger: Ledger) -> None:
    """The second time changes nothing, wherever the job has got to."""
    event = accepted(ledger)
    assert ledger.accept(event, {"other.yaml": b""}) == event
    claimed = ledger.claim(AT)
    assert ledger.accept(event, {}) == claimed
    assert list(ledger.submission(event.job)) == ["submission.yaml"]
    assert len(ledger.history()) == 2


def test_accepting_is_finished_after_a_crash_in_the_middle(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files without an event are no job: the drop comes again, or what is left of it goes."""
    event, other = pending(), pending()
    real = Repository.update_refs

    def crash(self: Repository, changes: list[tuple[str, str, str]]) -> None:
        if changes[0][0] == "refs/heads/main":
            raise KeyboardInterrupt
        real(self, changes)

    with monkeypatch.context() as crashing:
        crashing.setattr(Repository, "update_refs", crash)
        for each in (event, other):
            with pytest.raises(KeyboardInterrupt):
                ledger.accept(each, {"a": b"1"})
    assert ledger.job(event.job) is None
    assert ledger.accept(event, {"a": b"2"}) == event
    assert ledger.submission(event.job) == {"a": b"2"}
    ledger.reconcile()
    assert git(ledger, "for-each-ref", "--format=%(refname)", "refs/submissions").split() == [
        f"refs/submissions/{event.job}"
    ]


@pytest.mark.parametrize("how", ["reopened", "written", "reconciled"])
def test_a_job_left_behind_by_a_crash_is_rolled_forward(
    how: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Main moved, the job's ref did not: main is the truth."""
    event = accepted(ledger)
    claimed = ledger.claim(AT)
    git(ledger, "update-ref", f"refs/jobs/{event.job}", "refs/heads/main~1")
    assert ledger.job(event.job) == event
    if how == "reopened":
        Ledger(ledger.path).close()
    elif how == "written":
        accepted(ledger)
    else:
        git(ledger, "update-ref", "-d", f"refs/jobs/{event.job}")
        git(ledger, "update-ref", f"refs/jobs/{new_job_id()}", "refs/heads/main")
        ledger.reconcile()
        assert len(git(ledger, "for-each-ref", "refs/jobs").splitlines()) == 1
    assert ledger.job(event.job) == claimed


def test_a_step_that_does_not_follow_is_refused(ledger: Ledger) -> None:
    """`NEXT` is the law; so a cancelled job is never completed."""
    event = accepted(ledger)
    claimed = ledger.claim(AT)
    assert claimed is not None
    step(ledger, claimed, Status.CANCELLED)
    with pytest.raises(TransitionError, match="is cancelled; it cannot become completed"):
        step(ledger, claimed, Status.COMPLETED)
    made = ledger.claim(accepted(ledger).at)
    assert made is not None
    with pytest.raises(TransitionError, match="has no site; it cannot become completed"):
        step(ledger, made, Status.COMPLETED)
    with pytest.raises(TransitionError, match="begins as pending"):
        ledger.record(replace(event, job=new_job_id(), status=Status.PROCESSING))
    with pytest.raises(TransitionError, match="begins as pending"):
        accepted(ledger, status=Status.COMPLETED)
    with pytest.raises(LedgerError, match="drops its record"):
        step(ledger, replace(claimed, submission="b" * 32), Status.PENDING)


def test_jobs_are_claimed_in_the_order_they_came(ledger: Ledger) -> None:
    """Also within one second; each once, its attempt counted before it starts."""
    jobs = [accepted(ledger).job for _ in range(4)]
    claims = [ledger.claim(AT) for _ in range(5)]
    assert [event.job if event else None for event in claims] == [*jobs, None]
    assert [event.attempt for event in claims if event] == [1] * 4
    assert ledger.processing() == claims[:4]


def test_a_job_put_off_waits_for_its_time_and_starves_nobody(ledger: Ledger) -> None:
    """A retry comes when it is due, behind those who waited longer by then."""
    first = accepted(ledger)
    claimed = ledger.claim(AT)
    assert claimed is not None
    step(ledger, claimed, Status.PENDING, not_before=AT + 60 * SECOND, error="timeout")
    second, third = accepted(ledger, AT + 50 * SECOND), accepted(ledger, AT + 61 * SECOND)
    assert claim(ledger, AT + 59 * SECOND) == second.job
    assert claim(ledger, AT + 62 * SECOND) == first.job
    again = ledger.job(first.job)
    assert again is not None
    assert (again.attempt, again.not_before, again.error) == (2, None, "")
    assert claim(ledger, AT + 62 * SECOND) == third.job


def claim(ledger: Ledger, at: datetime) -> str | None:
    event = ledger.claim(at)
    return event.job if event else None


def test_two_processes_that_look_at_once_do_not_claim_the_same(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look without the lock is a hint; what counts is the look with it."""
    accepted(ledger)
    held = LedgerLock.held

    def quicker(self: LedgerLock) -> object:
        monkeypatch.undo()
        with Ledger(ledger.path) as other:
            assert other.claim(AT) is not None
        return held(self)

    monkeypatch.setattr(LedgerLock, "held", quicker)
    assert ledger.claim(AT) is None


def test_the_newest_are_listed_without_reading_all_of_main(ledger: Ledger) -> None:
    """Also past a commit made by hand, and a job that went back within the second it came in."""
    jobs = [accepted(ledger) for _ in range(3)]
    claimed = ledger.claim(AT)
    assert claimed is not None
    ledger.record(replace(claimed, status=Status.PENDING, attempt=0))
    commit_by_hand(ledger, "Hello")
    with Ledger(ledger.path) as cold:
        assert [event.job for event in cold.jobs(limit=9)] == [jobs[0].job, jobs[2].job, jobs[1].job]
        assert {event.job for event in cold.jobs(limit=9)} == {event.job for event in jobs}
        assert len(cold.jobs(limit=2)) == 2


def test_a_job_tried_again_keeps_its_place_in_the_list(ledger: Ledger) -> None:
    """The last accepted first, warm and cold: what has happened to a job since does not count."""
    first = accepted(ledger)
    failed = step(ledger, step(ledger, first, Status.PROCESSING, attempt=1), Status.FAILED)
    second = accepted(ledger, AT + 60 * SECOND)
    again = ledger.record(replace(failed, status=Status.PENDING, at=AT + 90 * SECOND, attempt=0))
    waiting = step(ledger, step(ledger, second, Status.PROCESSING, attempt=1), Status.PENDING)
    assert ledger.jobs() == [waiting, again]
    with Ledger(ledger.path) as cold:
        assert cold.jobs(limit=1) == [waiting]
    with Ledger(ledger.path) as cold:
        assert cold.jobs(limit=2) == [waiting, again]
    assert [ledger.place(job) for job in (first.job, second.job, "unknown")] == [1, 2, None]


def test_the_queue_is_told_in_the_order_of_its_turns(ledger: Ledger) -> None:
    """Those put off among them by their time, and no more than asked for."""
    first, second, third = (accepted(ledger, AT + n * SECOND) for n in range(3))
    later = ledger.record(replace(first, at=AT + 4 * SECOND, not_before=AT + 9 * SECOND))
    assert ledger.queue(9) == [second, third, later]
    assert ledger.queue(2) == [second, third]
    ledger.claim(AT + 20 * SECOND)
    assert [event.job for event in ledger.queue(9)] == [third.job, first.job]


def test_sites_that_end_soon_and_what_all_of_them_take(ledger: Ledger) -> None:
    """The first to end first; jobs without a site, and those that ended, are left out."""
    days = timedelta(days=1)
    for n, project in ((5, "a-site-7k2mq"), (2, "b-site-7k2mq"), (9, "c-site-7k2mq")):
        event = step(ledger, accepted(ledger), Status.PROCESSING)
        commit = ledger.add_version(project, event, SITE | {"name.txt": project.encode()})
        step(ledger, event, Status.COMPLETED, content=commit, expires_at=AT + n * days, size=100 * n)
    step(ledger, step(ledger, accepted(ledger), Status.PROCESSING), Status.FAILED, expires_at=AT + days)
    count, events = ledger.expiring(AT, AT + 7 * days, limit=1)
    assert (count, [event.expires_at for event in events]) == (2, [AT + 2 * days])
    assert ledger.expiring(AT + 5 * days, AT + 9 * days, limit=9)[0] == 1
    assert ledger.sites_size() == 1600
    ledger.expire([events[0].job], AT + 3 * days)
    assert ledger.sites_size() == 1400


def test_a_clock_that_jumps_back_keeps_no_new_job_waiting(ledger: Ledger) -> None:
    """Only a job that was put off waits for a time."""
    event = accepted(ledger)
    assert claim(ledger, AT - timedelta(days=1)) == event.job


def test_jobs_are_listed_the_newest_first(ledger: Ledger) -> None:
    """All, some, or those of a status."""
    events = [accepted(ledger) for _ in range(3)]
    claimed = ledger.claim(AT)
    assert [event.job for event in ledger.jobs()] == [event.job for event in events[::-1]]
    assert ledger.jobs(limit=1) == [events[2]]
    assert ledger.jobs(Status.PENDING) == [events[2], events[1]]
    assert ledger.jobs(Status.PENDING, limit=1) == [events[2]]
    assert ledger.jobs(Status.PROCESSING) == [claimed]
    assert ledger.jobs(Status.FAILED) == []


def test_history_is_the_log_the_oldest_first(ledger: Ledger) -> None:
    """Of one job, or of all; a commit made by hand is passed over."""
    first, second = accepted(ledger), accepted(ledger)
    claimed = ledger.claim(AT)
    commit_by_hand(ledger, "Hello")
    assert ledger.history(first.job) == [first, claimed]
    assert ledger.history() == [first, second, claimed]
    assert ledger.history(new_job_id()) == []
    assert claim(ledger, AT) == second.job


def test_an_unknown_or_hostile_job_id_is_nobody(ledger: Ledger) -> None:
    """Ids come from the web."""
    for name in (new_job_id(), "", "../heads/main", "HEAD", "x\ny"):
        assert ledger.job(name) is None
        with pytest.raises(LedgerError):
            ledger.submission(name)
        with pytest.raises(LedgerError):
            ledger.keep(name, {}, AT)


def test_a_submission_is_found_by_its_hash(ledger: Ledger) -> None:
    """The newest job of it, in whatever state, until it has expired."""
    digest = ledger.hash("7f0c1c1e")
    assert ledger.find(digest) is None
    assert ledger.find("") is None
    first = accepted(ledger, submission=digest)
    accepted(ledger, submission=ledger.hash("other"))
    accepted(ledger)
    assert ledger.find(digest) == first
    expired = step(ledger, first, Status.EXPIRED)
    assert expired.status is Status.EXPIRED
    assert ledger.find(digest) is None
    again = accepted(ledger, submission=digest)
    assert ledger.find(digest) == again
    assert ledger.find("") is None


def test_versions_follow_one_another(ledger: Ledger) -> None:
    """A site's history, each version readable; the same files again are the same version."""
    event = completed(ledger)
    assert ledger.add_version("fern-flour-7k2mq", event, SITE) == event.content
    second = ledger.add_version("fern-flour-7k2mq", event, {"index.html": b"new"})
    versions = ledger.versions("fern-flour-7k2mq")
    assert [(each.number, each.commit, each.size) for each in versions] == [
        (1, event.content, 22),
        (2, second, 22),
    ]
    assert ledger.prototypes() == versions[1:]
    assert versions[1].expires_at == AT + timedelta(days=30)
    assert ledger.prototype("fern-flour-7k2mq") == {"index.html": b"new"}
    assert ledger.prototype("fern-flour-7k2mq", event.content) == SITE
    assert ledger.project_of(event.job) == "fern-flour-7k2mq"
    assert ledger.versions("none") == []


def test_a_version_brought_back_is_the_earlier_one_again(ledger: Ledger) -> None:
    """Its files, stages, size, expiry and what it lacked; written now, and it says which it is."""
    event = replace(completed(ledger), degraded=2)
    ledger.add_version("fern-flour-7k2mq", event, {"index.html": b"new"})
    newest = ledger.add_version("fern-flour-7k2mq", replace(event, degraded=0), {"index.html": b"newer"})
    back = ledger.restore_version("fern-flour-7k2mq", 2, AT + SECOND)
    first, second, third, fourth = ledger.versions("fern-flour-7k2mq")
    assert (first.commit, third.commit, fourth) == (event.content, newest, back)
    assert back == replace(second, number=4, commit=back.commit, restores=2)
    when = git(ledger, "log", "-1", "--format=%ct", "refs/prototypes/fern-flour-7k2mq")
    assert int(when) == (AT + SECOND).timestamp()
    assert [stage.name for stage in back.stages] == ["brief", "page", "theme"]
    assert (back.degraded, back.size, back.job) == (2, 22, event.job)
    assert ledger.prototype("fern-flour-7k2mq") == {"index.html": b"new"}


def test_a_project_is_one_jobs(ledger: Ledger) -> None:
    """Two customers never get onto one address, and a version is read only under its project's name."""
    event = completed(ledger)
    other = completed(ledger, "orbit-7k2mq")
    with pytest.raises(ProjectTakenError, match="fern-flour-7k2mq belongs to another job"):
        ledger.name_project(other.job, "fern-flour-7k2mq", AT)
    assert ledger.project_named(other.job) == ""
    with pytest.raises(ProjectTakenError, match="fern-flour-7k2mq belongs to another job"):
        ledger.add_version("fern-flour-7k2mq", other, SITE)
    for project, commit in (("orbit-7k2mq", event.content), ("none", None), ("orbit-7k2mq", "0" * 40)):
        with pytest.raises(LedgerError, match="no such version"):
            ledger.prototype(project, commit)
    with pytest.raises(LedgerError, match="not a project id"):
        ledger.prototype("../heads/main")


def test_a_project_that_is_called_as_git_describes_an_object_is_itself(ledger: Ledger) -> None:
    """`fern-gbeef` may be the object beef… to git: here it is a project, or nothing."""
    other = completed(ledger)
    for sha in (other.content, git(ledger, "rev-parse", "main").strip()):
        project = f"fern-g{sha[:8]}"
        assert git(ledger, "rev-parse", f"refs/prototypes/{project}").strip() == sha
        assert ledger.versions(project) == []
        with pytest.raises(LedgerError, match="no such version"):
            ledger.prototype(project)
        event = completed(ledger, project)
        ledger.name_project(event.job, project, AT)
        assert ledger.project_of(event.job) == ledger.project_named(event.job) == project
        assert [version.job for version in ledger.versions(project)] == [event.job]
        assert ledger.prototype(project) == SITE


def test_a_site_made_and_not_yet_recorded_is_found(ledger: Ledger) -> None:
    """A crash between content and `completed` is finished, never repeated."""
    assert ledger.version_of(new_job_id()) is None
    event = accepted(ledger)
    claimed = ledger.claim(AT)
    assert claimed is not None
    assert ledger.version_of(event.job) is None
    assert ledger.project_of(event.job) is None
    ledger.keep(event.job, {PROJECT_FILE: b"fern-flour-7k2mq"}, AT)
    assert ledger.version_of(event.job) is None
    commit = ledger.add_version("fern-flour-7k2mq", claimed, SITE)
    assert ledger.version_of(event.job) == ("fern-flour-7k2mq", commit)
    done = step(ledger, claimed, Status.COMPLETED, content=commit)
    assert ledger.version_of(event.job) is None
    again = step(ledger, done, Status.PENDING)
    assert ledger.version_of(again.job) is None
    second = ledger.add_version("fern-flour-7k2mq", again, {"index.html": b"2"})
    assert ledger.version_of(event.job) == ("fern-flour-7k2mq", second)


def test_a_prototype_ref_made_by_hand_is_said(ledger: Ledger) -> None:
    """Nothing is guessed about a commit that is no version."""
    event = accepted(ledger)
    git(ledger, "update-ref", "refs/prototypes/x", f"refs/jobs/{event.job}")
    with pytest.raises(LedgerError, match="is not a version of a prototype"):
        ledger.prototypes()


def test_what_another_process_writes_is_seen(ledger: Ledger) -> None:
    """Commands work while the worker runs."""
    first = accepted(ledger)
    assert len(ledger.jobs()) == 1
    with Ledger(ledger.path) as other:
        second = accepted(other)
        assert claim(other, AT) == first.job
    assert claim(ledger, AT) == second.job
    assert [event.status for event in ledger.jobs()] == [Status.PROCESSING] * 2


def test_a_restored_main_is_read_anew(ledger: Ledger, tmp_path: Path) -> None:
    """A backup put in place under a running program, older or other, is what counts then."""
    first = accepted(ledger)
    git(ledger, "update-ref", "refs/heads/backup", "refs/heads/main")
    accepted(ledger)
    assert len(ledger.jobs()) == 2
    git(ledger, "update-ref", "refs/heads/main", "refs/heads/backup")
    with Ledger(ledger.path) as other:
        second = accepted(other)
    assert ledger.jobs() == [second, first]
    git(ledger, "update-ref", "refs/heads/main", "refs/heads/backup")
    assert ledger.jobs() == [first]
    git(ledger, "update-ref", "-d", "refs/heads/main")
    assert ledger.jobs() == []
    assert ledger.history() == []
    with Ledger.create(tmp_path / "other.git") as other:
        event = accepted(other)
    for _ in range(2):
        git(ledger, "fetch", "--quiet", "--prune", str(tmp_path / "other.git"), "+refs/*:refs/*")
        git(ledger, "gc", "--quiet", "--prune=now")
        assert ledger.jobs() == [event]
        accepted(ledger)
        assert len(ledger.jobs()) == 2


def test_a_write_waits_for_no_lock_of_a_dead_git(ledger: Ledger) -> None:
    """It is cleared under the ledger's own lock, and the write goes through."""
    event = accepted(ledger)
    (ledger.path / "refs" / "heads" / "main.lock").touch()
    claimed = ledger.claim(AT)
    assert claimed is not None
    assert ledger.job(event.job) == claimed


def test_main_moved_by_hand_is_moved_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare and swap fails, the write is tried on what main is then; not for ever."""
    accepted(ledger)
    real = Repository.update_refs
    moves = 0

    def by_hand(self: Repository, changes: list[tuple[str, str, str]]) -> None:
        nonlocal moves
        moves += 1
        if moves in (1, 4, 5, 6, 7, 8):
            commit_by_hand(ledger, str(moves))
        real(self, changes)

    claimed = None
    with monkeypatch.context() as patch:
        patch.setattr(Repository, "update_refs", by_hand)
        claimed = ledger.claim(AT)
        assert claimed is not None
        moves = 3
        with pytest.raises(LedgerError, match="changed by others 5 times"):
            step(ledger, claimed, Status.FAILED)
    assert ledger.job(claimed.job) == claimed
    assert git(ledger, "rev-list", "--count", "main").strip() == "8"


@pytest.mark.parametrize(
    ("code", "is_full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)]
)
def test_a_disk_that_takes_nothing_is_said_and_harms_nothing(
    code: int, is_full: bool, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and whether it is full; the next write is as if nothing had been."""
    event = accepted(ledger)

    def full(self: Path, data: bytes) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(LedgerError, match=f"^The ledger at {ledger.path} cannot be written: .") as caught:
            ledger.claim(AT)
    assert isinstance(caught.value, DiskFullError) is is_full
    assert ledger.job(event.job) == event
    assert claim(ledger, AT) == event.job


def test_an_event_lost_while_the_ledger_is_open_is_said(ledger: Ledger) -> None:
    """What the index knows of is looked for, and missed by its name."""
    event = accepted(ledger)
    assert ledger.history(event.job) == [event]
    sha = git(ledger, "rev-parse", "main").strip()
    accepted(ledger)
    (ledger.path / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(LedgerError, match=f"The event {sha} is missing from the ledger; run protogen verify"):
        ledger.history(event.job)


@pytest.mark.parametrize("lost", ["main", "main~1"])
def test_a_lost_event_is_said(lost: str, ledger: Ledger) -> None:
    """A damaged repository is not taken for an empty one, nor papered over."""
    accepted(ledger)
    accepted(ledger)
    assert len(ledger.jobs()) == 2
    sha = git(ledger, "rev-parse", lost).strip()
    (ledger.path / "objects" / sha[:2] / sha[2:]).unlink()
    with Ledger(ledger.path) if lost == "main~1" else contextlib.nullcontext(ledger) as anew:
        for read in (anew.jobs, anew.history):
            with pytest.raises(LedgerError):
                read()
    with pytest.raises(LedgerError):  # what is in memory is still known, but is no proof
        ledger.history()


def _accept_many(path: Path, count: int) -> None:
    with Ledger(path) as ledger:
        for _ in range(count):
            accepted(ledger)
            ledger.claim(AT)


def test_processes_that_write_at_once_lose_and_double_nothing(ledger: Ledger) -> None:
    """Each event of each is on main once, each job claimed once."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_accept_many, args=(ledger.path, 5)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    events = ledger.history()
    assert len(events) == 40
    assert len({(event.job, event.status) for event in events}) == 40
    assert git(ledger, "fsck", "--strict") == ""


def test_news_are_the_events_since_the_last_time(ledger: Ledger) -> None:
    """Each once and in order, whoever recorded it; from the beginning where there was nothing yet."""
    assert ledger.news(None) == ledger.news("") == ("", [])
    first = accepted(ledger)
    begin, news = ledger.news("")
    assert news == [(begin, first)]
    assert ledger.news(None) == ledger.news(begin) == (begin, [])
    with Ledger(ledger.path) as other:
        claimed = other.claim(first.at)
    second = accepted(ledger)
    after, news = ledger.news(begin)
    assert [event for _, event in news] == [claimed, second]
    assert ledger.news(news[0][0]) == (after, news[1:])
    assert ledger.news(after) == (after, [])


def test_news_begin_anew_where_main_does_not_go_on(ledger: Ledger) -> None:
    """After a restore nobody is told of what was told before; an event written by hand is passed over."""
    accepted(ledger)
    begin, _ = ledger.news(None)
    step(ledger, accepted(ledger), Status.CANCELLED)
    after, _ = ledger.news(begin)
    git(ledger, "update-ref", "refs/heads/main", begin)
    assert ledger.news(after) == (begin, [])
    assert ledger.news("0" * 39 + "1") == (begin, [])
    orphan = git(ledger, "commit-tree", "-m", "by hand", "4b825dc642cb6eb9a060e54bf8d69288fbee4904").strip()
    git(ledger, "update-ref", "refs/heads/main", orphan)
    assert ledger.news(begin) == (orphan, [])
    assert ledger.news("") == (orphan, [])
