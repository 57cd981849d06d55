"""What a monitor counts, for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).

Counters begin at nothing with the process; what the ledger knows is asked when somebody scrapes.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from protogen.hooks import Hook
from protogen.job import Event, StageTrace, Status, now
from protogen.ledger import Ledger, LedgerError
from protogen.logs.events import UPKEEP

STAGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120)
JOB_BUCKETS = (1, 5, 10, 20, 30, 45, 60, 75, 90, 105, 120, 150)
ENDS = (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.PENDING)
ROLES = {"brief": "nlp", "content": "nlp"}
"""The role that writes a stage; the others are `codegen`'s."""


class Metrics(Hook):
    """Counts what happens. `exposed` is the text that a scraper gets."""

    def __init__(self, ledger: Ledger) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfLedger(ledger))
        own = self._registry
        self._stages = Histogram(
            "protogen_stage_seconds", "Seconds of a stage.", ["stage"], buckets=STAGE_BUCKETS, registry=own
        )
        self._jobs = Histogram(
            "protogen_generation_seconds",
            "Seconds from claim to published.",
            buckets=JOB_BUCKETS,
            registry=own,
        )
        self._ended = Counter(
            "protogen_jobs_ended", "Attempts that ended, by what became of the job.", ["status"], registry=own
        )
        self._errors = Counter("protogen_errors", "Attempts that failed, by code.", ["code"], registry=own)
        self._rungs = Counter("protogen_rungs", "Stages by rung.", ["stage", "rung"], registry=own)
        self._tokens = Counter(
            "protogen_tokens", "Tokens read and written.", ["model", "role", "direction"], registry=own
        )
        self._speed = Gauge(
            "protogen_tokens_per_second",
            "Tokens written a second, in the last stage.",
            ["model", "role"],
            registry=own,
        )
        self._breakers = Gauge(
            "protogen_breaker_open", "1 while a model's provider is left alone.", ["provider"], registry=own
        )
        self._rejected = Counter("protogen_drops_rejected", "Drops that could not be used.", registry=own)
        self._disk = Gauge("protogen_disk_full", "1 while there is no room for a job.", registry=own)
        self._upkeep = Counter("protogen_upkeep", "Tasks of upkeep.", ["task", "result"], registry=own)
        self._deleted = Counter("protogen_deleted", "What upkeep deleted.", ["task"], registry=own)
        self._notices = Counter(
            "protogen_notices", "Notices sent or put aside.", ["channel", "result"], registry=own
        )

        for status in ENDS:  # from 0: a rate does not see the step from nothing to 1
            self._ended.labels(status.value)
        for task in UPKEEP:
            self._upkeep.labels(task, "done")
            self._upkeep.labels(task, "failed")

    def exposed(self) -> bytes:
        """Everything, in the text format of version 0.0.4."""
        return generate_latest(self._registry)

    def drop_rejected(self, name: str, reason: str) -> None:
        """One more."""
        self._rejected.inc()

    def attachments_finished(self, job: str, ms: int) -> None:
        """Seconds of reading what came with the request."""
        self._stages.labels("attachments").observe(ms / 1000)

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """Its seconds, rung and tokens."""
        seconds = trace.ms / 1000
        self._stages.labels(trace.name).observe(seconds)
        self._rungs.labels(trace.name, trace.rung.value).inc()
        if not trace.model:
            return
        role = ROLES.get(trace.name, "codegen")
        self._tokens.labels(trace.model, role, "read").inc(trace.prompt_tokens)
        self._tokens.labels(trace.model, role, "written").inc(trace.completion_tokens)
        if seconds > 0:
            self._speed.labels(trace.model, role).set(trace.completion_tokens / seconds)

    def job_finished(self, event: Event) -> None:
        """What became of it."""
        self._ended.labels(event.status.value).inc()
        if event.error:
            self._errors.labels(event.error).inc()
        elif event.status is Status.COMPLETED:
            self._jobs.observe(event.duration_ms / 1000)

    def disk_full(self, reason: str) -> None:
        """Until there is room."""
        self._disk.set(1)

    def disk_room(self) -> None:
        """There is."""
        self._disk.set(0)

    def provider_changed(self, provider: str, state: str) -> None:
        """One that is being tried again counts as open still."""
        self._breakers.labels(provider).set(state != "closed")

    def upkeep_done(self, task: str, count: int) -> None:
        """And what it deleted."""
        self._upkeep.labels(task, "done").inc()
        self._deleted.labels(task).inc(count)

    def upkeep_failed(self, task: str, reason: str) -> None:
        """One more."""
        self._upkeep.labels(task, "failed").inc()

    def notice_delivered(self, channel: str) -> None:
        """One more."""
        self._notices.labels(channel, "delivered").inc()

    def notice_failed(self, channel: str, code: str) -> None:
        """One more."""
        self._notices.labels(channel, "failed").inc()


class _OfLedger(Collector):
    """What the ledger knows, looked up at each scrape from its index."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def describe(self) -> Iterable[Metric]:
        """Nothing that would need a look-up."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Jobs by status, the queue, sites and their bytes."""
        try:
            counts, first = self._ledger.counts(), self._ledger.queue(1)
            size = self._ledger.sites_size()
        except LedgerError:
            yield GaugeMetricFamily("protogen_ledger_up", "1 while the ledger can be read.", 0)
            return
        yield GaugeMetricFamily("protogen_ledger_up", "1 while the ledger can be read.", 1)
        jobs = GaugeMetricFamily("protogen_jobs", "Jobs by status.", labels=["status"])
        for status, count in counts.items():
            jobs.add_metric([status.value], count)
        yield jobs
        ended = counts[Status.COMPLETED] + counts[Status.FAILED]
        yield GaugeMetricFamily("protogen_queue_length", "Jobs that wait.", counts[Status.PENDING])
        oldest = (now() - first[0].created_at).total_seconds() if first else 0.0
        yield GaugeMetricFamily("protogen_queue_oldest_seconds", "Age of the next job.", max(0.0, oldest))
        yield GaugeMetricFamily("protogen_published", "Sites that stand.", counts[Status.COMPLETED])
        yield GaugeMetricFamily("protogen_published_bytes", "Their bytes.", size)
        yield GaugeMetricFamily(
            "protogen_success_ratio",
            "Completed of all that ended.",
            counts[Status.COMPLETED] / ended if ended else 1.0,
        )
