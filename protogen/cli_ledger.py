"""The commands that read the ledger and act on its jobs: one function each, with no logic of its own."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from protogen.config import Settings, load
from protogen.handin import follow_events, take_back
from protogen.job import Status, now
from protogen.ledger import Ledger, WorkerBusy, WorkerLock
from protogen.lifecycle import cancel as cancel_job
from protogen.lifecycle import delete as delete_job
from protogen.lifecycle import extend as extend_site
from protogen.lifecycle import retry as retry_job
from protogen.lifecycle import rollback as roll_back
from protogen.prune import collect, doomed
from protogen.prune import prune as prune_expired
from protogen.restore import publish_all, publish_one
from protogen.restore import restore as restore_home
from protogen.story import story_of
from protogen.terminal import fail, print_json, say, stop_on_signals
from protogen.verify import verify as verify_all
from protogen.views import event_row, history_line, history_lines, show_job, table

app = typer.Typer()

HOME_VARIABLE = "PROTOGEN_HOME"
Home = Annotated[Path, typer.Option("--home", "-C", envvar=HOME_VARIABLE, help="The folder of config.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
HERE = Path()
EXAMPLE = "bicycle-repair.yaml"


@app.command("list")
def list_(
    folder: Home = HERE,
    status: Annotated[Status | None, typer.Option(help="Only jobs that stand so.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs."""
    with Ledger(load(folder).ledger_dir) as ledger:
        rows = [event_row(event, ledger.project_of(event.job) or "") for event in ledger.jobs(status, limit)]
    if as_json:
        print_json(rows)
    elif not rows:
        say(f"No jobs yet. Hand one in: protogen submit examples/{EXAMPLE}")
    else:
        say("\n".join(table(rows)))


@app.command()
def show(
    job: Annotated[str, typer.Argument(help="A job id.")],
    folder: Home = HERE,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one job: status, times, stages, project, and why it failed."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        if follow:
            for event in follow_events(ledger, job, stop_on_signals(), settings.inbox_dir):
                say(history_line(event))
        about = show_job(ledger, settings, job)
    if about is None:
        fail(f"There is no job {job} in the ledger; protogen list shows those there are.")
    if as_json:
        print_json(about)
    else:
        for name, value in about.items():
            first, *more = value if isinstance(value, list) else [value]
            say("\n".join([f"{name:>14}  {first}", *(f"{'':>14}  {line}" for line in more)]))


@app.command("log")
def log_(
    job: Annotated[str | None, typer.Argument(help="A job id; all jobs if left out.")] = None,
    folder: Home = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what happened: of one job the whole story, of all jobs the ledger's events."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        story = story_of(settings, ledger, job) if job is not None else None
        events = ledger.history() if job is None else []
    if job is not None and story is None:
        fail(f"There is no job {job} in the ledger; protogen list shows those there are.")
    if as_json:
        print_json(story.about() if story else [event_row(event, "") for event in events])
    else:
        for line in story.lines() if story else history_lines(events):
            say(line)


@app.command()
def cancel(job: Annotated[str, typer.Argument(help="A job id.")], folder: Home = HERE) -> None:
    """Call a job off: a waiting one at once, one in hand at its next stage."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        if ledger.job(job) is None and take_back(settings.inbox_dir, job):
            say(f"The request {job} is out of the inbox; it lies in {settings.inbox_dir / 'rejected'}.")
            return
        event = cancel_job(ledger, settings, job, now())
    say(f"The job {job} is {event.status}." + (" Its site stays as it was." if event.content else ""))


@app.command()
def retry(
    job: Annotated[str, typer.Argument(help="A job id.")],
    folder: Home = HERE,
    new_version: Annotated[
        bool, typer.Option("--new-version", help="Make a completed job's site again, as a new version.")
    ] = False,
) -> None:
    """Try a failed or cancelled job again; let one that waits for its next attempt have it now."""
    with Ledger(load(folder).ledger_dir) as ledger:
        retry_job(ledger, job, now(), new_version=new_version)
    say(f"The job {job} is in the queue.")


@app.command()
def rollback(
    project: Annotated[str, typer.Argument(help="A project id.")],
    version: Annotated[int, typer.Argument(min=1, help="The number of the version to bring back.")],
    folder: Home = HERE,
) -> None:
    """Bring an earlier version of a site back; what stands now stays in its history."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        restored = roll_back(ledger, settings, project, version, now())
    say(f"Version {version} of {project} is back, as version {restored.number}: {settings.site_url(project)}")


@app.command()
def extend(
    project: Annotated[str, typer.Argument(help="A project id.")],
    days: Annotated[int, typer.Option("--days", min=1, help="How many days longer it stands.")],
    folder: Home = HERE,
) -> None:
    """Let a site stand longer than it would."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        version = extend_site(ledger, settings, project, days, now())
    say(f"{project} stands until {version.expires_at:%Y-%m-%d %H:%M} UTC: {settings.site_url(project)}")


@app.command()
def delete(job: Annotated[str, typer.Argument(help="A job id.")], folder: Home = HERE) -> None:
    """Delete a job's site and all that was sent for it, before its time and for good."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        delete_job(ledger, settings, job, now())
        disk = _disk(_given_back(settings, ledger))
    say(f"The job {job} is deleted; {disk}.")


@app.command()
def versions(
    project: Annotated[str, typer.Argument(help="A project id.")],
    folder: Home = HERE,
    as_json: AsJson = False,
) -> None:
    """List the versions of a site."""
    with Ledger(load(folder).ledger_dir) as ledger:
        found = ledger.versions(project)
    if not found:
        fail(f"There is no project {project} in the ledger; protogen list shows those there are.")
    rows = [
        {"version": v.number, "bytes": v.size, "restores": v.restores or "", "commit": v.commit}
        for v in found
    ]
    if as_json:
        print_json(rows)
    else:
        say("\n".join(table(rows)))


@app.command()
def prune(
    folder: Home = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    older_than: Annotated[
        int | None, typer.Option("--older-than", min=0, help="All that came in more than so many DAYS ago.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Delete what has expired, for good, and give the disk back."""
    settings = load(folder)
    age = None if older_than is None else timedelta(days=older_than)
    with Ledger(settings.ledger_dir) as ledger:
        if dry_run:
            rows = [
                event_row(event, ledger.project_of(event.job) or "") for event in doomed(ledger, now(), age)
            ]
            print_json(rows) if as_json else say("\n".join(table(rows)) or "Nothing is due.")
            return
        pruned = prune_expired(settings, ledger, now(), age)
        collected = _given_back(settings, ledger)
    if as_json:
        print_json({**pruned._asdict(), "collected": collected})
        return
    if pruned.dropped:
        say(f"{len(pruned.dropped)} files and folders that were left in the inbox were deleted.")
    if not pruned.jobs:
        say("No job was due.")
        return
    say(f"{len(pruned.jobs)} jobs and {len(pruned.projects)} sites were deleted; {_disk(collected)}.")


@app.command()
def publish(
    project: Annotated[str | None, typer.Argument(help="A project id.")] = None,
    folder: Home = HERE,
    everything: Annotated[
        bool, typer.Option("--all", help="Every site, after deleting what has expired.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make published/ again from git."""
    settings = load(folder)
    if everything is (project is not None):
        fail("Name one project, or say --all.")
    with Ledger(settings.ledger_dir) as ledger:
        if project is not None:
            publish_one(settings, ledger, project)
            say(f"{project} is published: {settings.site_url(project)}")
            return
        done = publish_all(settings, ledger, now())
    if as_json:
        print_json({"written": done.written, "right": done.right, "pruned": done.pruned.jobs})
    else:
        say(
            f"{len(done.written)} sites were written, {len(done.right)} were as they should be, "
            f"{len(done.pruned.jobs)} expired jobs were deleted."
        )


@app.command()
def verify(folder: Home = HERE, as_json: AsJson = False) -> None:
    """Hold ledger, refs and published files against each other, and say what to do."""
    settings = load(folder)
    with Ledger(settings.ledger_dir) as ledger:
        faults = verify_all(settings, ledger, now())
    if as_json:
        print_json([fault._asdict() for fault in faults])
    else:
        for fault in faults:
            say(f"✗ {fault.what} – {fault.mend}")
        if not faults:
            say("All is well: the ledger is whole, and what is published is what it says.")
    if faults:
        sys.exit(1)


@app.command()
def backup(
    target: Annotated[
        Path | None,
        typer.Argument(help="The folder of the mirror, made if it is not there; `backup` if left out."),
    ] = None,
    folder: Home = HERE,
) -> None:
    """Make or bring up to date a mirror of the ledger; it forgets what was deleted."""
    settings = load(folder)
    mirror = target.resolve() if target else settings.backup_dir
    if mirror is None:
        fail("Name the folder of the mirror, or set backup in config.yaml.")
    with Ledger(settings.ledger_dir) as ledger:
        ledger.mirror_to(mirror)
    key = settings.ledger_dir.with_suffix(".key")
    say(f"{mirror} mirrors the ledger. Keep a copy of {key} too, somewhere else.")


@app.command()
def restore(
    mirror: Annotated[
        Path | None, typer.Argument(help="The folder that protogen backup made; `backup` if left out.")
    ] = None,
    folder: Home = HERE,
    key: Annotated[Path | None, typer.Option("--key", help="The copy of ledger.key that was kept.")] = None,
) -> None:
    """Make a home again from a mirror of its ledger; what has expired since does not come back."""
    settings = load(folder)
    source = mirror.resolve() if mirror else settings.backup_dir
    if source is None:
        fail("Name the folder of the mirror, or set backup in config.yaml.")
    done = restore_home(settings, source, key, now())
    sites = len(done.written) + len(done.right)
    say(f"{sites} sites are back, {len(done.pruned.jobs)} expired jobs were deleted. Next: protogen verify")
    if key is None:
        say(
            "No --key was named, so a request that comes again is not recognised unless "
            f"{settings.ledger_dir.with_suffix('.key')} is the key from before."
        )


def _given_back(settings: Settings, ledger: Ledger) -> bool:
    """Erase what was deleted from the disk; False where nothing was, or where the worker does it between two jobs."""
    if not ledger.rubbish_since:
        return False
    try:
        with WorkerLock(settings.ledger_dir):
            collect(settings, ledger)
    except WorkerBusy:
        return False
    return True


def _disk(collected: bool) -> str:
    return "the disk has been given back" if collected else "protogen up gives the disk back when it is idle"
