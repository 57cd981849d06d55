"""The commands: one function each, with no logic of its own."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from protogen import __version__, cli_ledger, cli_notices, home
from protogen.cli_ledger import EXAMPLE, HERE, AsJson, Home
from protogen.config import ConfigError, load
from protogen.doctor import examine
from protogen.files import FileError
from protogen.gallery import serve_gallery, write_gallery
from protogen.generate import generate as generate_site
from protogen.handin import follow, hand_in
from protogen.hooks import Hook, Hooks
from protogen.hooks.journal import Journal
from protogen.intake.rejected import Rejected
from protogen.job import Event, Status
from protogen.ledger import Ledger, LedgerError
from protogen.llm import serve as model_server
from protogen.llm import weights
from protogen.llm.server import ServerError
from protogen.llm.state import look
from protogen.llm.weights import WeightsError
from protogen.llm.writer import Cancelled
from protogen.logs import error_kind, get_logger
from protogen.pipeline.content import RefusedError
from protogen.progress import Spinner
from protogen.publish import PublishError
from protogen.terminal import (
    TerminalLog,
    err,
    fail,
    fetch_hearing_weights,
    fetch_if_missing,
    fetch_weights,
    log_to_terminal,
    out,
    print_json,
    print_result,
    say,
    stop_on_signals,
)
from protogen.up import Up
from protogen.web.nginx import NginxError, render_nginx
from protogen.web.operator import TOKEN_FILE
from protogen.web.server import WebError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A customer's request becomes a website at its own subdomain, in under two minutes.",
)
model_app = typer.Typer(no_args_is_help=True, help="The embedded language model.")
app.add_typer(cli_ledger.app)
app.add_typer(cli_notices.app, name="notices")
app.add_typer(model_app, name="model")

PLAIN_ERRORS = (
    ConfigError,
    FileError,
    LedgerError,
    NginxError,
    PublishError,
    Rejected,
    ServerError,
    WebError,
    WeightsError,
)
log = get_logger(__name__)
MARKS = {"good": "✓", "note": "!", "bad": "✗"}


def main() -> None:
    """Run a command.

    Exit codes: 0 done, 1 the job failed, 2 wrong usage or configuration, 130 ended at once by a second Ctrl-C.
    """
    try:
        app(prog_name="protogen")
    except Cancelled:
        fail("Stopped before it was done; nothing was written.", 1)
    except RefusedError as error:
        fail(f"The site does not pass its checks ({error}); nothing was written.", 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}; see protogen doctor.")
    except PLAIN_ERRORS as error:
        fail(str(error))


def show_version(wanted: bool) -> None:
    """Say the version and leave, if it is wanted."""
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=show_version)
    ] = False,
) -> None:
    """Options of every command."""
    del version
    context.obj = context.with_resource(log_to_terminal(verbose=verbose))


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make a home of.")]) -> None:
    """Make a home: config.yaml, inbox/, published/ and ledger.git."""
    settings = home.create(folder)
    say(f"{settings.home} is ready. Next: cd {shlex.quote(str(folder))} && protogen up")


@app.command()
def up(context: typer.Context, folder: Home = HERE) -> None:
    """Run everything: inbox watcher, worker, web server and embedded model, until Ctrl-C or SIGTERM."""
    settings = load(folder)
    stop = stop_on_signals()
    console: TerminalLog = context.obj
    console.follow(settings.log)
    fetch_if_missing(settings)
    shown = [Spinner(out), Announce(lambda job: system.site_url(job))] if console.for_people else []
    system = Up(settings, Hooks(shown), stopping=stop)
    with system:
        if not stop.is_set():
            log.info("serving", url=system.web.url)
            if system.token.fresh and console.for_people:
                say(_about_the_token(system.token.value))
        system.wait()
        log.info("stopping")
    fail_with(system)


@app.command("try")
def try_(
    context: typer.Context,
    submission: Annotated[Path | None, typer.Argument(help="A request; an example if left out.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Exit after publishing instead of serving.")] = False,
    folder: Annotated[Path, typer.Option("--home", "-C", help="Where the home for trying is made.")] = Path(
        "try"
    ),
) -> None:
    """The main job on an example: generate with live progress, publish, print the URL and serve it."""
    settings = home.create(folder)
    request = submission or home.packaged("examples") / EXAMPLE
    say(f"The request is {request}.")
    stop = stop_on_signals()
    with Ledger(settings.ledger_dir) as ledger:
        handed = hand_in(request, settings, ledger)
    fetch_if_missing(settings)
    context.obj.follow()
    with Up(settings, Spinner(out), stopping=stop) as system:
        event = follow(system.ledger, handed.job, stop, settings.inbox_dir, handed.submission)
        if system.error is None:
            say(system.site_url(completed(event).job), style="bold")
        if not once:
            say("Serving it until Ctrl-C.")
            system.wait()
    fail_with(system)


@app.command()
def generate(
    context: typer.Context,
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
    hook: Hook = Journal()
    if not as_json:
        context.obj.follow()
        hook = Hooks([hook, Spinner(out)])
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
    with Ledger(settings.ledger_dir) as ledger:
        handed = hand_in(submission, settings, ledger)
        say(handed.job)
        if not wait:
            return
        say("Waiting for its end; protogen up must be running. Ctrl-C stops waiting, not the job.", err)
        event = follow(ledger, handed.job, stop_on_signals(), settings.inbox_dir, handed.submission)
        project = ledger.project_of(completed(event).job)
    say(settings.site_url(project or ""))


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The folder of a site.")]) -> None:
    """Hold a site to the quality gate."""
    from protogen.checks.gate import check_folder

    if not folder.is_dir():
        fail(f"{folder} is no folder; name the folder of a site, such as published/<project-id>.")
    problems = check_folder(folder)
    for problem in problems:
        say(problem)
    if problems:
        sys.exit(1)
    say("The site passes.")


@app.command()
def kit(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The new or empty folder for the gallery.")
    ] = Path("gallery"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Make it in a temporary folder and serve it.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port on loopback for --serve.")] = 8090,
) -> None:
    """Make the gallery of the kit: every section, variant and art direction, in three fillings."""
    if serve:
        with tempfile.TemporaryDirectory() as folder:
            say("Making the gallery …")
            write_gallery(Path(folder) / "gallery")
            serve_gallery(Path(folder) / "gallery", port, lambda url: say(f"{url} until Ctrl-C."))
    else:
        say(f"{output}/index.html and {write_gallery(output) - 1} more files are written.")


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
            say(f"{MARKS[finding.state]} {finding.what}" + (f" – {finding.mend}" if finding.mend else ""))
    if any(finding.state == "bad" for finding in findings):
        sys.exit(1)


@model_app.command("fetch")
def model_fetch(
    folder: Home = HERE,
    copy_from: Annotated[Path | None, typer.Option("--from", help="Take it from this file.")] = None,
) -> None:
    """Fetch and verify the models (1.1 GB and 145 MB, once); goes on where it broke off."""
    settings = load(folder)
    path = fetch_weights(settings, copy_from)
    fetch_hearing_weights(settings)
    say(f"The model is at {path}.")


@model_app.command("status")
def model_status(folder: Home = HERE, as_json: AsJson = False) -> None:
    """Say where the model is, whether it is whole, and how each provider is."""
    settings = load(folder)
    status = weights.status(settings.model)
    about = {
        "path": str(status.path),
        "bytes": status.present,
        "of": status.total,
        "verified": status.verified,
    }
    seen = list(look(settings))
    lines = [f"{key:>9}  {value}" for key, value in about.items()]
    lines += [f"{each.state:>9}  {each.provider}: {each.what}" for each in seen]
    about_all = {**about, "providers": [each._asdict() for each in seen]}
    print_result(about_all, "\n".join(lines), as_json)


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
    """Says on the terminal where a completed job's site stands: its address may be logged nowhere."""

    def __init__(self, site_url: Callable[[str], str]) -> None:
        self._site_url = site_url

    def job_finished(self, event: Event) -> None:
        """Where the site stands."""
        if event.status is Status.COMPLETED:
            say(f"✓ {self._site_url(event.job)}", style="bold")


def completed(event: Event | None) -> Event:
    """The event of a job that made its site; for any other, say so and leave."""
    if event is None:
        fail("No longer waiting; the job goes on when protogen up runs.", 1)
    if event.status is not Status.COMPLETED:
        fail(f"The job {event.job} is {event.status}" + (f": {event.error}." if event.error else "."), 1)
    return event


def fail_with(system: Up) -> None:
    """Leave with 1 if a part of the system died."""
    if system.error:
        why = str(system.error) if isinstance(system.error, PLAIN_ERRORS) else error_kind(system.error)
        fail(f"A part of protogen stopped: {why or error_kind(system.error)}", 1)


def _about_the_token(token: str) -> str:
    """Where the operator's token is; itself to a person at a terminal alone, for anything else may keep it."""
    if out.is_terminal:
        return f"The operator's token, shown this once and kept in {TOKEN_FILE}: {token}"
    return f"The operator's token is in {TOKEN_FILE}."


__all__ = ["app", "follow", "main"]
