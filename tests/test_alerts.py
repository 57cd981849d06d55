"""Alerts: each trouble is told once, again if it lasts, and once more when it is over."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from protogen.config import Settings
from protogen.config_notices import AlertSettings, NoticeSettings
from protogen.hooks import Hook
from protogen.hooks import alerts as alerts_module
from protogen.hooks import outbox as outbox_module
from protogen.hooks.alerts import Alerts, standing
from protogen.hooks.notices import Targets
from protogen.hooks.outbox import Outbox, entries
from protogen.intake.drop import write_drop
from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.ledger import Ledger
from tools.jobs import hand_in
from tools.processes import until
from tools.receivers import service


@pytest.fixture
def settings(home: Settings) -> Settings:
    """A home whose operator wants to hear of everything; nothing is delivered but what a test delivers."""
    part = NoticeSettings(operator=("json://127.0.0.1:9/",))
    return home.model_copy(update={"notices": part})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger.create(settings.ledger_dir) as ledger:
        yield ledger


def alerts_of(settings: Settings, ledger: Ledger) -> Alerts:
    """Alerts that a test moves by hand, as after a start."""
    box = Outbox(settings.outbox_dir, settings.notices.retry, Hook())
    targets = Targets(settings)
    box.serve("operator", targets.tell_operator)
    return Alerts(settings, ledger, box, targets)


def heard(alerts: Alerts, at: datetime | None = None) -> None:
    """All that was reported is taken in, and the rest is looked at."""
    alerts.take()
    alerts.look(at or now())


def told(settings: Settings) -> list[str]:
    """The titles of what is in the outbox, the oldest first."""
    return [entry.message.body["title"] for entry in entries(settings.outbox_dir)]


def ended(status: Status = Status.COMPLETED, error: str = "", ms: int = 30_000) -> Event:
    return Event(new_job_id(), status, now(), now(), attempt=1, error=error, duration_ms=ms)


FAILED = ended(Status.FAILED, "gate")
TRACE = StageTrace("style", Rung.FIELDS, provider="openai,ollama")

CASES = {
    "breaker": (
        lambda a: a.provider_changed("openai", "open"),
        lambda a: a.provider_changed("openai", "closed"),
        "The model openai does not answer",
    ),
    "job": (lambda a: a.job_finished(FAILED), lambda a: a.job_finished(ended()), "A job failed"),
    "drop": (
        lambda a: a.drop_rejected("jana-novakova.yaml", "Jana wrote nothing."),
        lambda a: a.job_accepted(ended(Status.PENDING)),
        "A request was rejected",
    ),
    "deadline": (
        lambda a: a.job_finished(ended(ms=121_000)),
        lambda a: a.job_finished(ended()),
        "A site was made too late",
    ),
    "prune": (
        lambda a: a.upkeep_failed("prune", "The ledger is locked."),
        lambda a: a.upkeep_done("prune", 0),
        "What has expired could not be deleted",
    ),
    "verify": (
        lambda a: a.upkeep_failed("verify", "One folder lacks a file."),
        lambda a: a.upkeep_done("verify", 0),
        "Ledger and published files do not agree",
    ),
    "disk": (lambda a: a.disk_full("no room"), lambda a: a.disk_room(), "The disk is full"),
    "notices": (
        lambda a: a.notice_failed("email", "not-taken"),
        lambda a: a.notice_delivered("email"),
        "Notices by email do not arrive",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_trouble_is_told_once_and_its_end_once(case: str, settings: Settings, ledger: Ledger) -> None:
    """However often it is reported in between, and over a restart in the middle."""
    begin, end, title = CASES[case]
    settings = settings.model_copy(update={"alerts": AlertSettings(success_jobs=100)})
    alerts = alerts_of(settings, ledger)
    heard(alerts)
    begin(alerts)
    heard(alerts)
    begin(alerts)
    heard(alerts)
    assert told(settings) == [title]
    alerts = alerts_of(settings, ledger)
    begin(alerts)
    heard(alerts)
    assert told(settings) == [title]
    end(alerts)
    heard(alerts)
    assert told(settings) == [title, f"Over: {title}"]
    end(alerts)
    heard(alerts)
    assert len(told(settings)) == 2
    assert standing(settings.alerts_file) == []


def test_one_that_begins_again_is_another_one(settings: Settings, ledger: Ledger) -> None:
    """With an id of its own, so that nobody takes it for a duplicate."""
    alerts = alerts_of(settings, ledger)
    for _ in range(2):
        alerts.job_finished(FAILED)
        heard(alerts)
        alerts.job_finished(ended())
        heard(alerts)
    assert told(settings) == ["A job failed", "Over: A job failed"] * 2
    assert len({entry.message.id for entry in entries(settings.outbox_dir)}) == 4


def test_a_trouble_that_is_over_before_it_was_told_is_told_whole(settings: Settings, ledger: Ledger) -> None:
    """First that it was, then that it is over."""
    alerts = alerts_of(settings, ledger)
    alerts.job_finished(FAILED)
    alerts.job_finished(ended())
    heard(alerts)
    assert told(settings) == ["A job failed", "Over: A job failed"]


def test_one_that_lasts_is_told_again_after_a_day(settings: Settings, ledger: Ledger) -> None:
    """With how often it was reported; never, where the settings say so."""
    alerts = alerts_of(settings, ledger)
    begin = now()
    alerts.job_finished(FAILED)
    alerts.job_finished(FAILED)
    heard(alerts)
    heard(alerts, begin + timedelta(hours=23))
    assert told(settings) == ["A job failed"]
    heard(alerts, begin + timedelta(hours=24, seconds=5))
    assert told(settings) == ["A job failed", "Still: A job failed"]
    assert "reported 2 times" in entries(settings.outbox_dir)[-1].message.body["text"]
    never = settings.model_copy(update={"alerts": AlertSettings(repeat_hours=0)})
    heard(alerts_of(never, ledger), begin + timedelta(days=90))
    assert len(told(settings)) == 2


def test_a_model_that_answers_after_a_restart_is_well(settings: Settings, ledger: Ledger) -> None:
    """Nobody closes a breaker that a restart has forgotten: the first stage that it helped with does."""
    alerts = alerts_of(settings, ledger)
    alerts.provider_changed("ollama", "open")
    heard(alerts)
    alerts = alerts_of(settings, ledger)
    alerts.provider_changed("openai", "half-open")
    alerts.stage_finished(new_job_id(), TRACE)
    heard(alerts)
    assert told(settings) == ["The model ollama does not answer", "Over: The model ollama does not answer"]


def test_requests_that_wait_too_long_are_told_of(settings: Settings, ledger: Ledger) -> None:
    """In the queue and in the inbox; one that was put off waits from then on."""
    alerts = alerts_of(settings, ledger)
    job = hand_in(settings, ledger, now())
    heard(alerts, now() + timedelta(minutes=14))
    assert told(settings) == []
    heard(alerts, now() + timedelta(minutes=16))
    assert told(settings) == ["Requests wait too long"]
    claimed = ledger.claim(now())
    assert claimed is not None
    later = replace(claimed, status=Status.PENDING, at=now(), not_before=now() + timedelta(minutes=10))
    ledger.record(later)
    heard(alerts, now() + timedelta(minutes=16))
    assert told(settings)[-1] == "Over: Requests wait too long"
    write_drop({"description": "Bread."}, settings.inbox_dir)
    assert ledger.job(job)
    heard(alerts, now() + timedelta(minutes=16))
    assert told(settings)[-1] == "Requests wait too long"
    assert len(told(settings)) == 3


def test_the_rate_of_success_is_that_of_the_last_hour(settings: Settings, ledger: Ledger) -> None:
    """Of enough jobs; kept over a restart, and forgotten with the hour. A retry that waits is no failure."""
    alerts = alerts_of(settings, ledger)
    alerts.job_finished(ended(Status.PENDING, "gate"))
    alerts.job_finished(ended(Status.CANCELLED, "cancelled"))
    for event in (FAILED, ended(), ended(), ended()):
        alerts.job_finished(event)
    heard(alerts)
    rate = "Fewer than 95% of the jobs succeed"
    assert rate not in told(settings)
    alerts = alerts_of(settings, ledger)
    alerts.job_finished(ended())
    heard(alerts)
    assert told(settings).count(rate) == 1
    assert (
        "Of the 5 jobs of the last hour 4 succeeded" in entries(settings.outbox_dir)[-1].message.body["text"]
    )
    heard(alerts, now() + timedelta(minutes=61))
    assert told(settings)[-1] == f"Over: {rate}"


def test_an_alert_says_nothing_of_a_customer(settings: Settings, ledger: Ledger) -> None:
    """Neither the name of his file nor what was wrong with it."""
    alerts = alerts_of(settings, ledger)
    alerts.drop_rejected("jana-novakova.yaml", "'Jana' is no type of contact.")
    heard(alerts)
    kept = b"".join(path.read_bytes() for path in settings.run_dir.rglob("*.json"))
    assert b"ana" not in kept


def test_a_disk_without_room_is_told_of_without_the_disk(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the alert can be written: it is sent at once, and written down when there is room."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with service() as one:
        part = NoticeSettings(operator=(f"json://127.0.0.1:{one.port}/",))
        settings = settings.model_copy(update={"notices": part})
        alerts = alerts_of(settings, ledger)
        with monkeypatch.context() as broken:
            broken.setattr(alerts_module, "write_file", full)
            broken.setattr(outbox_module, "write_file", full)
            alerts.disk_full("no room")
            one.fails(500)
            heard(alerts)
            one.recovers()
            heard(alerts)
            heard(alerts)
        assert [posted.body["title"] for posted in one.posted] == ["The disk is full"] * 2
        assert len({posted.headers["x-notice-id"] for posted in one.posted}) == 1
        alerts.disk_room()
        heard(alerts)
    assert told(settings) == ["Over: The disk is full"]


def test_what_was_put_into_the_outbox_just_before_a_crash_is_not_put_there_twice(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trouble is on the disk first, so the next start knows the id that its message has."""
    alerts = alerts_of(settings, ledger)
    write, times = alerts_module.write_file, list[Path]()

    def dying(path: Path, data: bytes, mode: int) -> None:
        times.append(path)
        if len(times) == 2:
            raise KeyboardInterrupt
        write(path, data, mode)

    monkeypatch.setattr(alerts_module, "write_file", dying)
    alerts.job_finished(FAILED)
    with pytest.raises(KeyboardInterrupt):
        heard(alerts)
    monkeypatch.undo()
    heard(alerts_of(settings, ledger))
    assert told(settings) == ["A job failed"]


def test_a_spoilt_file_begins_anew(settings: Settings, ledger: Ledger) -> None:
    """And says so."""
    (settings.alerts_file).write_text('{"troubles": [{"name": 1}]}', "utf-8")
    alerts = alerts_of(settings, ledger)
    assert standing(settings.alerts_file) == []
    alerts.job_finished(FAILED)
    heard(alerts)
    assert [trouble.name for trouble in standing(settings.alerts_file)] == ["job-failed"]


def test_its_thread_tells_by_itself_and_ends(settings: Settings, ledger: Ledger) -> None:
    """What was reported last before the end is written down."""
    alerts = alerts_of(settings, ledger)
    alerts.start()
    alerts.job_finished(FAILED)
    until(lambda: told(settings) == ["A job failed"])
    alerts.upkeep_failed("backup", "The other disk is away.")
    alerts.stop()
    assert {trouble.name for trouble in standing(settings.alerts_file)} == {
        "job-failed",
        "backup",
    }


def test_without_an_operator_nothing_is_kept(home: Settings, ledger: Ledger) -> None:
    """No file, no thread's work."""
    alerts = alerts_of(home, ledger)
    alerts.start()
    alerts.job_finished(FAILED)
    alerts.stop()
    assert not home.alerts_file.exists()
