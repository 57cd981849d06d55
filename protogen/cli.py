"""The commands: one function each, with no logic of its own."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from protogen import __version__, home
from protogen.config import ConfigError, Settings, load
from protogen.doctor import Finding, examine
from protogen.generate import generate as generate_site
from protogen.hooks import Hook, Hooks
from protogen.intake.drop import drop
from protogen.intake.quarantine import rejection
from protogen.intake.rejected import Rejected
from protogen.job import Event, Status
from protogen.ledger import Ledger, LedgerError
from protogen.llm import serve as model_server
from protogen.llm import weights
from protogen.llm.server import ServerError
from protogen.llm.weights import WeightsError
from protogen.progress import TerminalProgress
from protogen.up import Up
from protogen.views import event_row, history_lines, show_job
from protogen.web.nginx import NginxError, render_nginx
from protogen.web.server import WebError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A customer's request becomes a website at its own subdomain, in under two minutes.",
)
model_app = typer.Typer(no_args_is_help=True, help="The embedded language model.")
app.add_typer(model_app, name="model")
out, err = Console(), Console(stderr=True)

PLAIN_ERRORS = (ConfigError, LedgerError, WeightsError, ServerError, WebError, NginxError, Rejected, OSError)
Home = Annotated[Path, typer.Option("--home", "-C", help="The folder of config.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
HERE = Path()


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 the job failed, 2 wrong usage or configuration."""
    try:
        app()
    except PLAIN_ERRORS as error:
        fail(str(error))


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what went wrong in one sentence and leave."""
    err.print(message, style="red", highlight=False, soft_wrap=True)
    sys.exit(code)


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """Options of every command."""
    if version:
        out.print(__version__)
        raise typer.Exit
    level = logging.DEBUG if verbose else logging.WARNING
    handler = RichHandler(console=err, show_path=False, rich_tracebacks=False)
    logging.basicConfig(level=level, format="%(message)s", handlers=[handler])
    for noisy in ("httpx", "httpcore", "fontTools", "git", "asyncio", "watchdog", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make a home of.")]) -> None:
    """Make a home: config.yaml, inbox/, published/ and ledger.git."""
    settings = home.create(folder)
    out.print(f"{settings.home} is ready. Next: cd {folder} && protogen up", highlight=False)


@app.command()
def up(folder: Home = HERE) -> None:
    """Run everything: inbox watcher, worker, web server and embedded model, until Ctrl-C or SIGTERM."""
    settings = load(folder)
    fetch_if_missing(settings)
    stop = stop_on_signals()
    system = Up(settings, Hooks([TerminalProgress(out), Announce(settings)]))
    with system:
        out.print(
            f"Serving on {system.web.url}; drop requests into {settings.inbox_dir}. Ctrl-C ends it.",
            highlight=False,
        )
        while not stop.is_set() and not system.failed.is_set():
            stop.wait(0.2)
        out.print("Stopping …")
    if system.error:
        fail(f"A part stopped: {system.error}", 1)


@app.command("try")
def try_(
    submission: Annotated[Path | None, typer.Argument(help="A request; an example if left out.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Exit after publishing instead of serving.")] = False,
    folder: Annotated[Path, typer.Option("--home", "-C", help="Where the home for trying is made.")] = Path(
        "try"
    ),
) -> None:
    """The main job on an example: generate with live progress, publish, print the URL and serve it."""
    settings = home.create(folder)
    fetch_if_missing(settings)
    stop = stop_on_signals()
    request = submission or home.packaged("examples") / "bicycle-repair.yaml"
    out.print(f"The request is {request}.", highlight=False)
    with Up(settings, TerminalProgress(out)) as system:
        job = drop(request, settings.inbox_dir, settings.intake)
        event = follow(system.ledger, job, stop, settings.inbox_dir)
        if event is None or event.status is not Status.COMPLETED:
            fail(f"The job did not complete: {event.error if event else 'it was stopped'}.", 1)
        project = system.ledger.project_of(job)
        out.print(f"[bold]{system.web.site_url(project or '')}[/bold]", highlight=False)
        if not once:
            out.print("Serving it until Ctrl-C.")
            stop.wait()


@app.command()
def generate(
    submission: Annotated[Path, typer.Argument(help="A .yaml file, a folder or a .zip.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write the site to.")],
    folder: Home = HERE,
    as_json: AsJson = False,
    seed: Annotated[int | None, typer.Option(help="Makes every free choice repeatable.")] = None,
    project_id: Annotated[str, typer.Option(help="Use this project id.")] = "",
    no_deadline: Annotated[bool, typer.Option("--no-deadline", help="Take all the time it needs.")] = False,
) -> None:
    """Run the pipeline alone: no ledger, no publishing."""
    settings = load(folder)
    fetch_if_missing(settings)
    stop = stop_on_signals()
    hook = Hook() if as_json else TerminalProgress(out)
    about = generate_site(
        settings, submission, output, hook, stop, seed=seed, project_id=project_id, deadline=not no_deadline
    )
    print_result(about, f"{output}/index.html is written.", as_json)


@app.command()
def submit(
    submission: Annotated[Path, typer.Argument(help="A .yaml file, a folder or a .zip.")],
    folder: Home = HERE,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job to its end.")] = False,
) -> None:
    """Drop a request into the inbox; prints the job id."""
    settings = load(folder)
    job = drop(submission, settings.inbox_dir, settings.intake)
    out.print(job, highlight=False)
    if not wait:
        return
    with Ledger(settings.ledger_dir) as ledger:
        event = follow(ledger, job, stop_on_signals(), settings.inbox_dir)
        if event is None or event.status is not Status.COMPLETED:
            fail(f"The job did not complete: {event.error if event else 'it was stopped'}.", 1)
        out.print(settings.site_url(ledger.project_of(job) or ""), highlight=False)


@app.command("list")
def list_(
    folder: Home = HERE,
    status: Annotated[Status | None, typer.Option(help="Only jobs that stand so.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs."""
    with Ledger(load(folder).ledger_dir) as ledger:
        events = ledger.jobs(status, limit)
        projects = {prototype.commit: prototype.project_id for prototype in ledger.prototypes()}
    rows = [event_row(event, projects.get(event.content, "")) for event in events]
    if as_json:
        print_json(rows)
    elif not rows:
        out.print("No jobs yet. Hand one in: protogen submit examples/bicycle-repair.yaml", highlight=False)
    else:
        table = Table(box=None, pad_edge=False)
        for name in rows[0]:
            table.add_column(name, no_wrap=True, overflow="ignore")
        for row in rows:
            table.add_row(*map(str, row.values()))
        out.print(table)


@app.command()
def show(
    job: Annotated[str, typer.Argument(help="A job id.")], folder: Home = HERE, as_json: AsJson = False
) -> None:
    """Show one job: status, times, stages, project."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        about = show_job(ledger, settings, job)
    if about is None:
        fail(f"There is no job {job} in the ledger; protogen list shows those there are.", 1)
    if as_json:
        print_json(about)
    else:
        for name, value in about.items():
            out.print(
                f"{name:>14}  {value}" if not isinstance(value, list) else f"{name:>14}", highlight=False
            )
            for line in value if isinstance(value, list) else ():
                out.print(f"{'':>14}  {line}", highlight=False)


@app.command("log")
def log_(
    job: Annotated[str | None, typer.Argument(help="A job id; all jobs if left out.")] = None,
    folder: Home = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what happened, event by event."""
    with Ledger(load(folder).ledger_dir) as ledger:
        events = ledger.history(job)
    if not events and job:
        fail(f"There is no job {job} in the ledger; protogen list shows those there are.", 1)
    if as_json:
        print_json([event_row(event, "") for event in events])
    else:
        for line in history_lines(events):
            out.print(line, highlight=False, soft_wrap=True)


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The folder of a site.")]) -> None:
    """Hold a site to the quality gate."""
    from protogen.checks.gate import check_folder

    if not folder.is_dir():
        fail(f"{folder} is no folder; name the folder of a site, such as published/<project-id>.")
    problems = check_folder(folder)
    for problem in problems:
        out.print(problem, highlight=False)
    if problems:
        sys.exit(1)
    out.print("The site passes.")


@app.command()
def nginx(folder: Home = HERE) -> None:
    """Print the nginx configuration for these settings."""
    typer.echo(render_nginx(load(folder)), nl=False)


@app.command()
def doctor(folder: Home = HERE, as_json: AsJson = False) -> None:
    """Say what is installed, reachable and writable, and what to do about what is not."""
    findings = examine(load(folder))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            out.print(line_of(finding), highlight=False, soft_wrap=True)
    if any(finding.state == "bad" for finding in findings):
        sys.exit(1)


@model_app.command("fetch")
def model_fetch(
    folder: Home = HERE,
    copy_from: Annotated[Path | None, typer.Option("--from", help="Take it from this file.")] = None,
) -> None:
    """Fetch and verify the model (1.1 GB, once); goes on where it broke off."""
    settings = load(folder)
    path = fetch_weights(settings, copy_from)
    out.print(f"The model is at {path}.", highlight=False, soft_wrap=True)


@model_app.command("status")
def model_status(folder: Home = HERE, as_json: AsJson = False) -> None:
    """Say where the model is and whether it is whole."""
    status = weights.status(load(folder).model)
    about = {
        "path": str(status.path),
        "bytes": status.present,
        "of": status.total,
        "verified": status.verified,
    }
    print_result(about, "\n".join(f"{key:>9}  {value}" for key, value in about.items()), as_json)


@model_app.command("serve")
def model_serve(
    folder: Home = HERE, port: Annotated[int, typer.Option(help="Port on loopback.")] = 8080
) -> None:
    """Serve the embedded model in the foreground to any OpenAI-compatible client."""
    settings = load(folder)
    path = fetch_weights(settings, None)
    sys.exit(
        model_server.main(
            ["--model", str(path), "--port", str(port), "--context", str(settings.model.context)]
        )
    )


class Announce(Hook):
    """Says on the terminal what becomes of drops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def drop_rejected(self, name: str, reason: str) -> None:
        """A drop was rejected."""
        err.print(f"Rejected {name}: {reason}", style="yellow", highlight=False)

    def job_finished(self, event: Event) -> None:
        """Where the site stands."""
        if event.status is Status.COMPLETED:
            with Ledger(self._settings.ledger_dir) as ledger:
                out.print(self._settings.site_url(ledger.project_of(event.job) or ""), highlight=False)


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends at once."""
    stop = threading.Event()

    def on_signal(number: int, frame: object) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop


def follow(ledger: Ledger, job: str, stop: threading.Event, inbox: Path) -> Event | None:
    """The job's final event; None when stopped first. Raises Rejected if its drop was."""
    while not stop.is_set():
        event = ledger.job(job)
        if event and event.status.final:
            return event
        if reason := rejection(inbox, job):
            raise Rejected(reason)
        stop.wait(0.3)
    return None


def fetch_if_missing(settings: Settings) -> None:
    """The weights, fetched the first time and saying so, where the embedded model is the one in use."""
    if settings.llm.provider == "embedded":
        fetch_weights(settings, None)


def fetch_weights(settings: Settings, copy_from: Path | None) -> Path:
    """The verified weights; fetched with a progress bar where they are missing."""
    if weights.status(settings.model).verified:
        return weights.verify(settings.model)
    out.print("Fetching the language model once; it is kept in your cache folder.")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task("model", total=None)
        last = time.monotonic()

        def report(done: int, total: int, source: str) -> None:
            nonlocal last
            bar.update(task, completed=done, total=total, description=source)
            if not out.is_terminal and time.monotonic() - last > 10:
                last = time.monotonic()
                out.print(f"{source}: {done // 1_000_000} of {total // 1_000_000} MB", highlight=False)

        return weights.fetch(settings.model, copy_from=copy_from, progress=report)


def line_of(finding: Finding) -> str:
    """A finding as a line that opens with its mark."""
    mark = {"good": "[green]✓[/green]", "note": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}[finding.state]
    return f"{mark} {finding.what}" + (f" – {finding.mend}" if finding.mend else "")


def print_json(value: Any) -> None:
    """JSON for programs: no colour, no wrapping."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_result(value: Any, sentence: str, as_json: bool) -> None:
    """JSON or a sentence."""
    if as_json:
        print_json(value)
    else:
        out.print(sentence, highlight=False, soft_wrap=True)


__all__ = ["app", "main"]
