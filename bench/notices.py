"""What notices cost a job: the same requests with every notice to services that hang, and with none, in turn.

Two whole `protogen up`, each with its own home; the model is a stub that thinks for the same time about every answer.
Measured is claim to published, as the ledger has it.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bench.load import varied
from bench.overhead import drop_all, system
from bench.results import write_section
from protogen import home
from protogen.config import CONFIG_NAME, Settings
from protogen.job import Status
from protogen.ledger import Ledger

MOST = 1.05
LATENCY_SECONDS = 0.1


def main() -> int:
    """Measure and write; 1 where notices make a job longer by 5 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    with (
        tempfile.TemporaryDirectory(prefix="protogen-notices-") as folder,
        stub(LATENCY_SECONDS) as model,
        hanging() as one,
        hanging() as other,
    ):
        told = a_home(Path(folder) / "told", model, every_notice(one, other))
        quiet = a_home(Path(folder) / "quiet", model, {})
        with system(told), system(quiet):
            texts = [text for _, text in varied(1 + pairs)]
            for settings in (told, quiet):
                drop_all(settings, texts[:1])
            for number, text in enumerate(texts[1:]):
                for settings in (told, quiet) if number % 2 else (quiet, told):
                    drop_all(settings, [text])
        with_notices, without = times(told)[1:], times(quiet)[1:]
    ratio = statistics.median(with_notices) / statistics.median(without)
    lines = [
        f"{len(without)} pairs in turn, {LATENCY_SECONDS * 1000:.0f} ms an answer of the model; every notice on, and "
        "both services hang.",
        "",
        f"Claim to published, median: {statistics.median(with_notices):.0f} ms with notices, "
        f"{statistics.median(without):.0f} ms without; ratio {ratio:.3f} (must be below {MOST}).",
    ]
    print(write_section("Notices", lines))
    return int(ratio >= MOST or not len(with_notices) == len(without) == pairs)


def every_notice(statex: str, operator: str) -> dict[str, Any]:
    """The settings under which everything is told, to services that never answer."""
    events = ["confirmation", "started", "progress", "completed", "failed", "expiring"]
    return {
        "notices": {
            "events": events,
            "statex": {"base_url": f"http://{statex}"},
            "operator": [f"json://{operator}/"],
        }
    }


def a_home(folder: Path, model: str, more: dict[str, Any]) -> Settings:
    """A home with the stub as its model."""
    folder.mkdir()
    role = {"model": "stub", "languages": ["*"]}
    llm = {"provider": "openai", "base_url": model, "nlp": role, "codegen": role}
    config = {"llm": llm, "web": {"port": 0}, **more}
    (folder / CONFIG_NAME).write_text(yaml.safe_dump(config), "utf-8")
    return home.create(folder)


def times(settings: Settings) -> list[int]:
    """Milliseconds from claim to published of every job, the first one first."""
    with Ledger(settings.ledger_dir) as ledger:
        return [event.duration_ms for event in reversed(ledger.jobs(Status.COMPLETED))]


@contextmanager
def stub(seconds: float) -> Iterator[str]:
    """The address of a stub model that thinks for so long about every answer."""
    command = [sys.executable, "-m", "bench.stub", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


@contextmanager
def hanging() -> Iterator[str]:
    """The address of a service that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main())
