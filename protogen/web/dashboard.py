"""The dashboard, `/ops`: what waits, what runs, how long it takes, what it costs and what went wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from protogen.job import JOB_ID, Event, Rung, Status
from protogen.ledger import Ledger
from protogen.live import Live
from protogen.web import charts
from protogen.web.actions import page
from protogen.web.desk import Desk
from protogen.web.figures import LAST, FigureReader, Figures
from protogen.web.hosts import is_project_id
from protogen.web.signin import admitted
from protogen.web.words import STAGES

ROWS = 25
_SEARCHED_UP_TO = 80
_BIN = 10
_SPEEDS = 60
_SERIES = (("AI’s markup", "markup"), ("AI’s words", "fields"), ("kit alone", "template"))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list of jobs."""

    event: Event
    project: str


class Dashboard:
    """The operator's first page, and its live part alone for the script that keeps it fresh."""

    def __init__(self, desk: Desk, records: Ledger, live: Live) -> None:
        self._desk = desk
        self._live = live
        self._records = records
        self._reader = FigureReader(desk.settings, records)

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [Route("/ops", self.whole), Route("/ops/live", self.live)]

    async def whole(self, request: Request) -> Response:
        """The page."""
        return await self._answer(request, "ops.html.j2")

    async def live(self, request: Request) -> Response:
        """What changes of it; 401 where the session is over, so that the script stops."""
        self._desk.operator.demand(request)
        return await self._answer(request, "ops-live.html.j2")

    async def _answer(self, request: Request, template: str) -> Response:
        if away := admitted(self._desk, request):
            return away
        query = request.query_params.get("q", "").strip()[:_SEARCHED_UP_TO]
        figures = await to_thread.run_sync(self._reader.figures)
        rows = await to_thread.run_sync(self._found, query)
        return page(
            self._desk,
            request,
            template,
            figures=figures,
            steps={event.job: self._live.running(event.job) for event in figures.running},
            left=self._live.seconds_left,
            charts=charts_of(figures),
            rows=rows,
            query=query,
            ago=lambda at: ago(figures.at - at),
            size=size_text,
            stage_names=STAGES,
            last=LAST,
        )

    def _found(self, query: str) -> list[Row]:
        return [Row(event, self._records.project_of(event.job) or "") for event in self._events(query)]

    def _events(self, query: str) -> list[Event]:
        """The last jobs; with a query those of that id, status, error code or site."""
        records, query = self._records, query.lower()
        if not query:
            return records.jobs(limit=ROWS)
        if JOB_ID.fullmatch(query):
            return [event] if (event := records.job(query)) else []
        if query in list(Status):
            return records.jobs(Status(query), ROWS)
        found = {
            event.job: event
            for event in records.jobs(limit=LAST)
            if event.job.startswith(query) or query in event.error.lower()
        }
        for project in self._projects(query)[: ROWS - min(ROWS, len(found))]:
            version = records.newest_version(project)
            event = records.job(version.job) if version else None
            if event:
                found[event.job] = event
        return list(found.values())[:ROWS]

    def _projects(self, query: str) -> list[str]:
        names = os.scandir(self._desk.settings.published_dir)
        return sorted(each.name for each in names if query in each.name and is_project_id(each.name))


def charts_of(figures: Figures) -> dict[str, charts.Chart | None]:
    """The dashboard's charts, by name; None for one without figures."""
    return {
        "status": _by_status(figures),
        "times": _times(figures.seconds) if figures.seconds else None,
        "rungs": _rungs(figures) if figures.rungs else None,
        "speed": _speed(figures) if len(figures.speeds) > 1 else None,
    }


def _by_status(figures: Figures) -> charts.Chart:
    given = [
        charts.Bar(status.value, figures.counts[status], f"{figures.counts[status]:,}", status.value)
        for status in Status
    ]
    return charts.bars("status", "Jobs by status", ("Status", "Jobs"), given)


def _times(seconds: list[float]) -> charts.Chart:
    last = 12
    bins = [0] * (last + 1)
    for value in seconds:
        bins[min(last, int(value // _BIN))] += 1
    given = [
        charts.Bar(
            f"{n * _BIN}" if n < last else f"{last * _BIN}+", count, f"{count}", "late" if n == last else ""
        )
        for n, count in enumerate(bins)
    ]
    high = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    says = f"Seconds from claim to published: half of the sites within {median(seconds):.0f}, 95 % within {high:.0f}"
    return charts.columns("times", says, ("Seconds from", "Sites"), given, every=2)


def _rungs(figures: Figures) -> charts.Chart:
    rungs = (Rung.MARKUP, Rung.FIELDS, Rung.TEMPLATE)
    given = [
        (STAGES.get(name, name).split(" ")[-1], [counts[rung] for rung in rungs])
        for name, counts in figures.rungs.items()
    ]
    head = ("Stage", *(name for name, _ in _SERIES))
    return charts.stacked("rungs", "Share of each rung, by stage", head, _SERIES, given)


def _speed(figures: Figures) -> charts.Chart:
    given = [
        charts.Bar(f"{at:%-d %b, %H:%M}", speed, f"{speed:.1f}") for at, speed in figures.speeds[-_SPEEDS:]
    ]
    says = f"Tokens written a second, by site: {median(bar.value for bar in given):.1f} in the middle"
    return charts.line("speed", says, ("Site of", "Tokens a second"), given, "tokens/s")


def ago(span: timedelta) -> str:
    """A span of time in words: `40 s`, `12 min`, `5 h`, `3 days`."""
    seconds = max(0, int(span.total_seconds()))
    for limit, unit, word in ((90, 1, "s"), (90 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{seconds // unit}\u00a0{word}"
    return f"{seconds // 86_400}\u00a0days"


def size_text(size: float) -> str:
    """Bytes in words: `912 B`, `4.2 MB`, `1.1 GB`."""
    for word in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f}\u00a0{word}" if size >= 100 or word == "B" else f"{size:.1f}\u00a0{word}"
        size /= 1000
    return f"{size:.1f}\u00a0TB"
