"""What the worker does between jobs, and on a full disk."""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from protogen import upkeep as upkeep_module
from protogen import worker as worker_module
from protogen.config import LlmSettings, RetrySettings, Role, Settings
from protogen.files import has_room, is_full
from protogen.hooks import Hook, Hooks
from protogen.intake.accept import Acceptance, accept
from protogen.intake.drop import write_drop
from protogen.intake.inbox import Inbox, waiting
from protogen.job import Event, Status, now
from protogen.ledger import DiskFullError, Ledger, LedgerError
from protogen.ledger.reserve import Reserve
from protogen.llm.providers import Providers
from protogen.prune import GRACE, prune
from protogen.publish import PublishError
from protogen.submission import Submission
from protogen.upkeep import Upkeep
from protogen.worker import Worker
from tools import disks
from tools.jobs import claimed, hand_in, job_of, made
from tools.model import good, stub
from tools.processes import until

LONG_AGO = timedelta(days=30) + GRACE + timedelta(seconds=5)
MEGABYTE = 1_000_000


@pytest.fixture
def settings(home: Settings) -> Settings:
    """A home without a model, whose retries do not wait."""
    llm, retries = LlmSettings(provider="none"), RetrySettings(first_delay=0, jitter=0)
    return home.model_copy(update={"llm": llm, "retry": retries})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger.create(settings.ledger_dir) as ledger:
        yield ledger


class Told(Hook):
    """What is said of upkeep."""

    def __init__(self) -> None:
        self.of_upkeep: list[str] = []

    def upkeep_done(self, task: str, count: int) -> None:
        self.of_upkeep.append(f"{task} {count}")

    def upkeep_failed(self, task: str, reason: str) -> None:
        self.of_upkeep.append(f"{task} failed: {reason}")


@contextmanager
def working(settings: Settings, ledger: Ledger, hook: Hook | None = None) -> Iterator[threading.Event]:
    """A worker at work until the end of the block; what it died of is raised there."""
    stopping, died = threading.Event(), []

    def live() -> None:
        try:
            with Worker(settings, ledger, Providers(settings), hook or Hook()) as worker:
                worker.run(stopping)
        except BaseException as error:
            died.append(error)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join()
    assert died == []


# -- what is due ------------------------------------------------------------------------------------------


def test_an_idle_worker_deletes_what_has_expired_and_gives_the_disk_back(
    settings: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    """By itself, and then the mirror is brought up to date, which forgets it too."""
    settings = settings.model_copy(update={"backup": Path("mirror.git")})
    gone, kept = made(settings, ledger, now() - LONG_AGO), made(settings, ledger, now(), "orbit-2kq7m")
    told = Told()
    with working(settings, ledger, told):
        until(lambda: (tmp_path / "mirror.git" / "protogen").exists() or None, what="the mirror")
        until(lambda: ledger.rubbish_since is None and job_of(ledger, gone.job).status is Status.EXPIRED)
        found = ["git", "-C", str(tmp_path / "mirror.git"), "cat-file", "-e"]
        until(lambda: subprocess.run([*found, kept.content], capture_output=True).returncode == 0)
    assert subprocess.run([*found, gone.content], capture_output=True).returncode != 0
    assert [path.name for path in settings.published_dir.iterdir()] == ["orbit-2kq7m"]
    assert told.of_upkeep[:3] == ["prune 1", "collect 0", "backup 0"]


def test_a_queue_that_never_ends_does_not_keep_the_expired(settings: Settings, ledger: Ledger) -> None:
    """Between two jobs there is time for deleting."""
    gone = made(settings, ledger, now() - LONG_AGO)
    hand_in(settings, ledger, now())
    with Worker(settings, ledger, Providers(settings), Hook()) as worker:
        worker.run(threading.Event(), once=True)
    assert job_of(ledger, gone.job).status is Status.EXPIRED


def test_each_thing_is_due_at_its_time_and_not_before(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pruning hourly, the mirror daily and after each deletion, the log and verifying daily; nothing in between."""
    clock, done = [0.0], []
    monkeypatch.setattr(upkeep_module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(
        upkeep_module, "prune", lambda *_: done.append("prune") or prune(settings, ledger, now())
    )
    monkeypatch.setattr(upkeep_module, "collect", lambda *_: done.append("collect") or ledger.collect())
    monkeypatch.setattr(upkeep_module, "verify", lambda *_: done.append("verify") or [])
    monkeypatch.setattr(ledger, "mirror_to", lambda target: done.append(f"mirror {target.name}"))
    monkeypatch.setattr(
        upkeep_module, "trim_logs", lambda folder, before: done.append("trim") or len(done) % 2
    )
    upkeep = Upkeep(settings.model_copy(update={"backup": Path("m.git")}), ledger)

    def looks(at: float) -> list[str]:
        clock[0] = at
        done.clear()
        while upkeep.when_idle():
            pass
        return list(done)

    assert looks(0) == ["prune", "mirror m.git", "trim"]
    assert looks(3599) == []
    made(settings, ledger, now() - LONG_AGO)
    assert looks(3600) == ["prune", "collect", "mirror m.git", "verify"]
    assert looks(7199) == []
    assert looks(7200) == ["prune"]
    assert looks(3600 + 86_400) == ["prune", "mirror m.git", "trim", "verify"]
    upkeep.hurry()
    assert looks(3600 + 86_404) == []
    assert looks(3600 + 86_405) == ["prune"]
    assert looks(3600 + 86_500) == []
    assert Upkeep(settings, ledger).when_idle() is False


def test_what_timers_do_is_left_to_them(
    settings: Settings, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was deleted is collected all the same, and a full disk pruned."""
    clock, told = [0.0], Told()
    monkeypatch.setattr(upkeep_module.time, "monotonic", lambda: clock[0])
    made(settings, ledger, now() - LONG_AGO)
    upkeep = Upkeep(settings.model_copy(update={"backup": Path("m.git"), "upkeep": ()}), ledger, told)
    for clock[0] in (0.0, 3600.0, 90_000.0):
        while upkeep.when_idle():
            pass
    assert told.of_upkeep == []
    upkeep.hurry()
    while upkeep.when_idle():
        pass
    assert told.of_upkeep == ["prune 1", "collect 0"]
    assert not (tmp_path / "m.git").exists()


@pytest.mark.parametrize("kind", [LedgerError, PublishError, OSError])
def test_what_fails_is_logged_and_left_for_its_next_time(
    kind: type[Exception],
    settings: Settings,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It stops no job; only a full disk is the worker's business."""
    error = kind("a fault")

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(upkeep_module, "prune", broken)
    job, told = hand_in(settings, ledger, now()), Told()
    with working(settings, ledger, told):
        until(lambda: job_of(ledger, job).status is Status.COMPLETED)
        until(lambda: "could not be deleted now" in caplog.text)
    assert told.of_upkeep[0] == "prune failed: a fault"
    upkeep = Upkeep(settings, ledger)
    error.__cause__ = OSError(28, "No space left on device")
    with pytest.raises(kind):
        upkeep.prune_if_due()


def test_what_does_not_agree_is_told_daily(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed file is; a folder of a stranger's, which may be left where it is, is not."""
    clock, told = [0.0], Told()
    monkeypatch.setattr(upkeep_module.time, "monotonic", lambda: clock[0])
    upkeep = Upkeep(settings, ledger, told)
    made(settings, ledger, now())
    page = settings.published_dir / "fern-flour-7k2mq" / "index.html"
    right = page.read_bytes()
    (settings.published_dir / "not-of-ours").mkdir()
    for day, content in enumerate((right, b"wrong", right)):
        page.write_bytes(content)
        clock[0] = 3600 + day * 86_400
        while upkeep.when_idle():
            pass
    said = [each for each in told.of_upkeep if "verify" in each]
    assert [said[0], said[2]] == ["verify 0"] * 2
    assert "verify failed: 1 things are wrong, the first:" in said[1]
    assert "has another index.html than git" in said[1]


# -- made again when the AI is back -----------------------------------------------------------------------


def asking(settings: Settings, base_url: str) -> Settings:
    role = Role(model="stub", languages=("*",))
    llm = LlmSettings(provider="openai", base_url=base_url, nlp=role, codegen=role)
    return settings.model_copy(update={"llm": llm})


def test_a_site_made_without_the_ai_is_made_again_once_when_it_is_back(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a new version under the same name, when nobody waits; one that has the AI's help is left alone."""
    monkeypatch.setattr(worker_module, "PROBE_SECONDS", 0.2)
    job = hand_in(settings, ledger, now())
    with working(settings, ledger):
        without = until(lambda: e if (e := job_of(ledger, job)).status is Status.COMPLETED else None)
    assert without.degraded == 1
    with stub(good) as model, working(asking(settings, model.base_url), ledger):
        again = until(
            lambda: e if (e := job_of(ledger, job)).content != without.content else None, what="a new version"
        )
    assert (again.status, again.degraded, again.expires_at) == (Status.COMPLETED, 0, without.expires_at)
    project = ledger.project_of(job)
    assert project is not None
    assert [version.degraded for version in ledger.versions(project)] == [1, 0]
    assert ledger.degraded() is None


def test_it_is_made_again_once_and_not_for_ever(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that answers the question whether it is there, and no other."""
    monkeypatch.setattr(worker_module, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(Worker, "_warm", lambda *_: True)
    job = hand_in(settings, ledger, now())
    with working(settings, ledger) as stopping:
        until(lambda: job_of(ledger, job).degraded == 2 or None, what="the second making")
        stopping.wait(0.5)
    event = job_of(ledger, job)
    assert (event.status, event.degraded) == (Status.COMPLETED, 2)
    assert len(ledger.history(job)) == 6


def test_without_a_model_nothing_is_made_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for first."""
    monkeypatch.setattr(worker_module, "PROBE_SECONDS", 0.05)
    job = hand_in(settings, ledger, now())
    with working(settings, ledger) as stopping:
        until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)
        stopping.wait(0.5)
    assert len(ledger.history(job)) == 3


# -- a full disk ------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    with disks.small_disk(tmp_path / "disk", "24m") as disk:
        yield disk


@pytest.fixture
def cramped(settings: Settings, small_disk: Path) -> Settings:
    """A home on the small disk, with a reserve of 3 MB."""
    cramped = settings.model_copy(update={"home": small_disk, "reserve_bytes": 3 * MEGABYTE})
    for folder in (cramped.inbox_dir, cramped.published_dir, cramped.run_dir):
        folder.mkdir()
    return cramped


def fill(disk: Path, leave: int = 0) -> Path:
    """Use up the disk but for so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, shutil.disk_usage(disk).free - leave))
    return ballast


class Listening(Hook):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def job_started(self, event: Event) -> None:
        self.heard.append("started")

    def job_finished(self, event: Event) -> None:
        self.heard.append(f"{event.status} {event.attempt} {event.error}".strip())

    def disk_full(self, reason: str) -> None:
        self.heard.append("full")

    def disk_room(self) -> None:
        self.heard.append("room")


def test_on_a_full_disk_nothing_is_begun_and_it_is_said_once(
    cramped: Settings, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The job waits with all its attempts, and is made when there is room, with nobody's help."""
    heard = Listening()
    with Ledger.create(cramped.ledger_dir) as ledger:
        job = hand_in(cramped, ledger, now())
        ballast = fill(small_disk, leave=MEGABYTE)
        with working(cramped, ledger, heard):
            until(lambda: "full" in heard.heard or None)
            threading.Event().wait(1.2)
            assert job_of(ledger, job).attempt == 0
            assert heard.heard == ["full"]
            ballast.unlink()
            until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)
    assert heard.heard == ["full", "room", "started", "completed 1"]
    assert [r.levelno for r in caplog.records if "disk" in r.getMessage()] == [logging.ERROR, logging.WARNING]
    assert (cramped.ledger_dir / "protogen" / "reserve").stat().st_size == 3 * MEGABYTE


@pytest.mark.parametrize("stage", ["brief", "structure", "content"])
def test_a_disk_that_fills_up_in_the_middle_costs_no_attempt(
    stage: str, cramped: Settings, small_disk: Path
) -> None:
    """The job goes back to pending in the room of the reserve, and is made later."""
    ballast: list[Path] = []

    class Filling(Listening):
        def stage_started(self, job: str, name: str, index: int, count: int) -> None:
            if name == stage and not ballast:
                ballast.append(fill(small_disk))

    heard = Filling()
    with Ledger.create(cramped.ledger_dir) as ledger:
        job = hand_in(cramped, ledger, now())
        with working(cramped, ledger, heard):
            until(lambda: job_of(ledger, job).error == "disk-full" or None)
            assert job_of(ledger, job).attempt == 0
            threading.Event().wait(0.7)
            assert heard.heard.count("started") == 1
            ballast[0].unlink()
            until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)
        assert ledger.check() == []
    assert heard.heard[-1] == "completed 1"


def test_on_a_full_disk_drops_wait_and_it_is_said_once(
    cramped: Settings, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """None is looked into, none is lost, and all are taken in when there is room."""
    drops = [write_drop({"description": f"Bread number {n}."}, cramped.inbox_dir) for n in range(20)]
    quick = cramped.intake.model_copy(update={"scan_seconds": 0.1})
    cramped = cramped.model_copy(update={"intake": quick})
    tries: list[str] = []
    with Ledger.create(cramped.ledger_dir) as ledger:

        def taking(submission: Submission) -> Acceptance:
            tries.append(submission.job_id)
            return accept(submission, ledger, cramped, now())

        ballast, stop = fill(small_disk), threading.Event()
        thread = threading.Thread(target=Inbox(cramped, taking).run, args=(stop,))
        thread.start()
        stop.wait(0.8)
        assert tries == []
        assert len(waiting(cramped.inbox_dir)) == 20
        ballast.unlink()
        until(lambda: len(ledger.jobs()) == 20 or None)
        stop.set()
        thread.join()
    assert sorted(tries) == sorted(drops)
    levels = [record.levelno for record in caplog.records if "disk" in record.getMessage()]
    assert levels == [logging.ERROR, logging.WARNING]


def test_a_disk_that_fills_up_while_a_drop_is_taken_in_stops_the_rest(cramped: Settings) -> None:
    """One failure tells of all: they wait for the next scan, and none is put off for long."""
    drops = [write_drop({"description": f"Bread number {n}."}, cramped.inbox_dir) for n in range(5)]
    tries: list[str] = []
    with Ledger.create(cramped.ledger_dir) as ledger:

        def refusing(submission: Submission) -> Acceptance:
            tries.append(submission.job_id)
            if len(tries) == 1:
                raise DiskFullError("no room")
            return accept(submission, ledger, cramped, now())

        inbox = Inbox(cramped, refusing)
        assert inbox.scan() == cramped.intake.scan_seconds
        assert len(tries) == 1
        inbox.scan()
        assert sorted(tries[1:]) == sorted(drops)


def test_pruning_works_on_a_full_disk(cramped: Settings, small_disk: Path) -> None:
    """It gives up the reserve, deletes, and takes it again; a second reserve is not needed."""
    with Ledger.create(cramped.ledger_dir) as ledger:
        event = made(cramped, ledger, now() - LONG_AGO, files={"index.html": os.urandom(2 * MEGABYTE)})
        assert Reserve(cramped.ledger_dir, cramped.reserve_bytes).fill()
        fill(small_disk)
        assert shutil.disk_usage(small_disk).free == 0
        with pytest.raises(DiskFullError):
            hand_in(cramped, ledger, now())
        assert prune(cramped, ledger, now()).jobs == (event.job,)
        ledger.collect()
        assert shutil.disk_usage(small_disk).free > 3 * MEGABYTE
        assert ledger.check() == []
        assert hand_in(cramped, ledger, now())


def test_a_worker_on_a_full_disk_makes_room_by_itself(cramped: Settings, small_disk: Path) -> None:
    """What has expired goes first, and the job that waited is made."""
    with Ledger.create(cramped.ledger_dir) as ledger:
        made(cramped, ledger, now() - LONG_AGO, files={"index.html": os.urandom(4 * MEGABYTE)})
        job = hand_in(cramped, ledger, now())
        fill(small_disk, leave=4 * MEGABYTE)
        with working(cramped, ledger):
            until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)


def test_what_could_not_even_be_put_back_is_put_back_later(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of it fails too: the worker lives, and the job has lost no attempt when there is room."""
    job, full = hand_in(settings, ledger, now()), threading.Event()
    free, record = shutil.disk_usage, ledger.record

    def usage(path: Path) -> object:
        return free(path)._replace(free=0) if full.is_set() else free(path)

    def refusing(event: Event, after: Event | None = None) -> Event:
        if full.is_set():
            raise DiskFullError("no room")
        return record(event, after)

    def filling(*_: object) -> Iterator[object]:
        full.set()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(ledger, "record", refusing)
    with monkeypatch.context() as broken:
        broken.setattr(worker_module, "run", filling)
        with working(settings, ledger) as stopping:
            until(lambda: full.is_set() or None)
            stopping.wait(0.8)
            assert job_of(ledger, job).status is Status.PROCESSING
            broken.undo()
            monkeypatch.setattr(shutil, "disk_usage", usage)
            monkeypatch.setattr(ledger, "record", refusing)
            full.clear()
            until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)
    assert [(e.status.value, e.attempt, e.error) for e in ledger.history(job)] == [
        ("pending", 0, ""),
        ("processing", 1, ""),
        ("pending", 0, "disk-full"),
        ("processing", 1, ""),
        ("completed", 1, ""),
    ]


def test_a_claim_that_finds_no_room_is_no_end(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was filled between the look and the write."""
    job, claim, refused = hand_in(settings, ledger, now()), ledger.claim, []

    def refusing(at: object) -> Event | None:
        if not refused:
            refused.append(at)
            raise DiskFullError("no room")
        return claim(at)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "claim", refusing)
    with working(settings, ledger):
        until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)


def test_the_reserve_takes_room_only_where_there_is_some(small_disk: Path, ledger: Ledger) -> None:
    """All of it or none: it never fills the disk to the last byte."""
    reserve, file = Reserve(small_disk, 5 * MEGABYTE), small_disk / "protogen" / "reserve"
    file.parent.mkdir()
    assert reserve.fill()
    free = shutil.disk_usage(small_disk).free
    with reserve.released():
        assert shutil.disk_usage(small_disk).free >= free + 5 * MEGABYTE
        ballast = fill(small_disk, leave=MEGABYTE)
    assert file.stat().st_size == 0
    assert not reserve.fill()
    assert not has_room(2 * MEGABYTE, small_disk)
    assert has_room(MEGABYTE // 2, small_disk)
    ballast.unlink()
    assert reserve.fill()
    assert reserve.fill()
    assert file.stat().st_blocks * 512 >= 5 * MEGABYTE


@pytest.mark.parametrize(("code", "full"), [(28, True), (122, True), (5, False)])
def test_an_allocation_that_fails_leaves_nothing(
    code: int, full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is an answer; any other error is one."""
    (tmp_path / "protogen").mkdir()

    def failing(file: int, offset: int, size: int) -> None:
        os.write(file, b"half of it")
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", failing)
    if full:
        assert not Reserve(tmp_path, MEGABYTE).fill()
        assert (tmp_path / "protogen" / "reserve").stat().st_size == 0
    else:
        with pytest.raises(OSError, match="Input/output"):
            Reserve(tmp_path, MEGABYTE).fill()


def chained(*errors: BaseException) -> BaseException:
    for outer, inner in itertools.pairwise(errors):
        outer.__cause__ = inner
    return errors[0]


@pytest.mark.parametrize(
    ("make", "full"),
    [
        (lambda: DiskFullError("x"), True),
        (lambda: OSError(28, "x"), True),
        (lambda: OSError(122, "x"), True),
        (lambda: chained(PublishError("x"), OSError(28, "x")), True),
        (lambda: chained(LedgerError("x"), PublishError("x"), DiskFullError("x")), True),
        (lambda: OSError(5, "x"), False),
        (lambda: chained(LedgerError("x"), OSError(5, "x")), False),
    ],
)
def test_a_full_disk_is_known_by_what_caused_an_error(make: Callable[[], BaseException], full: bool) -> None:
    """However deep it lies."""
    assert is_full(make()) is full


def test_listeners_hear_of_a_full_disk() -> None:
    """Each of many, as one."""
    first, second = Listening(), Listening()
    hooks = Hooks([first, second])
    hooks.disk_full("no room")
    hooks.disk_room()
    assert first.heard == second.heard == ["full", "room"]
    Hook().disk_full("")
    Hook().disk_room()


def test_a_job_in_hand_is_not_pruned(settings: Settings, ledger: Ledger) -> None:
    """Whatever its expiry says."""
    claimed(settings, ledger, now() - LONG_AGO)
    assert prune(settings, ledger, now()).jobs == ()
