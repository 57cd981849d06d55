"""Metrics and health of a running system, over the socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protogen.config import LlmSettings, Settings, WebSettings
from protogen.hooks import Hook
from protogen.hooks.metrics import Metrics
from protogen.intake.drop import write_drop
from protogen.job import Rung, StageTrace, Status
from protogen.ledger import Ledger
from protogen.up import Up
from tools.model import good, stub

WORDS = "We are Fern & Flour, a small bakery in Brno. We bake sourdough bread. Call +420 541 234 567."
DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def up(home: Settings) -> Iterator[Up]:
    """A running system with a model."""
    with stub(good) as model:
        llm = LlmSettings(provider="openai", base_url=model.base_url, model="stub")
        settings = home.model_copy(update={"llm": llm, "web": WebSettings(port=0)})
        with Up(settings, Hook()) as running:
            yield running


def values(text: str) -> dict[str, float]:
    """Each sample by name and labels."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(up: Up, **headers: str) -> httpx.Response:
    """What a scraper on this machine gets."""
    return httpx.get(f"{up.web.url}metrics", headers=headers)


def test_a_job_is_counted_in_every_way(up: Up) -> None:
    """Stages, seconds, rungs, tokens, the job by status, the site that stands."""
    write_drop({"description": WORDS}, up.settings.inbox_dir)
    end = time.monotonic() + 60
    while not up.ledger.jobs(Status.COMPLETED) and time.monotonic() < end:
        time.sleep(0.1)
    while "protogen_jobs_ended_total" not in scraped(up).text and time.monotonic() < end:
        time.sleep(0.1)
    seen = values(scraped(up).text)
    assert seen["protogen_jobs status=completed"] == 1
    assert seen["protogen_jobs_ended_total status=completed"] == 1
    assert seen["protogen_generation_seconds_count"] == 1
    assert {seen[f"protogen_stage_seconds_count stage={s}"] for s in ("brief", "structure", "content")} == {1}
    assert seen["protogen_rungs_total rung=fields stage=structure"] == 1
    assert seen["protogen_tokens_total direction=written model=stub role=codegen"] > 0
    assert seen["protogen_queue_length"] == 0
    assert seen["protogen_published_bytes"] > 10_000


def test_the_metrics_are_not_for_everybody(up: Up) -> None:
    """Through a proxy only with the operator's token."""
    assert scraped(up).status_code == 200
    assert scraped(up, **{"X-Real-IP": "192.0.2.7"}).status_code == 401
    token = {"X-Real-IP": "192.0.2.7", "Authorization": f"Bearer {up.token.value}"}
    assert scraped(up, **token).status_code == 200


def test_troubles_are_counted(home: Settings) -> None:
    """Breakers, the disk, upkeep, notices, rejected drops."""
    with Ledger.create(home.ledger_dir) as ledger:
        metrics = Metrics(ledger)
        metrics.provider_changed("openai", "open")
        metrics.disk_full("full")
        metrics.upkeep_done("prune", 3)
        metrics.upkeep_failed("verify", "broken")
        metrics.notice_delivered("email")
        metrics.notice_failed("statex", "phone")
        metrics.drop_rejected("a.yaml", "empty")
        metrics.stage_finished("job", StageTrace("style", Rung.TEMPLATE, ms=20))
        seen = values(metrics.exposed().decode())
    assert seen["protogen_breaker_open provider=openai"] == 1
    assert seen["protogen_disk_full"] == 1
    assert seen["protogen_deleted_total task=prune"] == 3
    assert seen["protogen_upkeep_total result=failed task=verify"] == 1
    assert seen["protogen_notices_total channel=statex result=failed"] == 1
    assert seen["protogen_drops_rejected_total"] == 1
    assert seen["protogen_jobs status=failed"] == 0


def test_every_metric_is_in_the_docs(home: Settings) -> None:
    """docs/operating.md names each, and none that is not there."""
    with Ledger.create(home.ledger_dir) as ledger:
        names = {family.name for family in text_string_to_metric_families(Metrics(ledger).exposed().decode())}
    text = (DOCS / "operating.md").read_text("utf-8")
    told = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `protogen_")}
    assert told == {name for name in names if not name.endswith("_created")}


class TestHealth:
    """What a watcher is told."""

    def test_all_is_well(self, up: Up) -> None:
        """Healthy, alive, and each part ready."""
        health = httpx.get(f"{up.web.url}health").json()
        assert set(health) == {"status", "service", "timestamp", "version"}
        assert health["status"] == "healthy"
        assert httpx.get(f"{up.web.url}health/live").json()["status"] == "alive"
        ready = httpx.get(f"{up.web.url}health/ready").json()
        assert ready["parts"] == dict.fromkeys(("ledger", "disk", "model", "worker", "inbox"), "ok")

    def test_a_part_that_fails_is_named(self, up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
        """503; what is wrong only to this machine, not through a proxy."""
        monkeypatch.setattr("protogen.parts.has_room", lambda *_: False)
        answer = httpx.get(f"{up.web.url}health/ready")
        assert answer.status_code == 503
        assert "are free" in answer.json()["parts"]["disk"]
        far = httpx.get(f"{up.web.url}health/ready", headers={"X-Real-IP": "192.0.2.7"}).json()
        assert far["parts"]["disk"] == "failing"
        assert httpx.get(f"{up.web.url}health").status_code == 503
        assert httpx.get(f"{up.web.url}health/live").status_code == 200
