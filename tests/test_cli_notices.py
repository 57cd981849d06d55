"""The commands on notices and alerts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from protogen.backoff import RetrySettings
from protogen.config import load
from protogen.hooks import Hook, outbox
from protogen.hooks.alerts import Alerts
from protogen.hooks.notices import Targets
from protogen.hooks.outbox import FAILED, Message, Outbox, message_id
from protogen.job import new_job_id, now
from protogen.ledger import Ledger
from tools.commands import Home
from tools.receivers import service


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new home, made by `init`."""
    home = Home(tmp_path / "home")
    home.run("init", ".")
    return home


def configured(home: Home, *operator: str) -> None:
    settings = yaml.safe_load((home.folder / "config.yaml").read_text("utf-8"))
    settings["notices"]["operator"] = list(operator)
    (home.folder / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")


def test_what_waits_what_was_put_aside_and_what_is_wrong_is_listed(home: Home) -> None:
    """For people and for programs; `retry` brings it all back to its first attempt."""
    assert home.run("notices", "list") == "No notice waits, and none was put aside.\n"
    assert home.run("notices", "retry") == "No notice waits, and none was put aside.\n"
    configured(home, "json://127.0.0.1:9/")
    settings, job = load(home.folder, {}), new_job_id()
    aside = Message(message_id("a"), "email", {"kind": "completed"}, job, attempts=8, error="not-taken")
    outbox.put(settings.outbox_dir, aside)
    (settings.outbox_dir / FAILED).mkdir(exist_ok=True)
    (settings.outbox_dir / "email" / aside.name).rename(settings.outbox_dir / FAILED / aside.name)
    with Ledger(settings.ledger_dir) as ledger:
        box = Outbox(settings.outbox_dir, RetrySettings(), Hook())
        box.serve("operator", lambda _: None)
        alerts = Alerts(settings, ledger, box, Targets(settings))
        alerts.upkeep_failed("verify", "One folder lacks a file.")
        alerts.take()
        alerts.look(now())
    printed = home.run("notices", "list")
    assert "✗ Ledger and published files do not agree" in printed
    (row,) = (line for line in printed.splitlines() if aside.id in line)
    assert all(word in row for word in ("put aside", "email", "completed", job, "not-taken"))
    about = home.json("notices", "list", "--json")
    assert [trouble["name"] for trouble in about["troubles"]] == ["verify"]
    assert {(row["state"], row["channel"]) for row in about["notices"]} == {
        ("put aside", "email"),
        ("waits", "operator"),
    }
    assert "protogen notices list" in home.fails("notices", "retry", "nothing")
    assert home.run("notices", "retry", aside.id) == "1 notices are sent by protogen up.\n"
    (row,) = (row for row in home.json("notices", "list", "--json")["notices"] if row["notice"] == aside.id)
    assert (row["state"], row["attempts"], row["next"]) == ("waits", 0, "")


def test_a_test_is_sent_to_the_operator_at_once(home: Home) -> None:
    """To every URL there is; what does not take it is said."""
    assert "notices.operator" in home.fails("notices", "test")
    with service() as one, service() as other:
        configured(home, f"json://127.0.0.1:{one.port}/", f"json://127.0.0.1:{other.port}/")
        assert "taken by every service" in home.run("notices", "test")
        other.fails(500)
        assert "not-taken" in home.fails("notices", "test", code=1)
    assert [len(one.posted), len(other.posted)] == [2, 2]
    assert one.posted[0].body["title"] == "A test of protogen's alerts"
    assert json.dumps(one.posted[0].body).count("Reference") == 1


def test_a_key_that_is_not_set_is_said(home: Home) -> None:
    """One sentence, with the setting and the variable."""
    configured(home, "json://user:${NOT_SET_ANYWHERE}@127.0.0.1:9/")
    said = home.fails("notices", "test")
    assert "notices.operator" in said
    assert "NOT_SET_ANYWHERE" in said
