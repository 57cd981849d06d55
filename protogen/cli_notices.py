"""The commands on notices and alerts: one function each, with no logic of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from protogen.cli_ledger import HERE, AsJson, Home
from protogen.config import load
from protogen.hooks import outbox
from protogen.hooks.alerts import standing, trial
from protogen.hooks.notices import Targets
from protogen.hooks.outbox import Entry, Undelivered
from protogen.pipeline.report import iso
from protogen.terminal import fail, print_json, say
from protogen.views import table

app = typer.Typer(no_args_is_help=True, help="Notices to customers, alerts to the operator.")


@app.command("list")
def list_(folder: Home = HERE, as_json: AsJson = False) -> None:
    """List what is wrong just now, and the notices that wait or were put aside."""
    settings = load(folder)
    troubles = standing(settings.alerts_file)
    rows = [_row(entry) for entry in outbox.entries(settings.outbox_dir)]
    if as_json:
        told = [
            {"name": each.name, "since": each.since, "what": each.title, "text": each.text}
            for each in troubles
        ]
        print_json({"troubles": told, "notices": rows})
        return
    for trouble in troubles:
        say(f"✗ {trouble.title}, since {trouble.since}: {trouble.text}")
    say("\n".join(table(rows)) if rows else "No notice waits, and none was put aside.")


@app.command()
def retry(
    notice: Annotated[str, typer.Argument(help="The id of one notice; all of them if left out.")] = "",
    folder: Home = HERE,
) -> None:
    """Let notices that were put aside be sent again, and those that wait be tried now."""
    again = outbox.retry(load(folder).outbox_dir, notice)
    if notice and not again:
        fail(f"There is no notice {notice} in the outbox; protogen notices list shows those there are.")
    say(f"{again} notices are sent by protogen up." if again else "No notice waits, and none was put aside.")


@app.command("test")
def send_test(folder: Home = HERE) -> None:
    """Send an alert that says so to the operator, now, and say whether it was taken."""
    targets = Targets(load(folder))
    if not targets.operator:
        fail("No way to the operator is named; name one under notices.operator in config.yaml.")
    try:
        targets.tell_operator(trial())
    except Undelivered as error:
        fail(f"It was not taken ({error.code}); look at the URLs under notices.operator.", 1)
    say("It was taken by every service under notices.operator; see whether it arrives.")


def _row(entry: Entry) -> dict[str, Any]:
    message = entry.message
    waits = message.attempts and not entry.failed
    return {
        "notice": message.id,
        "state": "put aside" if entry.failed else "waits",
        "channel": message.channel,
        "what": message.body.get("kind") or message.body.get("title", ""),
        "job": message.job,
        "since": _time(message.created),
        "attempts": message.attempts,
        "next": _time(message.due) if waits else "",
        "error": message.error,
    }


def _time(seconds: float) -> str:
    return iso(datetime.fromtimestamp(int(seconds), UTC))
