"""`protogen up` as a process: what a person at a terminal, a service manager and a power cut do to it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import yaml

from protogen.config import load
from protogen.hooks import Hook
from protogen.job import JOB_ID, Status
from protogen.ledger import Ledger, LedgerError, WorkerLock
from protogen.logs.events import STAGES
from protogen.up import Up
from protogen.web.server import WebError
from tools.model import good, hang, stub
from tools.processes import Running, gone, protogen, until, up
from tools.servers import ask, free_port

REQUEST = """description: |
  Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
  rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567.
"""
TOKEN = "The operator's token is in operator.token."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home without a model, on a free port."""
    return a_home(tmp_path / "home")


def a_home(folder: Path, base_url: str = "") -> Path:
    """A home whose model is at this address, or nowhere."""
    role = {"model": "stub", "languages": ["*"]}
    settings = {
        "llm": {
            "provider": "openai" if base_url else "none",
            "base_url": base_url,
            "nlp": role,
            "codegen": role,
        },
        "web": {"port": free_port()},
        "intake": {"quiet_seconds": 0.2, "scan_seconds": 0.5},
    }
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return folder


def port_of(folder: Path) -> int:
    return load(folder, {}).web.port


def submit(folder: Path, text: str = REQUEST) -> str:
    """Hand in a request as people do; its job id."""
    (folder / "request.yaml").write_text(text, "utf-8")
    run = protogen("submit", "request.yaml", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert JOB_ID.fullmatch(run.stdout.strip())
    return run.stdout.strip()


def project_of(folder: Path, job: str) -> str:
    with Ledger(folder / "ledger.git") as ledger:
        project = ledger.project_of(job)
    assert project
    return project


def in_the_middle(running: Running, model: object) -> str:
    """A job whose sections the model is being asked for, and will be for ever."""
    job = submit(running.home)
    running.becomes(job, "processing")
    until(lambda: len(model.requests) >= 2, what="a question")  # type: ignore[attr-defined]
    return job


def _deaf_to_ctrl_c(pid: int) -> bool:
    """True where the process has SIGINT blocked (proc(5), SigBlk)."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    blocked = int(next(line for line in status.splitlines() if line.startswith("SigBlk:")).split()[1], 16)
    return bool(blocked >> (signal.SIGINT - 1) & 1)


def test_a_drop_is_accepted_made_published_and_served(folder: Path) -> None:
    """From a plain file in the inbox to a page at its own host name; a line a stage, and where it stands."""
    with up(folder) as running:
        (folder / "inbox" / "order.yaml").write_text(REQUEST, "utf-8")
        printed = running.says("Published after")
        with Ledger(folder / "ledger.git") as ledger:
            (event,) = ledger.jobs()
        project = project_of(folder, event.job)
        port = port_of(folder)
        running.says(f"http://{project}.localhost:{port}/\n")
        assert [line for line in printed.splitlines() if not line.startswith(tuple("✓·!✗"))] == [TOKEN]
        assert sum(words in printed for words in STAGES.values()) == 5
        assert f"Job {event.job}\n" in printed
        answer = ask(port, f"{project}.localhost:{port}")
        assert answer.status == 200
        assert "Fern &amp; Flour" in answer.text
        assert ask(port, f"{project}.localhost:{port}", "/styles.css").status == 200
        assert list((folder / "inbox").iterdir()) == []


def test_a_drop_made_before_the_start_is_taken(folder: Path) -> None:
    """The inbox keeps what comes while nothing runs."""
    assert protogen("init", ".", cwd=folder).returncode == 0
    job = submit(folder)
    with up(folder) as running:
        running.becomes(job, "completed")


@pytest.mark.parametrize("way", ["ctrl-c", "sigterm"])
def test_stopping_puts_the_job_back_and_leaves_no_process(tmp_path: Path, way: str) -> None:
    """Exit code 0 within seconds, no traceback, the attempt given back, no git left."""
    with stub(good, good, hang) as model, up(a_home(tmp_path / "home", model.base_url)) as running:
        job = in_the_middle(running, model)
        children = running.children()
        assert any("git" in child.name() for child in children)
        assert all(_deaf_to_ctrl_c(child.pid) for child in children)  # from its birth on, before its session
        groups = {os.getpgid(child.pid) for child in children}
        assert running.process.pid not in groups  # what a terminal sends to the group reaches no child
        if way == "ctrl-c":
            running.interrupt()
        else:
            os.kill(running.process.pid, signal.SIGTERM)
        assert running.ends(5) == 0
        assert gone(children, 0.5) == []
        event = running.becomes(job, "pending", 1)
        assert (event.attempt, event.error, event.not_before) == (0, "", None)
        assert "Put back" in running.printed
        assert "Stopping …" in running.printed
        assert "Traceback" not in running.printed


def test_after_kill_9_nothing_is_left_and_the_next_start_completes_the_job(tmp_path: Path) -> None:
    """No git outlives it by 5 s; the job found processing gets its next attempt."""
    with stub(good, good, hang) as model:
        folder = a_home(tmp_path / "home", model.base_url)
        with up(folder) as running:
            job = in_the_middle(running, model)
            children = running.children()
            running.process.kill()
            running.ends()
            assert gone(children, 5) == []
    a_home(folder)
    with up(folder) as running:
        event = running.becomes(job, "completed")
        assert event.attempt == 2
    run = protogen("log", job, cwd=folder)
    assert [line.split()[2] for line in run.stdout.splitlines()[:-1] if line.split()[2] in set(Status)] == [
        "pending",
        "processing",
        "pending",
        "processing",
        "completed",
    ]
    assert "worker-died" in run.stdout


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    """With the stop itself hanging: the way out that leaves the same as a crash, which the next start mends."""
    with stub(good) as model:
        folder = a_home(tmp_path / "home", model.base_url)
        with up(folder) as running, Ledger(folder / "ledger.git") as ledger, ledger._lock.held():
            (folder / "inbox" / "order.yaml").write_text(REQUEST, "utf-8")  # waits for the lock for ever
            until(lambda: any((folder / "inbox").glob("????????-*")), what="taking the drop")
            running.interrupt()
            running.says("Stopping …")
            children = running.children()
            running.interrupt()
            assert running.ends(2) == 130
            assert gone(children, 5) == []
        with up(folder) as running:
            until(lambda: "Published" in running.printed, what="the job")


def test_a_rejected_drop_is_said_and_stays_for_its_sender(folder: Path) -> None:
    """One line on the terminal, without its name and the reason, which stand beside the drop."""
    with up(folder) as running:
        (folder / "inbox" / "[bold]\x1b[31mbad.yaml").write_text("a: b: c", "utf-8")
        printed = running.says("Rejected ")
        assert "bad.yaml" not in printed
        assert "\x1b" not in printed
        assert len(list((folder / "inbox" / "rejected").glob("*.error.txt"))) == 1


def test_up_makes_what_is_missing(tmp_path: Path) -> None:
    """Without `protogen init`: an empty folder becomes a home."""
    environ = {"PROTOGEN_LLM_PROVIDER": "none", "PROTOGEN_PORT": str(free_port())}
    with up(tmp_path, environ) as running:
        assert (tmp_path / "inbox").is_dir()
        assert (tmp_path / "ledger.git" / "HEAD").is_file()
        running.interrupt()
        assert running.ends() == 0


def test_init_and_up_work_together(tmp_path: Path) -> None:
    """The home that `init` makes needs nothing more."""
    run = protogen("init", "my home", cwd=tmp_path)
    assert run.returncode == 0
    assert "cd 'my home' && protogen up" in run.stdout
    environ = {"PROTOGEN_LLM_PROVIDER": "none", "PROTOGEN_PORT": str(free_port())}
    with up(tmp_path / "my home", environ) as running:
        running.interrupt()
        assert running.ends() == 0


def refused(folder: Path, environ: dict[str, str] | None = None) -> str:
    """What `up` says where it cannot start: exit code 2 and one line."""
    with up(folder, environ, ready=False) as running:
        assert running.ends(20) == 2
        lines = running.printed.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    """With the mend, and nothing left running."""
    with socket.create_server(("127.0.0.1", port_of(folder))):
        assert "cannot listen on 127.0.0.1" in refused(folder)
    with up(folder):
        pass


def test_another_worker_is_said(folder: Path) -> None:
    """Before anything is started beside it."""
    with up(folder) as running:
        environ = {"PROTOGEN_PORT": str(free_port())}
        output = protogen("up", cwd=folder, environ=environ)
        assert output.returncode == 2
        assert f"Another worker (process {running.process.pid})" in output.stderr
        assert len(output.stderr.splitlines()) == 1


def test_settings_that_cannot_be_used_are_said(folder: Path) -> None:
    """As by every command."""
    (folder / "config.yaml").write_text("web: {prot: 1}", "utf-8")
    assert "did you mean 'web.port'" in refused(folder)


def test_weights_that_are_not_there_are_said(folder: Path) -> None:
    """A model file of one's own that is missing."""
    environ = {"PROTOGEN_LLM_PROVIDER": "embedded", "PROTOGEN_MODEL_PATH": "nowhere.gguf"}
    assert "nowhere.gguf" in refused(folder, environ)


def test_when_a_part_dies_the_process_ends_and_says_why(folder: Path) -> None:
    """Exit code 1: a service manager starts it again; half a system would wait for ever."""
    with up(folder) as running:
        (folder / "ledger.git").rename(folder / "away.git")
        (folder / "inbox" / "order.yaml").write_text(REQUEST, "utf-8")
        assert running.ends(20) == 1
        assert "A part of protogen stopped: " in running.printed
        assert "Traceback" not in running.printed


# -- in this process: what a signal cannot time -----------------------------------------------------------


class Slow:
    """A model whose start takes for ever, until it is stopped."""

    name = "slow"

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def start(self) -> None:
        self.stopped.wait()

    def stop(self) -> None:
        self.stopped.set()

    def listen(self, listener: object) -> None:
        """Nothing will be heard."""


def test_a_stop_while_the_model_starts_breaks_the_start_off(folder: Path) -> None:
    """Ctrl-C does not wait for a gigabyte to be read."""
    stopping = threading.Event()
    system = Up(load(folder, {}), Hook(), stopping=stopping)
    system.providers = Slow()  # type: ignore[assignment]
    threading.Timer(0.3, stopping.set).start()
    with system:
        system.wait()
    assert system.providers.stopped.is_set()
    assert system.error is None


def test_a_start_that_fails_leaves_nothing_behind(folder: Path) -> None:
    """The worker's lock, the port and every thread are free again."""
    settings = load(folder, {})

    class Broken(Slow):
        def start(self) -> None:
            raise LedgerError("broken")

    system = Up(settings, Hook())
    system.providers = Broken()  # type: ignore[assignment]
    with pytest.raises(LedgerError, match="broken"):
        system.start()
    assert not system.web.running
    with socket.create_server(("127.0.0.1", settings.web.port)), WorkerLock(settings.ledger_dir):
        pass


def test_a_web_server_that_dies_ends_the_whole(folder: Path) -> None:
    """It is watched like the other parts."""
    with Up(load(folder, {}), Hook()) as system:
        system.web.stop()
        system.wait()
        assert isinstance(system.error, WebError)


def test_a_drop_wakes_an_idle_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the worker's next look at the ledger; a stop does not wait for it either."""
    monkeypatch.setattr("protogen.worker.IDLE_SECONDS", 600.0)
    settings = load(folder, {})
    with Up(settings, Hook()):
        for number in (1, 2):
            (settings.inbox_dir / "order.yaml").write_text(f"{REQUEST}  We are {number}.", "utf-8")
            until(lambda n=number: len(list(settings.published_dir.glob("[!.]*"))) == n, what="a site")
        begin = time.monotonic()
    assert time.monotonic() - begin < 5
