"""Load on the front door: `python -m bench.front`. Needs wrk and nginx (Debian's packages).

A prototype's files through nginx and through the built-in server, in turn; the status of ten thousand jobs while the
real model makes a website, which must still be in time; and two hundred watchers of that job at once.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from bench.ledger import fill
from bench.results import table, write_section
from protogen.config import Settings, load
from protogen.job import new_job_id
from protogen.web import render_nginx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # nginx and prototypes are started as the tests do

from tools.prototypes import FERN, prototype, running_with  # noqa: E402
from tools.servers import free_port, nginx  # noqa: E402

JOBS, WATCHERS = 10_000, 200
SECONDS, STATIC_SECONDS, TURNS = 30, 5, 3
CONNECTIONS = 16
LEAST_RATE, MOST_P99_MS = 500.0, 50.0
REQUEST = (
    "We are Fern & Flour, a small bakery in Brno at Veveří 42. We bake sourdough bread every morning. We sell: "
    "sourdough loaf 95 Kč, rye bread 80 Kč and croissant 45 Kč. Open Tue-Sat 7:30-17:00. Call +420 541 234 567. We "
    "want a menu and a contact form. Green and cream, please."
)


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured."""

    rate: float
    p99_ms: float
    errors: int


def wrk(url: str, seconds: int, host: str = "", script: Path | None = None) -> Load:
    """Ask for `url` for some seconds over 16 connections of one thread."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    command += ["-H", f"Host: {host}"] if host else []
    command += ["-s", str(script)] if script else []
    told = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert p99
    assert rate
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return Load(float(rate[1]), float(p99[1]) * unit, int(bad[1]) if bad else 0)


def static(folder: Path) -> list[tuple[str, float, float]]:
    """(path, requests a second through nginx, through the built-in server), medians of turns."""
    port = free_port()
    data = {"home": folder / "home", "web": {"port": free_port()}, "llm": {"provider": "none"}}
    settings = Settings.model_validate(data)
    for each in (settings.inbox_dir, settings.published_dir, settings.run_dir):
        each.mkdir(parents=True)
    seen: dict[str, tuple[list[float], list[float]]] = {}
    with running_with(settings) as (server, ledger):
        prototype(settings, ledger)
        configuration = render_nginx(settings, [f"127.0.0.1:{port}"])
        (folder / "nginx").mkdir()
        with nginx(folder / "nginx", configuration, port):
            for _ in range(TURNS):
                for path in ("/", "/styles.css", "/metadata.json"):
                    rates = seen.setdefault(path, ([], []))
                    for n, each in enumerate((port, server.port)):
                        load_ = wrk(f"http://127.0.0.1:{each}{path}", STATIC_SECONDS, f"{FERN}.localhost")
                        assert not load_.errors
                        rates[n].append(load_.rate)
    return [(path, statistics.median(a), statistics.median(b)) for path, (a, b) in seen.items()]


@contextmanager
def up(home: Path) -> Iterator[str]:
    """`protogen up` with the embedded model, in a process of its own; its address."""
    port = free_port()
    text = yaml.safe_dump({"web": {"port": port, "limits": {"address_per_hour": 0, "contact_per_day": 0}}})
    (home / "config.yaml").write_text(text, "utf-8")
    with (home / "up.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "protogen", "up", "--home", str(home)], stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _answers(f"{address}/health")
        yield address
    finally:
        running.terminate()
        running.wait(60)


def _answers(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(url).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(url)


def status(folder: Path) -> tuple[Load, float, int]:
    """(status of 10,000 jobs while one is made, seconds of that job, watchers that heard of its end)."""
    home = folder / "busy"
    home.mkdir()
    jobs = fill(home / "ledger.git", [new_job_id() for _ in range(JOBS)])
    script = folder / "status.lua"
    ids = ",".join(f'"{job}"' for job in jobs)
    path = "/api/prototype/queue/status/"
    script.write_text(
        f"local ids = {{{ids}}}\n"
        f"request = function() return wrk.format('GET', '{path}' .. ids[math.random(#ids)]) end\n"
    )
    with up(home) as address:
        time.sleep(20)  # the model reads its weights
        wrk(address, 3, script=script)
        job = httpx.post(
            f"{address}{path.replace('status/', 'submit')}", json={"requirements": REQUEST}
        ).json()["job_id"]
        heard: list[int] = []
        watching = threading.Thread(target=lambda: heard.append(asyncio.run(_watch(address, job))))
        watching.start()
        time.sleep(4)
        load_ = wrk(address, SECONDS, script=script)
        watching.join()
        wanted = load(home / "config.yaml", {})
        shown = subprocess.run(
            [sys.executable, "-m", "protogen", "show", job, "--json", "--home", str(wanted.home)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return load_, float(yaml.safe_load(shown.stdout)["seconds"]), heard[0]


async def _watch(address: str, job: str) -> int:
    """How many of the watchers hear that the job is done."""

    async def one(client: httpx.AsyncClient) -> bool:
        async with client.stream("GET", f"{address}/jobs/{job}/events") as answer:
            last = ""
            async for line in answer.aiter_lines():
                last = line if line.startswith("data") else last
        return '"done": true' in last

    limits = httpx.Limits(max_connections=WATCHERS)
    async with httpx.AsyncClient(timeout=300, limits=limits) as client:
        return sum(await asyncio.gather(*(one(client) for _ in range(WATCHERS))))


def main() -> int:
    """Measure, write the section; 1 where something is missed."""
    with tempfile.TemporaryDirectory(prefix="protogen-front-") as name:
        folder = Path(name)
        files = static(folder)
        load_, seconds, heard = status(folder)
    rows = [(path, f"{a:,.0f}", f"{b:,.0f}", f"{a / b:.1f}") for path, a, b in files]
    lines = [
        f"Requests a second over {CONNECTIONS} connections, medians of {TURNS} turns; server and wrk share the cores.",
        "",
        *table(("file of a prototype", "nginx", "built-in", "ratio"), rows),
        "",
        *table(
            (f"status of {JOBS:,} jobs, the model at work", "measured", "must"),
            (
                ("requests a second", f"{load_.rate:,.0f}", f"≥ {LEAST_RATE:,.0f}"),
                ("99th percentile", f"{load_.p99_ms:.0f} ms", f"< {MOST_P99_MS:.0f} ms"),
                ("answers that are no 200", load_.errors, 0),
                ("that job, claim to published", f"{seconds:.1f} s", "< 120 s"),
                (f"of {WATCHERS} watchers heard of its end", heard, WATCHERS),
            ),
        ),
    ]
    print("\n".join(lines))
    write_section("Load on the front door", lines)
    good = load_.rate >= LEAST_RATE and load_.p99_ms < MOST_P99_MS and not load_.errors
    return int(not good or seconds >= 120 or heard < WATCHERS)


if __name__ == "__main__":
    sys.exit(main())
