"""Lives of a job in processes of their own, without two seconds of imports each.

The zygote has imported everything and forks a child for each life. It is started with `fault.c` preloaded, and is
spoken to in lines of JSON: a `Life` goes in, how it ended comes out.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tools.missing import ROOT

PATIENCE = 60.0
REQUEST = """Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567."""
SMALL_SITE = ("index.html", "assets/images/favicon.svg")


@dataclass(frozen=True, slots=True)
class Life:
    """One life of inbox and worker in `home`, from start to nothing left to do.

    `request`: what is handed in first, empty for nothing. `act`: what is done to the job that there is, `again` for a
    new version, `forget` for its deletion and nothing else. `model`: where a model listens, empty for none. `seconds`:
    when it is killed with SIGKILL, 0 for never. `quick`: the stages' results were made before, and the site is small.
    `up`: the whole `protogen up` instead of inbox and worker in turn.
    """

    home: str
    request: str = ""
    act: str = ""
    model: str = ""
    seconds: float = 0.0
    reserve: int = 1_000_000
    quick: bool = False
    up: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a life ended: exit code (negative: the signal that killed it), all that it printed, how long it took."""

    code: int
    output: str
    seconds: float


class Zygote:
    """A running zygote, from the test's side. Not for two threads at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def live(self, life: Life) -> Ended:
        """Have a life lived to its end, or to its death."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(life)) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def zygote(environ: Mapping[str, str] | None = None, before: tuple[str | Path, ...] = ()) -> Iterator[Zygote]:
    """A zygote; `before` are words before its command, such as `strace` and its options."""
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "tools.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **(environ or {})},
    )
    try:
        yield Zygote(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


# -- in the zygote ----------------------------------------------------------------------------------------


def main() -> None:
    """Fork a child for each line of standard input."""
    faults = None
    if state := os.environ.get("FAULT_STATE"):
        from tools.faults import Faults

        faults = Faults(Path(state))
    made = _warm_up()
    for line in sys.stdin:
        life = Life(**json.loads(line))
        print(json.dumps(asdict(_fork(life, faults, made))), flush=True)


def _warm_up() -> list[Any]:
    """Import and cache what lives need; gives the drafts of a site, stage by stage.

    Threads would not live on in a child: nothing here may start V8, so scripts are not compiled.
    """
    import protogen.up  # noqa: F401
    from protogen.checks import gate
    from protogen.hooks import Hook
    from protogen.pipeline import behaviour
    from protogen.pipeline.runner import run
    from tools.drafts import draft, writer

    modules: tuple[Any, ...] = (gate, behaviour)
    compiled = gate.syntax_error
    try:
        for module in modules:
            module.syntax_error = lambda source: ""
        return list(run(draft(REQUEST), writer(), Hook()))
    finally:
        for module in modules:
            module.syntax_error = compiled
        assert threading.active_count() == 1


def _fork(life: Life, faults: Any, made: list[Any]) -> Ended:
    output = Path(f"{life.home}.log")
    output.touch()  # here, for it may be killed before it has done anything
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, 1)
            os.dup2(file, 2)
            if faults:
                faults.be_worker()
            _live(life, made)
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    code = _wait(child, life.seconds)
    return Ended(code, output.read_text("utf-8", "replace"), time.monotonic() - begin)


def _wait(child: int, seconds: float) -> int:
    descriptor = os.pidfd_open(child)
    try:
        if not select.select([descriptor], [], [], seconds or PATIENCE)[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(descriptor)


def _live(life: Life, made: list[Any]) -> None:
    import logging

    from protogen import worker

    logging.basicConfig(level=logging.INFO)
    settings = settings_of(life)
    if life.quick:
        worker.run = partial(_made_before, made, life.act)  # type: ignore[assignment]
    if life.up:
        _up(settings)
    else:
        _once(settings, life)


def _made_before(made: list[Any], act: str, draft: Any, writer: Any, hook: Any, job: str) -> Iterator[Any]:
    """The stages of the pipeline, whose results are there already, but for this request and with three files."""
    for number, each in enumerate(made):
        each = replace(each, traces=tuple(replace(trace, ms=trace.ms + len(act)) for trace in each.traces))
        trace = each.traces[-1]
        hook.stage_started(job, trace.name, number, len(made))
        hook.stage_finished(job, trace)
        files = each.site and {name: each.site.files[name] + act.encode() for name in SMALL_SITE}
        small = each.site and replace(each.site, files=files)
        yield replace(each, submission=draft.submission, expires_at=draft.expires_at, site=small)


def settings_of(life: Life) -> Any:
    """The settings that a life is lived under: no waiting, and a small reserve."""
    from protogen.config import IntakeSettings, LlmSettings, RetrySettings, Role, Settings, WebSettings

    role = Role(model="stub", languages=("*",))
    llm = LlmSettings(provider="openai", base_url=life.model, nlp=role, codegen=role)
    return Settings(
        home=Path(life.home),
        llm=llm if life.model else LlmSettings(provider="none"),
        retry=RetrySettings(first_delay=0, jitter=0),
        intake=IntakeSettings(quiet_seconds=0, scan_seconds=1),
        reserve_bytes=life.reserve,
        web=WebSettings(port=0),
    )


def _once(settings: Any, life: Life) -> None:
    """Hand in, take in, work, until nothing is left; a mark in the log of calls after each public operation."""
    from protogen import home, worker
    from protogen.hooks import Hook
    from protogen.intake import drop, inbox
    from protogen.ledger import Ledger
    from protogen.llm.providers import Providers

    for name in ("accept", "record", "claim", "keep", "add_version", "reconcile"):
        setattr(Ledger, name, _marked(getattr(Ledger, name), name))
    inbox.FIRST_RETRY_SECONDS = 0.1
    worker.publish = _marked(worker.publish, "publish")
    with _marked(home.ready, "ready")(settings) as ledger:
        if life.request:
            _marked(drop.drop, "drop")(Path(life.request), settings.inbox_dir, settings.intake)
        take_in(settings, ledger)
        if life.act:
            _ACTS[life.act](settings, ledger)
        with worker.Worker(settings, ledger, Providers(settings), Hook()) as one:
            one.run(threading.Event(), once=True)
    os.access("/mark/end", os.F_OK)


def _again(settings: Any, ledger: Any) -> None:
    """A new version is asked for, unless the life before has come so far."""
    from protogen.job import Status, now
    from protogen.lifecycle import retry

    (event,) = ledger.jobs()
    if event.status is Status.COMPLETED and len(ledger.versions(ledger.project_of(event.job))) == 1:
        retry(ledger, event.job, now(), new_version=True)


def _forget(settings: Any, ledger: Any) -> None:
    """The job has expired: what the worker's upkeep then does."""
    from datetime import timedelta

    from protogen.job import now
    from protogen.prune import collect, prune

    prune(settings, ledger, now(), timedelta(0))
    if ledger.rubbish_since:
        collect(settings, ledger)


_ACTS = {"again": _again, "forget": _forget}


def take_in(settings: Any, ledger: Any) -> None:
    """What lies in the inbox becomes jobs, by the inbox's own loop."""
    from protogen.intake.accept import accept
    from protogen.intake.inbox import Inbox, waiting
    from protogen.job import now

    stop = threading.Event()

    def taken(submission: Any) -> Any:
        acceptance = accept(submission, ledger, settings, now())
        if len(waiting(settings.inbox_dir)) <= 1:
            stop.set()  # the loop ends when this drop is done with
        return acceptance

    if not waiting(settings.inbox_dir):
        stop.set()  # what crashes left is swept all the same
    Inbox(settings, taken).run(stop)


def _marked(work: Callable[..., Any], name: str) -> Callable[..., Any]:
    def marking(*args: Any, **more: Any) -> Any:
        result = work(*args, **more)
        os.access(f"/mark/{name}", os.F_OK)
        return result

    return marking


def _up(settings: Any) -> None:
    from protogen.hooks import Hook
    from protogen.up import Up

    with Up(settings, Hook()) as system:
        while not system.stopping.is_set():
            time.sleep(0.02)
            if not waiting_or_open(settings, system.ledger):
                return


def waiting_or_open(settings: Any, ledger: Any) -> int:
    """How many drops and jobs are not done with."""
    from protogen.intake.inbox import waiting

    return len(waiting(settings.inbox_dir)) + sum(not event.status.final for event in ledger.jobs())


if __name__ == "__main__":
    main()
