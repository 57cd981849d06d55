"""A clock that jumps a day, either way, while everything runs: nothing is deleted early, nothing comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from protogen.config import Settings, load
from protogen.job import Event, Status, now
from protogen.ledger import Ledger
from protogen.prune import GRACE
from tools.clock import Clock
from tools.commands import REQUEST
from tools.jobs import made
from tools.processes import Running, protogen, until, up
from tools.servers import ask, free_port

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home without a model."""
    folder = tmp_path / "home"
    values = {
        "llm": {"provider": "none"},
        "web": {"port": free_port()},
        "intake": {"quiet_seconds": 0.2, "scan_seconds": 0.5},
        "reserve_bytes": 1_000_000,
    }
    protogen("init", folder, cwd=tmp_path)
    (folder / "config.yaml").write_text(yaml.safe_dump(values), "utf-8")
    return load(folder, {})


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    with Ledger(settings.ledger_dir) as ledger:
        yield ledger


def site(settings: Settings, ledger: Ledger, project: str, left: timedelta) -> Event:
    """A published site with so much of its month left (negative: it has expired)."""
    created = now() - MONTH + left
    about = {"project_id": project, "expires_at": f"{created + MONTH:%Y-%m-%dT%H:%M:%SZ}"}
    files = {"index.html": b"<!doctype html>", "metadata.json": json.dumps(about).encode()}
    return made(settings, ledger, created, project, files)


def answer(settings: Settings, project: str) -> int:
    return ask(settings.web.port, f"{project}.localhost").status


def request(running: Running) -> None:
    """A request is handed in and made, whatever the clock says."""
    with opened(load(running.home, {})) as ledger:
        before = len(ledger.jobs(Status.COMPLETED))
        (running.home / "inbox" / f"request-{before}.yaml").write_text(
            REQUEST.replace("order-1", f"o-{before}")
        )
        until(lambda: len(ledger.jobs(Status.COMPLETED)) > before or None, 30, "a job under this clock")


def test_a_clock_that_jumps_while_all_runs_deletes_nothing_early_and_brings_nothing_back(
    settings: Settings, clock: Clock
) -> None:
    """A day ahead, a day behind, and right again; jobs are made all the time."""
    with opened(settings) as ledger:
        young = site(settings, ledger, "young-2kq7m", timedelta(hours=12))
        over = site(settings, ledger, "over-2kq7m", -HOUR)
        gone = site(settings, ledger, "gone-2kq7m", -GRACE - HOUR)
        with up(settings.home, clock.environ) as running:
            until(lambda: ledger.job(gone.job).status is Status.EXPIRED or None)  # type: ignore[union-attr]
            assert [answer(settings, s) for s in ("young-2kq7m", "over-2kq7m", "gone-2kq7m")] == [
                200,
                410,
                404,
            ]
            for offset, wanted in (
                ("+1d", [410, 410, 404]),
                ("-1d", [200, 200, 404]),
                ("+0", [200, 410, 404]),
            ):
                clock.jump(offset)
                request(running)
                statuses = [answer(settings, s) for s in ("young-2kq7m", "over-2kq7m", "gone-2kq7m")]
                assert statuses == wanted, offset
                for event in (young, over):
                    assert ledger.job(event.job) == event
        assert ledger.job(gone.job).status is Status.EXPIRED  # type: ignore[union-attr]
        assert ledger.check() == []


@pytest.mark.parametrize("offset", ["+1d", "-1d"])
def test_no_command_deletes_early_or_brings_back_under_a_wrong_clock(
    offset: str, settings: Settings, clock: Clock
) -> None:
    """Prune, publish --all and a new start, each with the clock a day off."""
    with opened(settings) as ledger:
        kept = [
            site(settings, ledger, "young-2kq7m", HOUR),
            site(settings, ledger, "just-2kq7m", timedelta(seconds=30)),
        ]
        gone = site(settings, ledger, "gone-2kq7m", -GRACE - HOUR)
        assert protogen("prune", cwd=settings.home).returncode == 0
        clock.jump(offset)
        for command in (["prune"], ["publish", "--all"], ["verify"]):
            run = protogen(*command, cwd=settings.home, environ=clock.environ)
            assert run.returncode == 0, run.stdout + run.stderr
        with up(settings.home, clock.environ) as running:
            request(running)
        assert [ledger.job(event.job) for event in kept] == kept
        assert ledger.job(gone.job).status is Status.EXPIRED  # type: ignore[union-attr]
        names = {path.name for path in settings.published_dir.iterdir() if not path.name.startswith(".")}
        assert {"young-2kq7m", "just-2kq7m"} <= names
        assert "gone-2kq7m" not in names
        assert ledger.versions("gone-2kq7m") == []


def test_the_clock_of_these_tests_is_the_one_that_is_set(settings: Settings, clock: Clock) -> None:
    """Else they would prove nothing: a clock that is three days ahead does delete."""
    with opened(settings) as ledger:
        event = site(settings, ledger, "young-2kq7m", HOUR)
        clock.jump("+3d")
        assert protogen("prune", cwd=settings.home, environ=clock.environ).returncode == 0
        assert ledger.job(event.job).status is Status.EXPIRED  # type: ignore[union-attr]
