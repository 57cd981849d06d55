"""What a site says of how it was made: `metadata.json` for everybody, `record.json` for the operator."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from protogen import __version__
from protogen.checks.facts import fold
from protogen.draft import Draft, Fact
from protogen.job import Rung
from protogen.llm.writer import Exchange
from protogen.pipeline.objections import counted
from protogen.pipeline.reading import read
from protogen.pipeline.structure import sections_above
from protogen.site.render import render_section, visible_text
from protogen.site.variants import choose_variants

TECHNOLOGY = ("HTML", "CSS", "JavaScript")


def metadata(draft: Draft, seconds: float) -> dict[str, Any]:
    """The public record of a finished draft; `seconds` from claim to now. Neither job nor brief is in it."""
    assert draft.brief is not None
    assert draft.page is not None
    assert draft.site is not None
    text = page_text(draft)
    return {
        "project_id": draft.project_id,
        "title": draft.site.title,
        "description": draft.site.description,
        "language": draft.brief.language,
        "technology_stack": list(TECHNOLOGY),
        "created_at": iso(draft.created_at),
        "expires_at": iso(draft.expires_at),
        "generation_time": round(seconds, 3),
        "file_size": draft.site.size,
        "stages": [dataclasses.asdict(trace) for trace in draft.traces],
        "ai_share": round(ai_share(draft, text), 3),
        "ai_sections": round(sections_above(draft.page.sections), 3),
        "degraded": degraded(draft),
        "facts": {
            "kept": len(draft.brief.facts) - len(facts_missing(draft, text)),
            "of": len(draft.brief.facts),
            "removed": len(draft.removed),
        },
        "checks": {"gate": "passed", "pages": len(draft.page.pages), "bytes": draft.site.size},
        "generator": f"protogen {__version__}",
    }


def record(draft: Draft, exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Everything: the brief, each section with its rung, what was removed and why, every prompt and answer."""
    assert draft.brief is not None
    assert draft.page is not None
    sections = draft.page.sections
    if draft.theme:
        sections = choose_variants(sections, draft.theme.direction, draft.seed)
    return {
        "project_id": draft.project_id,
        "seed": draft.seed,
        "brief": dataclasses.asdict(draft.brief),
        "notes": list(draft.submission.notes),
        "sections": [
            {
                key: getattr(section, key)
                for key in ("id", "kind", "variant", "page", "rung", "reason", "written")
            }
            for section in sections
        ],
        "theme": {"direction": draft.theme.direction, "scheme": draft.theme.scheme, "rung": draft.theme.rung}
        if draft.theme
        else {},
        "missing": [f"{fact.kind} {fact.value}" for fact in facts_missing(draft, page_text(draft))],
        "removed": [str(refusal) for refusal in draft.removed],
        "refused": counted(draft.removed),
        "stages": [dataclasses.asdict(trace) for trace in draft.traces],
        "exchanges": [_exchange(exchange) for exchange in exchanges],
    }


def to_json(value: dict[str, Any]) -> bytes:
    """UTF-8 JSON for people and programs: indented, keys in order, a line end."""
    return (json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with a Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def page_text(draft: Draft) -> str:
    """The words of all sections that a visitor sees: what the shares and counts are taken of."""
    assert draft.page is not None
    return " ".join(visible_text(render_section(section, draft)) for section in draft.page.sections)


def ai_share(draft: Draft, text: str) -> float:
    """Of the words of `text`, the page's, the share that the model wrote and neither request nor kit has."""
    assert draft.page is not None
    source = fold(read(draft.submission).text)
    visible = len(_words(text))
    written = sum(
        len(_words(text)) for s in draft.page.sections for text in s.written if fold(text) not in source
    )
    return min(1.0, written / visible) if visible else 0.0


def degraded(draft: Draft) -> bool:
    """True where the model was away or too slow for a part that it could have written."""
    assert draft.page is not None
    lower = [section for section in draft.page.sections if section.reason and not section.written]
    own_choice = all(
        "does not write" in section.reason or "nothing-usable" in section.reason for section in lower
    )
    fallen = [t for t in draft.traces if t.name != "structure" and t.rung is Rung.TEMPLATE and t.reason]
    stages = [trace.reason for trace in fallen]
    return (bool(lower) and not own_choice) or any(
        not reason.startswith(("language", "nothing-usable", "nothing-said")) for reason in stages
    )


def facts_missing(draft: Draft, text: str) -> list[Fact]:
    """The customer's facts that do not stand in `text`, the page's."""
    assert draft.brief is not None
    page = _bare(text)
    return [fact for fact in draft.brief.facts if _bare(fact.value) not in page]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "stage": exchange.stage,
        "part": exchange.part,
        "role": exchange.role,
        "provider": exchange.provider,
        "question": exchange.messages[-1]["content"],
        "answer": dataclasses.asdict(exchange.answer) if exchange.answer else None,
        "error": exchange.error,
    }
