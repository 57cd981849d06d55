"""`protogen log JOB`: what the ledger and the log know of one job, in the order of time."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from protogen.config import load
from protogen.hooks import Hook
from protogen.job import now
from protogen.ledger import Ledger
from protogen.logs.events import STAGES
from protogen.logs.file import LOG_NAME, log_files
from protogen.up import Up
from protogen.worker import Worker
from tools.commands import NO_MODEL, Home
from tools.jobs import failed
from tools.model import Reply, Request, Wire, good, status, stub
from tools.processes import until
from tools.prototypes import FERN, prototype

UNKNOWN = "00000000-0000-4000-8000-000000000000"
REQUEST = "description: |\n  Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning.\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, str, str]]:
    """A home in which one job was made by a model that refused one question, and one failed twice."""
    home = Home(tmp_path_factory.mktemp("told") / "home")
    reply: list[Reply] = [good]

    def as_told(request: Request, wire: Wire) -> None:
        reply[0] = status(404) if request.number == 3 else good
        reply[0](request, wire)

    with stub(as_told) as model, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Worker, "_make_again", lambda *_: False
        )  # a question that failed would be reason enough
        role = {"model": "stub", "languages": ["*"]}
        settings: dict[str, Any] = {
            "llm": {"provider": "openai", "base_url": model.base_url, "nlp": role, "codegen": role},
            "intake": {"quiet_seconds": 0.1, "scan_seconds": 0.3},
            "retry": {"attempts": 2, "first_delay": 0.1, "jitter": 0},
            "log": {"file_bytes": 10_000, "files": 50},
        }
        (home.folder / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        home.environ = {"PROTOGEN_PORT": home.environ["PROTOGEN_PORT"]}
        home.run("init", ".")
        with Up(load(home.folder, home.environ), Hook()) as system:
            made = one_more(home, system, "first", "completed")
            published = system.settings.published_dir
            shutil.move(published, home.folder / "elsewhere")
            published.touch()
            broken = one_more(home, system, "second", "failed")
            published.unlink()
            shutil.move(home.folder / "elsewhere", published)
        yield home, made, broken


def one_more(home: Home, system: Up, name: str, end: str) -> str:
    """Hand in a request and see its job end."""
    (home.folder / f"{name}.yaml").write_text(
        f"submission_id: {name}\n{REQUEST}  We are the {name}.\n", "utf-8"
    )
    job = home.run("submit", f"{name}.yaml").strip()

    def ended() -> bool:
        event = system.ledger.job(job)
        return bool(event and event.status.value == end)

    until(ended, 30, end)
    return job


def test_a_job_is_told_from_its_coming_to_its_end(told: tuple[Home, str, str]) -> None:
    """Ledger and log in one order: when, what, on which rung, in how many milliseconds; and then the sum of it."""
    home, job, _ = told
    lines = home.run("log", job).splitlines()
    times = [line.split()[0] for line in lines[:-1]]
    assert times == sorted(times)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert [line.split()[1] for line in lines[:-1] if line.split()[1] not in ("✓", "·", "!")] == []
    text = "\n".join(lines)
    order = ["pending", "processing", *STAGES.values(), "completed"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert re.search(r"! +openai was asked for \w+ \(\w+\) and gave none after \d+\.\d s: http-404", text)
    calls = text.count("openai was asked for")
    assert calls > 5
    assert re.fullmatch(
        rf"It is completed in attempt 1 after \d+\.\d s; {calls} calls, 1 of them failed, "
        r"\d+ tokens read, \d+ written\.",
        lines[-1],
    )


def test_programs_get_the_same(told: tuple[Home, str, str]) -> None:
    """One object: the job, where it stands, what the calls took, and each thing that happened."""
    home, job, _ = told
    story = home.json("log", job, "--json")
    assert list(story) == ["job", "status", "project", "attempt", "ms", "error", "calls", "events"]
    assert (story["job"], story["status"], story["attempt"], story["error"]) == (job, "completed", 1, "")
    assert story["project"].startswith("fern-flour-")
    events = story["events"]
    asked = [event for event in events if event["event"] == "ai-call"]
    assert story["calls"]["asked"] == len(asked)
    assert story["calls"]["failed"] == 1
    assert story["calls"]["prompt_tokens"] == 40 * (len(asked) - 1)
    ledger = [event for event in events if event["source"] == "ledger"]
    assert [event["event"] for event in ledger] == ["pending", "processing", "completed"]
    assert ledger[-1]["ms"] == story["ms"] > 0
    stages = [event for event in events if event["event"] == "stage-finished"]
    assert [event["stage"] for event in stages] == list(STAGES)
    assert all(event["source"] == "log" and event["rung"] and event["ms"] >= 0 for event in stages)
    assert {event["stage"] for event in asked} <= set(STAGES)


def test_a_job_that_failed_says_what_to_do(told: tuple[Home, str, str]) -> None:
    """Each attempt with what it died of; the last line is for the operator."""
    home, _, job = told
    lines = home.run("log", job).splitlines()
    statuses = [line.split()[2] for line in lines[:-2] if "attempt " in line and line.split()[2].islower()]
    assert statuses == ["pending", "processing", "pending", "processing", "failed"]
    assert len([line for line in lines if f"Attempt 1 at job {job} failed: publish" in line]) == 1
    assert "not before" in next(line for line in lines if " ! pending" in line)
    assert re.search(r"✗ failed +attempt 2 +publish$", "\n".join(lines), re.MULTILINE)
    assert lines[-2].startswith("It is failed in attempt 2: publish")
    assert f"protogen retry {job}" in lines[-1]


def test_what_was_rotated_is_told_too(told: tuple[Home, str, str]) -> None:
    """The first job's lines are not in the newest file any more."""
    home, job, _ = told
    folder = home.folder / "run" / "logs"
    assert len(log_files(folder)) > 1
    assert job not in (folder / LOG_NAME).read_text("utf-8")
    assert len(home.json("log", job, "--json")["events"]) > 10


def test_without_a_log_the_ledger_tells(told: tuple[Home, str, str], tmp_path: Path) -> None:
    """Its events, to the second, with the stages that it has; also where a line is no line."""
    home, job, _ = told
    shutil.copytree(home.folder, tmp_path / "home")
    home = Home.__new__(Home)
    home.folder, home.environ = tmp_path / "home", dict(NO_MODEL)
    logs = home.folder / "run" / "logs"
    shutil.rmtree(logs)
    bare = home.json("log", job, "--json")
    assert [event["event"] for event in bare["events"]] == [
        "pending", "processing", *["stage-finished"] * 5, "completed",
    ]  # fmt: skip
    assert [event["stage"] for event in bare["events"][2:7]] == list(STAGES)
    assert all(re.fullmatch(r"[-0-9]{10}T[0-9:]{8}Z", event["at"]) for event in bare["events"])
    assert bare["calls"]["asked"] == 0
    lines = home.run("log", job).splitlines()
    assert re.fullmatch(r"It is completed in attempt 1 after \d+\.\d s\.", lines[-1])
    logs.mkdir()
    (logs / LOG_NAME).write_text(
        f'{{"job": "{job}"\n["{job}"]\n{{"job": "{job}", "event": "no-such"}}\n', "utf-8"
    )
    assert home.json("log", job, "--json") == bare


def test_later_events_do_not_tell_the_stages_again(tmp_path: Path) -> None:
    """An event carries the whole record; the story has each thing once."""
    home = Home(tmp_path / "home")
    home.run("init", ".")
    settings = load(home.folder, NO_MODEL)
    with Ledger(settings.ledger_dir) as ledger:
        event = prototype(settings, ledger)
        lost = failed(settings, ledger, now())
    home.run("extend", FERN, "--days", "2")
    events = home.json("log", event.job, "--json")["events"]
    stages = [each["stage"] for each in events if each["event"] == "stage-finished"]
    assert stages == [trace.name for trace in event.stages] == ["brief", "structure"]
    assert [each["event"] for each in events if each["event"] == "completed"] == ["completed"] * 2
    assert home.json("log", lost.job, "--json")["error"] == "gate"


def test_a_request_that_is_no_job_yet_is_told(told: tuple[Home, str, str]) -> None:
    """In the inbox, or rejected; one that nobody knows is an error."""
    home, _, _ = told
    (home.folder / "waiting.yaml").write_text(REQUEST.replace("bread", "cakes"), "utf-8")
    job = home.run("submit", "waiting.yaml").strip()
    assert home.run("log", job) == "It is in the inbox; the ledger does not know it.\n"
    home.run("cancel", job)
    assert home.json("log", job, "--json")["status"] == "rejected"
    assert home.fails("log", UNKNOWN).startswith(f"There is no job {UNKNOWN}")


def test_all_jobs_are_told_by_the_ledger(told: tuple[Home, str, str]) -> None:
    """Event by event, as before there was a log."""
    home, made, broken = told
    rows = home.json("log", "--json")
    assert {row["job"] for row in rows} == {made, broken}
    assert len(home.run("log").splitlines()) == len(rows)
    assert json.dumps(rows)
