"""The commands on the ledger: what they do, what they print, and one sentence for each error."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from protogen.config import Settings, load
from protogen.handin import follow_events, take_back
from protogen.hooks import Hook
from protogen.job import Status, new_job_id, now
from protogen.ledger import Ledger, WorkerLock
from protogen.ledger.keys import keyed_hash
from protogen.llm.providers import Providers
from protogen.prune import GRACE
from protogen.reasons import reason_for
from protogen.worker import Worker
from tools.commands import Home
from tools.jobs import SITE, claimed, failed, hand_in, made
from tools.prototypes import FERN, prototype

UNKNOWN = "00000000-0000-4000-8000-000000000000"
LONG_AGO = timedelta(days=30) + GRACE + timedelta(minutes=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new home, made by `init`; its jobs are made by hand."""
    home = Home(tmp_path / "home")
    home.run("init", ".")
    return home


@contextmanager
def opened(home: Home) -> Iterator[tuple[Settings, Ledger]]:
    settings = load(home.folder, {"PROTOGEN_LLM_PROVIDER": "none"})
    with Ledger(settings.ledger_dir) as ledger:
        yield settings, ledger


def work(settings: Settings, ledger: Ledger) -> None:
    with Worker(settings, ledger, Providers(settings), Hook()) as worker:
        worker.run(threading.Event(), once=True)


def test_a_waiting_job_is_cancelled_and_tried_again(home: Home) -> None:
    """Each says where the job stands now."""
    with opened(home) as (settings, ledger):
        job = hand_in(settings, ledger, now())
        assert home.run("cancel", job) == f"The job {job} is cancelled.\n"
        assert "there is nothing to cancel" in home.fails("cancel", job)
        assert home.run("retry", job) == f"The job {job} is in the queue.\n"
        work(settings, ledger)
        assert "protogen retry --new-version" in home.fails("retry", job)
        home.run("retry", "--new-version", job)
        assert home.run("cancel", job) == f"The job {job} is completed. Its site stays as it was.\n"
    for command in ("cancel", "retry"):
        assert "There is no job" in home.fails(command, UNKNOWN)


def test_a_request_is_cancelled_while_it_still_lies_in_the_inbox(home: Home) -> None:
    """Nothing of it is lost, and it is no job any more."""
    job = home.run("submit", "request.yaml").strip()
    assert "out of the inbox" in home.run("cancel", job)
    assert home.json("show", job, "--json") == {
        "job": job, "status": "rejected", "error": "It was cancelled before it became a job.",
    }  # fmt: skip
    rejected = home.folder / "inbox" / "rejected"
    assert (rejected / job / "submission.yaml").read_bytes() == (home.folder / "request.yaml").read_bytes()
    assert not take_back(home.folder / "inbox", job)
    assert not take_back(home.folder / "inbox", "rejected")


def test_show_says_why_a_job_failed(home: Home) -> None:
    """A sentence for the customer, what the operator does, and the cause."""
    with opened(home) as (settings, ledger):
        event = failed(settings, ledger, now())
        ledger.keep(event.job, {"failure.txt": b"Traceback\nRuntimeError: a fault\n"}, now())
        about = home.json("show", event.job, "--json")
    reason = reason_for("gate", 1)
    assert about["error"] == "gate"
    assert about["for_the_customer"] == reason.customer
    assert about["what_to_do"] == reason.operator
    assert about["cause"] == "RuntimeError: a fault"


@pytest.mark.parametrize(
    "code", ["gate", "publish", "worker-died", "disk-full", "cancelled", "submission", "os-5", "x"]
)
def test_a_reason_has_a_sentence_for_each_reader(code: str) -> None:
    """The customer's says nothing of the machine, the operator's says what to do."""
    reason = reason_for(code, 3)
    assert reason.customer.endswith(".")
    assert "{" not in reason.customer
    assert not any(word in reason.customer for word in ("protogen", "git", "ledger", "worker"))
    assert "protogen" in reason.operator or "failure.txt" in reason.operator
    assert "3 times" in reason_for("gate", 3).customer
    assert "once" in reason_for("gate").customer


def test_show_follow_prints_each_event_until_the_end(home: Home) -> None:
    """Those that were, those that come, and then what show says; a request nobody knows is said at once."""
    with opened(home) as (settings, ledger):
        job = hand_in(settings, ledger, now())
        timer = threading.Timer(0.5, work, (settings, ledger))
        timer.start()
        printed = home.run("show", "--follow", job)
        timer.join()
    lines = printed.splitlines()
    assert [line.split()[2] for line in lines[:3]] == ["pending", "processing", "completed"]
    assert any("url" in line for line in lines[3:])
    assert "There is no job" in home.fails("show", "-f", UNKNOWN)


def test_following_waits_for_a_drop_and_stops_when_told(home: Home) -> None:
    """From the inbox on, through retries, to the end or to Ctrl-C."""
    job = home.run("submit", "request.yaml").strip()
    stop = threading.Event()
    with opened(home) as (settings, ledger):
        threading.Timer(0.6, stop.set).start()
        assert list(follow_events(ledger, job, stop, settings.inbox_dir)) == []
        other = claimed(settings, ledger, now())
        stop.clear()
        threading.Timer(0.6, stop.set).start()
        seen = list(follow_events(ledger, other.job, stop, settings.inbox_dir))
    assert [event.status for event in seen] == [Status.PENDING, Status.PROCESSING]


def test_extend_and_delete(home: Home) -> None:
    """Each says what is so now; a deleted job is gone from the disk at once where no worker runs."""
    with opened(home) as (settings, ledger):
        event = prototype(settings, ledger)
    assert "by a day or more" in home.fails("extend", FERN, "--days", "3650")
    printed = home.run("extend", FERN, "--days", "5")
    assert printed.startswith(f"{FERN} stands until {event.expires_at + timedelta(days=5):%Y-%m-%d}")  # type: ignore[operator]
    assert home.run("delete", event.job) == f"The job {event.job} is deleted; the disk has been given back.\n"
    assert "is deleted already" in home.fails("delete", event.job)
    assert not (settings.published_dir / FERN).exists()


def test_versions_and_rollback(home: Home) -> None:
    """A site's history as a table, and back to the first."""
    with opened(home) as (settings, ledger):
        event = made(settings, ledger, now())
        ledger.change(event.job, lambda newest: newest)  # completed to completed
        home.run("retry", "--new-version", event.job)
        work(settings, ledger)
    printed = home.run("rollback", "fern-flour-7k2mq", "1")
    assert printed.startswith("Version 1 of fern-flour-7k2mq is back, as version 3: http://fern-flour-7k2mq.")
    assert (home.folder / "published" / "fern-flour-7k2mq" / "index.html").read_bytes() == SITE["index.html"]
    rows = home.json("versions", "fern-flour-7k2mq", "--json")
    assert [(row["version"], row["restores"]) for row in rows] == [(1, ""), (2, ""), (3, 1)]
    assert home.run("versions", "fern-flour-7k2mq").splitlines()[0].split() == [
        "version",
        "bytes",
        "restores",
        "commit",
    ]
    assert "has no version 9" in home.fails("rollback", "fern-flour-7k2mq", "9")
    for command in (["rollback", "none", "1"], ["versions", "none"]):
        assert "There is no project none" in home.fails(*command)


def test_prune_says_what_would_go_and_then_deletes_it(home: Home) -> None:
    """--dry-run changes nothing; without a worker the disk is given back at once."""
    assert home.run("prune", "--dry-run") == "Nothing is due.\n"
    assert home.run("prune") == "No job was due.\n"
    with opened(home) as (settings, ledger):
        gone, kept = made(settings, ledger, now() - LONG_AGO), made(settings, ledger, now(), "orbit-2kq7m")
        assert gone.job in home.run("prune", "--dry-run")
        (row,) = home.json("prune", "--dry-run", "--json")
        assert (row["job"], row["project"]) == (gone.job, "fern-flour-7k2mq")
        assert "1 jobs and 1 sites were deleted; the disk has been given back." in home.run("prune")
        assert ledger.rubbish_since is None
        assert kept.job in home.run("prune", "--dry-run", "--older-than", "0")
        with WorkerLock(settings.ledger_dir):
            about = home.json("prune", "--older-than", "0", "--json")
        assert about == {"jobs": [kept.job], "projects": ["orbit-2kq7m"], "dropped": [], "collected": False}
        assert ledger.rubbish_since is not None
        made(settings, ledger, now(), "harp-2kq7m")
        with WorkerLock(settings.ledger_dir):
            assert "gives the disk back when it is idle" in home.run("prune", "--older-than", "0")
        assert home.run("prune") == "No job was due.\n"
        assert ledger.rubbish_since is None


def test_publish_and_verify(home: Home) -> None:
    """What differs is named with its mend, and the mend mends it."""
    with opened(home) as (settings, ledger):
        made(settings, ledger, now())
    page = home.folder / "published" / "fern-flour-7k2mq" / "index.html"
    assert home.run("verify").startswith("All is well")
    assert home.json("verify", "--json") == []
    page.write_bytes(b"defaced")
    assert "✗" in home.run("verify", code=1)
    (fault,) = json.loads(home.run("verify", "--json", code=1))
    assert fault["mend"] == "protogen publish --all"
    assert home.json("publish", "--all", "--json") == {
        "written": ["fern-flour-7k2mq"],
        "right": [],
        "pruned": [],
    }
    assert home.run("publish", "--all").startswith("0 sites were written, 1 were as they should be")
    page.unlink()
    assert "fern-flour-7k2mq is published" in home.run("publish", "fern-flour-7k2mq")
    assert page.read_bytes() == SITE["index.html"]
    assert "has no finished site" in home.fails("publish", "none")
    for wrong in (["publish"], ["publish", "--all", "x"]):
        assert home.fails(*wrong) == "Name one project, or say --all."


def test_backup_makes_a_mirror_that_a_ledger_can_be_made_of(home: Home) -> None:
    """And says that the key is not in it."""
    with opened(home) as (settings, ledger):
        event = made(settings, ledger, now())
        assert "ledger.key" in home.run("backup", "../mirror.git")
        key = settings.ledger_dir.with_suffix(".key").read_bytes()
    mirror = home.folder.parent / "mirror.git"
    mirror.with_suffix(".key").write_bytes(key)
    with Ledger(mirror) as copy:
        assert copy.job(event.job) == event
        assert copy.prototype("fern-flour-7k2mq") == SITE
    assert mirror.stat().st_mode & 0o077 == 0
    assert "set backup in config.yaml" in home.fails("backup")
    config = home.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("backup: null", "backup: ../second.git"), "utf-8")
    assert "second.git" in home.run("backup")
    assert (home.folder.parent / "second.git" / "refs").is_dir()


def test_a_lost_home_is_restored_from_its_backup(home: Home) -> None:
    """Everything is back and verified; what was pruned before the backup is not, nor what has expired since."""
    backup, key = home.folder.parent / "mirror.git", home.folder.parent / "kept.key"
    with opened(home) as (settings, ledger):
        pruned = made(settings, ledger, now() - LONG_AGO, "pruned-2kq7m")
        home.run("backup", "../mirror.git")
        home.run("prune")
        overdue = made(settings, ledger, now() - LONG_AGO, "overdue-2kq7m")
        kept, waiting = (
            made(settings, ledger, now()),
            hand_in(settings, ledger, now(), "A request that waits."),
        )
        home.run("backup", "../mirror.git")
        key.write_bytes(settings.ledger_dir.with_suffix(".key").read_bytes())
        sent = ledger.submission(kept.job)
        verified = home.run("verify")
    assert "has jobs of its own" in home.fails("restore", "../mirror.git")
    shutil.rmtree(home.folder)
    home.folder.mkdir()
    home.run("init", ".")
    assert home.fails("restore").startswith("Name the folder")
    assert "no mirror" in home.fails("restore", "../nothing.git")
    assert "no ledger's key" in home.fails("restore", "../mirror.git", "--key", "../nothing.key")
    printed = home.run("restore", "../mirror.git", "--key", "../kept.key")
    assert printed == "1 sites are back, 1 expired jobs were deleted. Next: protogen verify\n"
    assert home.run("verify") == verified
    with opened(home) as (settings, ledger):
        assert ledger.job(kept.job) == kept
        assert ledger.submission(kept.job) == sent
        assert ledger.place(waiting) == 1
        assert ledger.hash("x") == keyed_hash(key.read_bytes(), "x")
        assert [path.name for path in settings.published_dir.iterdir()] == ["fern-flour-7k2mq"]
        for gone in (pruned, overdue):
            for repository in (settings.ledger_dir, *((backup,) if gone is pruned else ())):
                found = subprocess.run(
                    ["git", "-C", repository, "cat-file", "-e", gone.content], capture_output=True
                )
                assert found.returncode != 0
    assert "the key from before" in restored_without_key(home)


def restored_without_key(home: Home) -> str:
    """What is said of that."""
    other = Home(home.folder.parent / "other")
    other.run("init", ".")
    return other.run("restore", "../mirror.git")


def test_a_mirror_without_a_job_restores_nothing(home: Home) -> None:
    """It is said, and the exit code says so too."""
    home.run("backup", "../empty.git")
    assert "holds no job" in home.fails("restore", "../empty.git")


def test_a_job_id_that_is_none_is_refused_in_a_sentence(home: Home) -> None:
    """Whatever a person types."""
    for command in ("show", "log", "cancel", "retry"):
        assert "There is no job" in home.fails(command, "../heads/main")
    assert new_job_id() not in home.run("list")
