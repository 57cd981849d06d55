"""The model server runs when it is asked for, comes back when it dies, and never outlives its parent.

The quick tests run the real child process with a stand-in for the model's runtime, which fails as the file it
is given says; those marked `model` run the real model.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from protogen.config import ModelSettings
from protogen.llm import child, serve, server, weights
from protogen.llm.server import EmbeddedServer, ServerError

RUNTIME = '''
"""Stands in for xllamacpp: a server over a real socket that does what its model file says."""
import http.server, os, signal, sys, threading, time
from types import SimpleNamespace

def CommonParams():
    parts = {name: SimpleNamespace() for name in ("model", "cpuparams", "cpuparams_batch")}
    return SimpleNamespace(**parts)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(KEYS.encode())
    def log_message(self, *args):
        pass

def Server(params):
    global KEYS
    KEYS = ",".join(params.api_keys)
    print("noise of the runtime")
    with open(params.model.path + ".starts", "a") as starts:
        starts.write("x")
    words = open(params.model.path).read().split()
    if "crash" in words:
        sys.exit("the model is of an unknown kind")
    if "refuse" in words:
        raise RuntimeError("failed to load model")
    if "hang" in words:
        time.sleep(60)
    if "deaf" in words:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    web = http.server.ThreadingHTTPServer((params.hostnames[0], params.port), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    return SimpleNamespace(listening_address=f"http://127.0.0.1:{web.server_port}")
'''


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model file for the stand-in runtime; its words say how the server behaves."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    (folder / "xllamacpp.py").write_text(RUNTIME)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    model = tmp_path / "stand-in.gguf"
    model.write_text("well")
    return model


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Make = Callable[..., EmbeddedServer]


@pytest.fixture
def make(stand_in: Path, tmp_path: Path) -> Iterator[Make]:
    """Makes servers on the stand-in, all stopped at the end."""
    made: list[EmbeddedServer] = []

    def one(words: str = "well", **options: object) -> EmbeddedServer:
        stand_in.write_text(words)
        made.append(EmbeddedServer(ModelSettings(), stand_in, tmp_path / "run" / "model.log", **options))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for each in made:
        each.stop()


def starts(stand_in: Path) -> int:
    return len(Path(f"{stand_in}.starts").read_text())


def gone(pid: int, seconds: float) -> bool:
    """True once the process has ended, False if it has not within that time."""
    try:
        process = psutil.Process(pid)
        process.wait(seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


class TestRunning:
    """A server that is well."""

    def test_it_answers_at_the_endpoint_with_its_key(self, make: Make) -> None:
        """The endpoint names address, model and the key of this start."""
        with make(name="tiny") as running:
            endpoint = running.ensure()
            assert running.alive()
            assert endpoint.base_url == running.base_url
            assert endpoint.model == "tiny"
            assert httpx.get(endpoint.base_url, trust_env=False).text == endpoint.api_key
            assert len(endpoint.api_key) >= 32

    def test_its_key_is_not_in_the_process_list(self, make: Make) -> None:
        """Another user of the machine cannot read the key from the command line."""
        running = make()
        key = running.start().api_key
        assert key not in " ".join(psutil.Process(running.pid).cmdline())

    def test_ctrl_c_in_the_terminal_does_not_reach_it(self, make: Make) -> None:
        """It has a session, and so a process group, of its own."""
        running = make()
        running.start()
        assert running.pid is not None
        assert os.getsid(running.pid) == running.pid

    def test_asking_again_starts_nothing(self, make: Make, stand_in: Path) -> None:
        """One server serves all askers, also at once."""
        running = make()
        threads = [threading.Thread(target=running.ensure) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        running.start()
        assert starts(stand_in) == 1

    def test_it_outlives_the_thread_that_started_it(self, make: Make) -> None:
        """The kernel's parent-death signal is tied to a thread, which must not be the caller's."""
        running = make()
        thread = threading.Thread(target=running.start)
        thread.start()
        thread.join()
        assert running.pid is not None
        assert not gone(running.pid, 0.5)
        assert running.alive()

    def test_a_proxy_in_the_environment_is_not_asked(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Loopback is reached directly, whatever `http_proxy` says."""
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        running = make()
        assert running.start() == running.ensure()

    def test_its_log_is_kept_and_the_last_one_beside_it(self, make: Make, tmp_path: Path) -> None:
        """What the runtime prints goes to the log; a restart does not wipe what the dead one said."""
        running = make()
        running.start()
        log = tmp_path / "run" / "model.log"
        assert "noise of the runtime" in log.read_text()
        log.write_text("the end of the first")
        running.stop()
        running.start()
        assert log.with_name("model.log.1").read_text() == "the end of the first"

    def test_the_current_folder_is_not_imported_from(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A module of the runtime's name lying in the home is not run."""
        home = tmp_path / "home"
        home.mkdir()
        (home / "xllamacpp.py").write_text("raise SystemExit('imported from the current folder')")
        monkeypatch.chdir(home)
        assert make().start().base_url


class TestDying:
    """A server that dies, hangs or cannot start."""

    def test_a_killed_server_is_started_again(self, make: Make) -> None:
        """The next to ask gets a new server with a new key, at once."""
        running = make()
        first, pid = running.start(), running.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        second = running.ensure()
        assert running.pid != pid
        assert second.api_key != first.api_key
        assert httpx.get(second.base_url, trust_env=False).is_success

    def test_a_hanging_server_is_replaced(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        """Alive is not enough: it must answer."""
        monkeypatch.setattr(server, "_HEALTH_SECONDS", 0.3)
        monkeypatch.setattr(child, "_STOP_SECONDS", 0.3)
        running = make()
        running.start()
        pid = running.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        running.ensure()
        assert running.pid != pid
        assert gone(pid, 1)

    def test_a_crash_is_told_with_its_last_words(self, make: Make) -> None:
        """The error says how it ended, what it said, and where its log is."""
        with pytest.raises(ServerError, match=r"code 1 \(the model is of an unknown kind\).*model\.log"):
            make("crash").start()

    def test_a_model_that_does_not_load_is_told(self, make: Make) -> None:
        """The file is named; the runtime's own reason is in the log."""
        with pytest.raises(ServerError, match=r"stand-in\.gguf cannot be loaded"):
            make("refuse").start()

    def test_a_crashing_server_does_not_spin(self, make: Make, stand_in: Path) -> None:
        """One second start is free, then the delay doubles up to a minute; in it nothing is started."""
        clock = Clock()
        running = make("crash", clock=clock)
        delays = []
        for count in range(1, 10):
            with pytest.raises(ServerError) as failed:
                running.ensure()
            assert starts(stand_in) == count
            delays.append(failed.value.retry_after)
            if failed.value.retry_after:
                clock.now += failed.value.retry_after - 0.01
                with pytest.raises(ServerError, match="the next start is in"):
                    running.ensure()
                assert starts(stand_in) == count
                clock.now += 0.02
        assert delays == [0, 1, 2, 4, 8, 16, 32, 60, 60]

    def test_a_server_that_dies_young_again_and_again_does_not_spin(self, make: Make) -> None:
        """Starting well and dying at the first request counts as failing too."""
        clock = Clock()
        running = make(clock=clock)
        running.start()
        for _ in range(2):
            kill(running)
            with contextlib.suppress(ServerError):
                running.ensure()
        with pytest.raises(ServerError) as failed:
            running.ensure()
        assert failed.value.retry_after == 1
        clock.now += 1
        assert running.ensure()

    def test_a_steady_server_that_dies_is_started_at_once(self, make: Make) -> None:
        """What died after a minute of service is forgiven the failures before it."""
        clock = Clock()
        running = make(clock=clock)
        running.start()
        for _ in range(5):
            clock.now += 61
            kill(running)
            assert running.ensure()

    def test_a_start_that_takes_too_long_is_ended(self, make: Make, stand_in: Path) -> None:
        """A server that never says its address does not hold the caller, and does not stay."""
        running = make("hang", start_seconds=0.8)
        with pytest.raises(ServerError, match="did not answer within 1 s"):
            running.start()
        assert not running.alive()
        assert children() == []

    def test_a_missing_runtime_is_told_with_its_mend(self, make: Make, tmp_path: Path) -> None:
        """The extra that brings the runtime is named; trying again is of no use."""
        (tmp_path / "runtime" / "xllamacpp.py").unlink()
        (tmp_path / "runtime" / "sitecustomize.py").write_text("import sys; sys.modules['xllamacpp'] = None")
        with pytest.raises(ServerError, match=r"pip install 'protogen\[embedded\]'") as failed:
            make().start()
        assert failed.value.retry_after == 0

    def test_a_runtime_that_lacks_a_library_is_told_with_its_mend(self, make: Make, tmp_path: Path) -> None:
        """As on a fresh machine, where the wheel is there and OpenMP is not."""
        lacking = "raise ImportError('libgomp.so.1: cannot open shared object file')"
        (tmp_path / "runtime" / "xllamacpp.py").write_text(lacking)
        with pytest.raises(ServerError, match=r"libgomp.so.1: .*apt-get install libgomp1$") as failed:
            make().start()
        assert failed.value.retry_after == 0

    def test_a_command_that_cannot_be_run_is_told(self, make: Make) -> None:
        """No interpreter, no traceback."""
        with pytest.raises(ServerError, match=r"cannot be run: .*No such file"):
            make(command=["/nowhere/python"]).start()


class TestStopping:
    """The end of a server."""

    def test_a_stopped_server_is_gone_and_stays_so(self, make: Make, stand_in: Path) -> None:
        """After stop nothing runs, and asking for it starts nothing: the program is ending."""
        running = make()
        running.start()
        pid = running.pid
        running.stop()
        assert pid is not None
        assert gone(pid, 0)
        assert (running.alive(), running.base_url, running.pid) == (False, "", None)
        with pytest.raises(ServerError, match="was stopped"):
            running.ensure()
        assert starts(stand_in) == 1

    def test_a_stopped_server_can_be_started_again(self, make: Make) -> None:
        """`start` takes the stop back."""
        running = make()
        running.start()
        running.stop()
        assert httpx.get(running.start().base_url, trust_env=False).is_success

    def test_stop_does_not_wait_for_a_start(self, make: Make, stand_in: Path) -> None:
        """A start in another thread is broken off, and told so."""
        running = make("hang")
        errors: list[ServerError] = []

        def start() -> None:
            try:
                running.start()
            except ServerError as error:
                errors.append(error)

        thread = threading.Thread(target=start)
        thread.start()
        wait_until(lambda: Path(f"{stand_in}.starts").exists())
        began = time.monotonic()
        running.stop()
        thread.join(5)
        assert time.monotonic() - began < 2
        assert "stopped while it started" in str(errors[0])
        assert children() == []

    def test_a_server_deaf_to_sigterm_is_killed(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stop always ends it."""
        monkeypatch.setattr(child, "_STOP_SECONDS", 0.3)
        running = make("deaf")
        running.start()
        pid = running.pid
        running.stop()
        assert pid is not None
        assert gone(pid, 1)

    def test_stop_without_a_start_is_nothing(self, make: Make) -> None:
        """It may be called whatever came before, and twice."""
        running = make()
        running.stop()
        running.stop()
        assert not running.alive()


PARENT = """
import os, sys, time
from pathlib import Path
from protogen.config import ModelSettings
from protogen.llm.server import EmbeddedServer
model, log, mode = sys.argv[1:]
running = EmbeddedServer(ModelSettings(), Path(model), Path(log))
running.start()
if mode == "forks" and os.fork() == 0:
    time.sleep(60)  # holds a copy of the pipe to the child
print(running.pid, flush=True)
if mode == "busy":
    import httpx
    key = {"Authorization": "Bearer " + running.ensure().api_key}
    ask = {"messages": [{"role": "user", "content": "Count to 1000."}], "max_tokens": 1000, "stream": True}
    url = running.base_url + "/v1/chat/completions"
    with httpx.stream("POST", url, json=ask, headers=key, timeout=60, trust_env=False) as answer:
        for line in answer.iter_lines():
            print("token", flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def parent_process(model: Path, log: Path, mode: str = "plain") -> Iterator[subprocess.Popen[str]]:
    """A program with a running server, in a process group that is killed at the end."""
    command = [sys.executable, "-c", PARENT, str(model), str(log), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        try:
            yield parent
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)


class TestOrphans:
    """No model server outlives its parent."""

    @pytest.mark.parametrize("mode", ["plain", "forks"])
    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
    def test_it_dies_with_its_parent(self, stand_in: Path, tmp_path: Path, mode: str, how: int) -> None:
        """Within five seconds even after kill -9, even if a fork of the parent still holds the pipe."""
        with parent_process(stand_in, tmp_path / "log", mode) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            assert not gone(pid, 0.2)
            parent.send_signal(how)
            assert gone(pid, 5)

    def test_the_end_of_its_pipe_is_enough(self, stand_in: Path) -> None:
        """Where there is no parent-death signal the closed pipe ends it."""
        command = [sys.executable, "-m", "protogen.llm.serve", "--model", str(stand_in)]
        with subprocess.Popen(
            [*command, "--parent", str(os.getpid())], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as served:
            assert served.stdout is not None
            assert served.stdin is not None
            assert served.stdout.readline().startswith(b"listening on http://127.0.0.1:")
            served.stdin.close()
            assert served.wait(5) == 0

    def test_a_parent_that_was_gone_before_it_started_ends_it(self, stand_in: Path) -> None:
        """The gap between fork and prctl(2) is closed."""
        command = [sys.executable, "-m", "protogen.llm.serve", "--model", str(stand_in), "--parent", "1"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
        assert (done.returncode, done.stdout) == (0, b"")


class TestStandAlone:
    """`protogen model serve` in the foreground."""

    def test_it_serves_without_a_parent_until_it_is_signalled(self, stand_in: Path) -> None:
        """Its stdin means nothing then, and Ctrl-C ends it."""
        command = [sys.executable, "-m", "protogen.llm.serve", "--model", str(stand_in)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as served:
            assert served.stdout is not None
            address = served.stdout.readline().strip().removeprefix(serve.ADDRESS_PREFIX)
            assert httpx.get(address, trust_env=False).is_success
            served.send_signal(signal.SIGINT)
            assert served.wait(5) == -signal.SIGINT

    def test_it_is_not_opened_to_the_network_without_a_key(
        self, stand_in: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Anyone could use it; the mend names the variable."""
        monkeypatch.delenv(serve.KEY_ENV, raising=False)
        for host in ("0.0.0.0", "::", "192.0.2.7", "model.example"):
            assert serve.main(["--model", str(stand_in), "--host", host]) == 2
            assert serve.KEY_ENV in capsys.readouterr().err

    def test_a_missing_file_is_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With the command that fetches it."""
        assert serve.main(["--model", str(tmp_path / "none.gguf")]) == 2
        assert "protogen model fetch" in capsys.readouterr().err


@pytest.fixture(scope="module")
def model() -> Path:
    """The verified weights; fetched where they are missing."""
    return weights.fetch(ModelSettings())


@pytest.mark.model
class TestRealModel:
    """The same promises, kept by the model itself."""

    def test_it_writes_and_reads_a_shared_beginning_once(self, model: Path, tmp_path: Path) -> None:
        """A second question on the same long prompt reads only what is new, also after another prompt."""
        with EmbeddedServer(ModelSettings(), model, tmp_path / "log") as running:
            first = ask(running, long_prompt("bakery"), "Name it.")
            again = ask(running, long_prompt("bakery"), "Describe it.")
            other = ask(running, long_prompt("plumber"), "Name it.")
            back = ask(running, long_prompt("bakery"), "Praise it.")
        assert first["completion_tokens"] > 0
        assert read(first) > 500
        assert read(other) > 300
        assert read(again) < 40
        assert read(back) < 40

    def test_it_asks_for_its_key(self, model: Path, tmp_path: Path) -> None:
        """Another user of the machine gets no answer, and nothing but the API is served."""
        with EmbeddedServer(ModelSettings(), model, tmp_path / "log") as running:
            asked = httpx.post(f"{running.base_url}/v1/chat/completions", json={}, trust_env=False)
            assert asked.status_code == 401
            assert httpx.get(f"{running.base_url}/", trust_env=False).status_code == 404

    def test_no_web_page_may_ask_it(self, model: Path, tmp_path: Path) -> None:
        """A prototype open in the same browser cannot read its answers."""
        with EmbeddedServer(ModelSettings(), model, tmp_path / "log") as running:
            origin = {"Origin": "http://fern-flour-7k2mq.localhost:3000"}
            answer = httpx.options(f"{running.base_url}/v1/models", headers=origin, trust_env=False)
            assert answer.headers.get("Access-Control-Allow-Origin", "") == ""

    def test_its_log_holds_nothing_of_the_customer(self, model: Path, tmp_path: Path) -> None:
        """Neither prompt nor answer: a log is not deleted when the prototype expires."""
        with EmbeddedServer(ModelSettings(), model, tmp_path / "log") as running:
            ask(running, "You repeat words.", "Say: Zwetschgenknoedel")
            assert "wetsch" not in (tmp_path / "log").read_text()

    def test_killed_it_comes_back_and_answers(self, model: Path, tmp_path: Path) -> None:
        """After kill -9 the next to ask waits for the load and nothing else."""
        with EmbeddedServer(ModelSettings(), model, tmp_path / "log") as running:
            kill(running)
            running.ensure()
            assert ask(running, "You are brief.", "Say hello.")["completion_tokens"] > 0

    @pytest.mark.parametrize("mode", ["plain", "busy"])
    def test_it_dies_with_its_parent(self, model: Path, tmp_path: Path, mode: str) -> None:
        """Within five seconds of kill -9, in the middle of an answer too."""
        with parent_process(model, tmp_path / "log", mode) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            if mode == "busy":
                assert parent.stdout.readline() == "token\n"
            parent.kill()
            assert gone(pid, 5)

    def test_a_load_can_be_stopped(self, model: Path, tmp_path: Path) -> None:
        """Stop ends a server that is still reading its weights."""
        running = EmbeddedServer(ModelSettings(), model, tmp_path / "log")
        thread = threading.Thread(target=start, args=(running,))
        thread.start()
        wait_until(lambda: any(each.memory_info().rss > 300e6 for each in children()))
        assert not running.alive()
        running.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert children() == []


def start(running: EmbeddedServer) -> None:
    with contextlib.suppress(ServerError):
        running.start()


def kill(running: EmbeddedServer) -> None:
    """End it behind its back, and wait until it is gone."""
    pid = running.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not running.alive())


def children() -> list[psutil.Process]:
    """The processes this one made that still run."""
    own = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    # An earlier test's multiprocessing leaves its resource tracker to the end of the run.
    return [each for each in own if not any("multiprocessing" in word for word in each.cmdline())]


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def long_prompt(trade: str) -> str:
    return f"You write the website of a {trade}. " + f"The {trade} opens early and closes late. " * 60


def ask(running: EmbeddedServer, system: str, question: str) -> dict[str, int]:
    """The server's account of a short answer (`usage`)."""
    endpoint = running.ensure()
    answer = httpx.post(
        f"{endpoint.api}/chat/completions",
        headers={"Authorization": f"Bearer {endpoint.api_key}"},
        json={
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
            "max_tokens": 8,
        },
        timeout=120,
        trust_env=False,
    ).json()
    usage: dict[str, int] = answer["usage"] | answer["usage"]["prompt_tokens_details"]
    return usage


def read(usage: dict[str, int]) -> int:
    """Tokens of the prompt that had to be read."""
    return usage["prompt_tokens"] - usage["cached_tokens"]
