"""OpenTelemetry spans, made of the log's events: one a job, with a child a stage, and below it one a call of the model.

An extra: `pip install 'protogen[otel]'`. Spans go where `OTEL_EXPORTER_OTLP_ENDPOINT` says
(https://opentelemetry.io/docs/specs/otel/protocol/exporter/); without it nothing is made or sent. As they have nothing
but fields of the log, no word of a customer's is in them either.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from protogen.logs import take
from protogen.logs.safe import fields_of

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_EXPORT_SECONDS = 3
Fields = Mapping[str, Any]


def exporting() -> Spans:
    """Spans that are sent where the environment says."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    name = os.environ.get("OTEL_SERVICE_NAME", "protogen")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=_EXPORT_SECONDS)))
    return Spans(provider)


class Spans(logging.Handler):
    """Makes spans of what is logged from `open` to `shut`. An event that tells how long something took is its end."""

    def __init__(self, provider: TracerProvider) -> None:
        super().__init__(logging.INFO)
        self._provider = provider
        self._tracer = provider.get_tracer("protogen")
        self._job: Span | None = None
        self._calls: list[tuple[Fields, float]] = []
        self._end: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Begin."""
        self._end = take(self)

    def shut(self) -> None:
        """Send what is left, and end."""
        self._end()
        self._end_job({}, None)
        self._provider.shutdown()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one event."""
        fields = fields_of(record)
        match fields.get("event"):
            case "job-started":
                self._end_job({}, record.created)
                self._job = self._tracer.start_span(
                    "job", start_time=_ns(record.created), attributes=_attributes(fields)
                )
            case "ai-call":
                self._calls.append((fields, record.created))
            case "attachments-read":
                self._child("attachments", fields, record.created, self._job)
            case "stage-finished":
                self._stage(fields, record.created)
            case "job-finished":
                self._end_job(fields, record.created)

    def _stage(self, fields: Fields, at: float) -> None:
        start = at - fields.get("ms", 0) / 1000
        span = self._span(str(fields["stage"]), fields, start, self._job)
        for call, ended in self._calls:
            self._child("ai-call", call, ended, span)
        self._calls = []
        span.end(_ns(at))

    def _child(self, name: str, fields: Fields, at: float, parent: Span | None) -> None:
        span = self._span(name, fields, at - fields.get("ms", 0) / 1000, parent)
        _mark(span, fields)
        span.end(_ns(at))

    def _span(self, name: str, fields: Fields, start: float, parent: Span | None) -> Span:
        context = set_span_in_context(parent) if parent else None
        return self._tracer.start_span(name, context, start_time=_ns(start), attributes=_attributes(fields))

    def _end_job(self, fields: Fields, at: float | None) -> None:
        for call, ended in self._calls:  # of a stage that did not come to its end
            self._child("ai-call", call, ended, self._job)
        self._calls = []
        if self._job:
            self._job.set_attributes(_attributes(fields))
            _mark(self._job, fields)
            self._job.end(_ns(at) if at is not None else None)
        self._job = None


def _mark(span: Span, fields: Fields) -> None:
    if error := fields.get("error"):
        span.set_status(Status(StatusCode.ERROR, str(error)))


def _attributes(fields: Fields) -> dict[str, Any]:
    """The fields under a prefix of our own (https://opentelemetry.io/docs/specs/semconv/general/naming/)."""
    return {
        f"protogen.{name}": value
        for name, value in fields.items()
        if name not in ("event", "message") and isinstance(value, str | int | float)
    }


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
