"""Every event that may be logged: what people read, and which fields it has. And every field: what it means.

An event that is not here cannot be logged, nor a field: docs/logs.md has both tables, and a test holds them to these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protogen.job import Rung

Fields = Mapping[str, Any]
LIBRARY = "library"
"""What a library logged: its words without the values in them."""

STAGES = {
    "brief": "Reading the request",
    "structure": "Writing the sections",
    "style": "Choosing the look",
    "behaviour": "Adding behaviour",
    "content": "Finishing and checking",
}
READING = "Reading the attachments"
RUNG_WORDS = {
    Rung.MARKUP: "written by the AI",
    Rung.FIELDS: "written by the AI",
    Rung.TEMPLATE: "from templates",
}
_STATES = {"open": "left alone for a while", "half-open": "being tried again", "closed": "asked again"}
_ENDS = {"completed": "Published", "pending": "Put back", "failed": "Failed", "cancelled": "Cancelled"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event. `words` are its sentence, with its fields in braces; `fields` are those it always has.

    `done` is true where something was achieved; `quiet` where people see it only on request, or where it went wrong.
    """

    words: str | Callable[[Fields], str]
    fields: tuple[str, ...] = ()
    done: bool = False
    quiet: bool = False

    def sentence(self, fields: Fields) -> str:
        """The event in words."""
        return self.words(fields) if callable(self.words) else self.words.format_map(_Known(fields))


class _Known(dict[str, Any]):
    """Fields for a sentence; one that is not there is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _seconds(fields: Fields) -> str:
    return f"{fields.get('ms', 0) / 1000:.1f} s"


def _started(fields: Fields) -> str:
    attempt = f", attempt {fields['attempt']}" if fields.get("attempt", 1) > 1 else ""
    return f"Job {fields['job']}{attempt}"


def _stage(fields: Fields) -> str:
    tokens = f", {fields['completion_tokens']} tokens" if fields.get("completion_tokens") else ""
    reason = f" ({fields['reason']})" if fields.get("reason") else ""
    label = STAGES.get(fields["stage"], fields["stage"])
    return f"{label:<24} {_seconds(fields):>8}  {RUNG_WORDS[Rung(fields['rung'])]}{tokens}{reason}"


def _finished(fields: Fields) -> str:
    took = f" after {_seconds(fields)}" if fields.get("ms") else ""
    error = f": {fields['error']}" if fields.get("error") else ""
    again = f", to be tried again at {fields['not_before']}" if fields.get("not_before") else ""
    return f"{_ENDS.get(fields['status'], fields['status'])}{took}{error}{again}"


def _call(fields: Fields) -> str:
    what = f"{fields['provider']} was asked for {fields.get('part', 'an answer')} ({fields['role']})"
    if fields["status"] == "failed":
        return f"{what} and gave none after {_seconds(fields)}: {fields.get('error', 'unknown')}"
    return f"{what}: {fields.get('completion_tokens', 0)} tokens in {_seconds(fields)}"


def _provider(fields: Fields) -> str:
    return f"The provider {fields['provider']} is {_STATES.get(fields['state'], fields['state'])}"


def _library(fields: Fields) -> str:
    return f"{fields['logger']}: {fields.get('said', 'something happened')}"


def _tried(fields: Fields) -> str:
    over = fields["state"] == "put-aside"
    what = "put aside: protogen notices list" if over else "tried again"
    return (
        f"The message {fields['notice']} could not be delivered by {fields['channel']} ({fields['error']}), "
        f"attempt {fields['attempt']}; it is {what}"
    )


_JOB = ("job",)
UPKEEP = {
    "prune": "What has expired could not be deleted",
    "collect": "The disk could not be given back",
    "backup": "The ledger could not be backed up",
    "trim": "Old lines of the log could not be deleted",
    "verify": "Ledger and published files do not agree",
}

EVENTS: dict[str, Kind] = {
    # Jobs
    "job-accepted": Kind("Job {job} has come in", ("job", "status", "at"), done=True),
    "job-started": Kind(_started, ("job", "status", "at", "attempt")),
    "attachments-started": Kind("{count} attachments are read", ("job", "count"), quiet=True),
    "attachments-read": Kind(lambda f: f"{READING:<24} {_seconds(f):>8}", ("job", "ms"), done=True),
    "stage-started": Kind("{stage} begins", ("stage",), quiet=True),
    "stage-finished": Kind(_stage, ("stage", "rung", "ms"), done=True),
    "job-finished": Kind(_finished, ("job", "status", "at", "attempt", "ms"), done=True),
    "job-again": Kind("Job {job} is made again, now that the model answers", _JOB),
    "attempt-failed": Kind("Attempt {attempt} at job {job} failed: {error}", ("job", "attempt", "error")),
    "stage-failed": Kind("Stage {stage} failed and is done from templates: {error}", ("stage", "error")),
    "cause-lost": Kind("The cause of job {job}'s failure could not be kept: {error}", ("job", "error")),
    "version-unpublished": Kind(
        "The site of job {job} could not be put in its place: {error}", ("job", "error")
    ),
    "record-unreadable": Kind("The record of job {job} cannot be read", _JOB),
    # The AI
    "ai-call": Kind(_call, ("provider", "role", "status", "ms"), quiet=True),
    "ai-call-again": Kind("A question is asked again in {delay_ms} ms: {error}", ("delay_ms", "error")),
    "model-cold": Kind("The model was not warmed up: {error}", ("error",), quiet=True),
    "model-restarted": Kind("The model server {state}; it is started again", ("state",)),
    "model-damaged": Kind("The model's file is not what it should be and is fetched again"),
    "model-source-failed": Kind("The model does not come from {source}: {error}", ("source", "error")),
    "provider-changed": Kind(_provider, ("provider", "state")),
    "provider-unstarted": Kind(
        "The provider {provider} is not started ({error}): protogen model status", ("provider", "error")
    ),
    # The inbox
    "drop-rejected": Kind("Rejected a request; inbox/rejected/ has it, beside a file that says why"),
    "drop-again": Kind("A request came again; it is job {job}", _JOB),
    "drop-put-off": Kind(
        "A request cannot be taken in now; it stays and is tried again: {error}", ("error",)
    ),
    "drop-unreadable": Kind("A request cannot be looked at now: {error}", ("error",)),
    "drop-unforgotten": Kind("What lies in inbox/rejected/ too long cannot be removed: {error}", ("error",)),
    "inbox-unreadable": Kind("The inbox cannot be read; it is tried again: {error}", ("error",)),
    "inbox-unwatched": Kind("The inbox cannot be watched; it is only scanned: {error}", ("error",)),
    # The disk, and what keeps it in order
    "disk-full": Kind(
        "The disk is full; {part} waits until there is room. Make some: protogen prune", ("part",)
    ),
    "disk-room": Kind("There is room on the disk again; {part} goes on", ("part",)),
    "jobs-deleted": Kind("{count} expired jobs were deleted", ("count",), done=True),
    "upkeep-done": Kind("Upkeep: {task} is done", ("task", "count"), done=True, quiet=True),
    "upkeep-failed": Kind(
        lambda f: (
            f"{UPKEEP.get(f['task'], f['task'])} now; it is tried again later: {f['error']}. "
            "See: protogen verify"
        ),
        ("task", "error"),
    ),
    "site-unmarked": Kind("Expired sites cannot be marked for nginx: {error}", ("error",)),
    "site-unserved": Kind("The site {project} is not served: its metadata.json cannot be read", ("project",)),
    # Notices and alerts
    "notice-delivered": Kind("A notice has arrived by {channel}", ("channel",), done=True, quiet=True),
    "notice-undelivered": Kind(_tried, ("notice", "channel", "error", "attempt", "state")),
    "notices-wait": Kind("Notices wait: {error}", ("error",)),
    "notices-anew": Kind("The place of the notices cannot be read; they begin anew from here"),
    "outbox-unreadable": Kind(
        "The outbox's channel {channel} cannot be read now; it is tried again: {error}", ("channel", "error")
    ),
    "outbox-unwritable": Kind("The outbox cannot be written now: {error}", ("error",)),
    "outbox-stray": Kind("A file in the outbox is no message; remove what is none there"),
    "alerts-wait": Kind("Alerts wait: {error}", ("error",)),
    "alerts-anew": Kind("What was wrong before cannot be read; alerts begin anew"),
    # The program
    "serving": Kind("Serving on {url}; drop requests into inbox/. Ctrl-C ends it.", ("url",), done=True),
    "spans-off": Kind(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set and no spans are made; install them: pip install 'protogen[otel]'"
    ),
    "stopping": Kind("Stopping …"),
    "part-died": Kind("The {part} died: {error}", ("part", "error")),
    "watchdog-silent": Kind("The {part} stands still; the service manager hears no more of us", ("part",)),
    "manager-deaf": Kind("The service manager cannot be told how we are: {error}", ("error",)),
    "hook-failed": Kind("hook {hook} failed in {method}: {error}", ("hook", "method", "error")),
    "proxy-unknown": Kind(
        "A proxy {address} reports other visitors' addresses and is not in web.proxies: all of them count as one"
    ),
    LIBRARY: Kind(_library, ("logger",)),
}

FIELDS: dict[str, str] = {
    "job": "the job's id",
    "project": "the last five characters of the project's id, the random ones: the others come from a customer's name",
    "stage": "brief, structure, style, behaviour or content",
    "rung": "markup, fields or template",
    "ms": "milliseconds that it took; of a job, from claim to published",
    "attempt": "number of the attempt, from 1",
    "status": "of a job, as in the ledger; of a call, ok or failed",
    "at": "the time in the ledger",
    "not_before": "when the next attempt may begin",
    "error": "a code: of the model's, of the system's (os-28) or the kind of error, never its words",
    "cause": "the code of the error that led to it",
    "frames": "where in the program, the innermost last: file:line:function",
    "reason": "codes why parts are not on the first rung",
    "retries": "parts that were asked for again",
    "part": "what was asked for, or what part of the program",
    "role": "nlp or codegen",
    "provider": "the provider asked, as in the settings",
    "model": "the model that answered",
    "prompt_tokens": "tokens read",
    "completion_tokens": "tokens written",
    "delay_ms": "milliseconds until the next try",
    "state": "what became of it",
    "source": "host that the model's weights come from",
    "version": "number of a site's version",
    "count": "how many",
    "task": "of upkeep: prune, collect, backup, trim, verify",
    "channel": "of notices, as in the outbox",
    "notice": "the notice's id",
    "hook": "a listener of the program's",
    "method": "what it heard",
    "url": "where the web server listens",
    "address": "of a proxy, where it is of a private network",
    "said": "a library's words without the values in them",
}
