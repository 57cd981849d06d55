"""OpenTelemetry spans: one a job, a child a stage, below it one a call; off unless somebody asks for them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from protogen import logs
from protogen.config import LlmSettings, Settings
from protogen.config_log import LogSettings
from protogen.hooks import Hook
from protogen.hooks.journal import Journal
from protogen.intake.drop import write_drop
from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.logs.events import STAGES
from protogen.logs.spans import ENDPOINT, Spans
from protogen.up import Up
from tools.model import good, stub
from tools.processes import until

log = logs.get_logger("protogen.test")
JOB = new_job_id()
WORDS = "We are Fern & Flour, a small bakery in Brno. We bake sourdough bread. Call +420 541 234 567."


@pytest.fixture
def made() -> Iterator[InMemorySpanExporter]:
    """The spans of what is logged."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = Spans(provider)
    spans.open()
    yield exporter
    spans.shut()
    logs.unbind_all()


def call(ms: int, error: str | None = None) -> None:
    status = "failed" if error else "ok"
    log.info("ai-call", provider="openai", role="nlp", status=status, ms=ms, error=error)


def one_job(end: Status = Status.COMPLETED, error: str = "") -> None:
    """Two stages with three calls, and a call of a stage that broke off."""
    journal = Journal()
    journal.job_started(Event(JOB, Status.PROCESSING, now(), now(), attempt=1))
    journal.attachments_finished(JOB, 30)
    for name, calls in (("brief", 1), ("structure", 2)):
        journal.stage_started(JOB, name, 0, 2)
        for number in range(calls):
            call(100, "too-late" if number else None)
        journal.stage_finished(JOB, StageTrace(name, Rung.FIELDS, ms=250))
    journal.stage_started(JOB, "style", 2, 2)
    call(100)
    journal.job_finished(Event(JOB, end, now(), now(), attempt=1, duration_ms=600, error=error))


def milliseconds(span: ReadableSpan) -> int:
    assert span.start_time
    assert span.end_time
    return round((span.end_time - span.start_time) / 1e6)


def test_a_job_is_a_span_with_its_stages_and_their_calls_below(made: InMemorySpanExporter) -> None:
    """All of one trace, as long as they took, with the fields of the log as attributes."""
    one_job()
    spans = {span.context.span_id: span for span in made.get_finished_spans()}
    (job,) = (span for span in spans.values() if span.parent is None)
    assert job.name == "job"
    assert job.attributes
    assert (job.attributes["protogen.job"], job.attributes["protogen.status"]) == (JOB, "completed")
    above = [
        (span.name, spans[span.parent.span_id].name, milliseconds(span))
        for span in spans.values()
        if span.parent
    ]
    assert sorted(above) == [
        ("ai-call", "brief", 100),
        ("ai-call", "job", 100),
        ("ai-call", "structure", 100),
        ("ai-call", "structure", 100),
        ("attachments", "job", 30),
        ("brief", "job", 250),
        ("structure", "job", 250),
    ]
    assert {span.context.trace_id for span in spans.values()} == {job.context.trace_id}
    failed = [
        span.status.description for span in spans.values() if span.status.status_code is StatusCode.ERROR
    ]
    assert failed == ["too-late"]


def test_a_job_that_failed_is_an_error(made: InMemorySpanExporter) -> None:
    """By its code; the next one begins a trace of its own."""
    one_job(Status.FAILED, "gate")
    one_job()
    first, second = (span for span in made.get_finished_spans() if span.name == "job")
    assert (first.status.status_code, first.status.description) == (StatusCode.ERROR, "gate")
    assert second.status.status_code is StatusCode.UNSET
    assert first.context.trace_id != second.context.trace_id


def test_a_running_system_sends_them_where_the_environment_says(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By OTLP over HTTP, before it ends, and with nothing that a customer wrote."""
    came: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server, stub(good) as model:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        llm = LlmSettings(provider="openai", base_url=model.base_url, model="stub")
        quiet = LogSettings(level="error")
        with Up(home.model_copy(update={"llm": llm, "log": quiet}), Hook()) as system:
            job = write_drop({"description": WORDS, "name": "Jana"}, home.inbox_dir)
            until(lambda: (event := system.ledger.job(job)) and event.status is Status.COMPLETED)
        server.shutdown()
    batches = [ExportTraceServiceRequest.FromString(body) for body in came]
    spans = [
        span
        for batch in batches
        for resource in batch.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {span.name for span in spans} == {"job", "ai-call", *STAGES}
    assert sum(span.name == "ai-call" for span in spans) > 5
    for word in (b"Fern", b"fern", b"sourdough", b"541 234", b"Jana"):
        assert not any(word in body for body in came)


def test_without_a_collector_nothing_of_it_is_loaded(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by `up` nor by its imports; with one, but without the extra, that is said."""
    code = "import sys, protogen.cli; sys.exit('opentelemetry.sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent).returncode == 0
    monkeypatch.delenv(ENDPOINT, raising=False)
    with Up(home, Hook()) as system:
        assert system._spans is None


def test_a_missing_extra_is_said(
    home: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, and everything else runs."""
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "protogen.logs.spans", None)
    llm = LlmSettings(provider="none")
    with Up(home.model_copy(update={"llm": llm}), Hook()) as system:
        assert system._spans is None
    assert "pip install 'protogen[otel]'" in caplog.text
