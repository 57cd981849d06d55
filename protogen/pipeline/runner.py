"""The way of one submission: five steps in order, each with its fallback, under one deadline."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Iterator, Sequence

from protogen.draft import Draft
from protogen.hooks import Hook
from protogen.job import Rung, StageTrace
from protogen.llm.writer import Cancelled, LlmError, Writer
from protogen.logs import error_kind, get_logger
from protogen.pipeline import behaviour, brief, content, structure, style
from protogen.pipeline.stage import Step

log = get_logger(__name__)
rungs = list(Rung)

STEPS: tuple[Step, ...] = (
    Step("brief", brief.write, brief.fall_back, seconds=0),
    Step("structure", structure.write, structure.fall_back, seconds=0),
    Step("style", style.write, style.fall_back, seconds=6),
    Step("behaviour", behaviour.write, behaviour.fall_back, seconds=5),
    Step("content", content.write, content.fall_back, seconds=9),
)


def run(
    draft: Draft, writer: Writer, hook: Hook, job: str = "", steps: Sequence[Step] = STEPS
) -> Iterator[Draft]:
    """The draft after each step; the last one has its site. Raises Cancelled when the program is stopping.

    Whatever happens to the model, a site comes out: a step that fails is done by its fallback and says why.
    """
    for n, step in enumerate(steps):
        hook.stage_started(job, step.name, n, len(steps))
        later = sum(other.seconds for other in steps[n + 1 :])
        draft = _run_step(step, draft, writer, later, hook, job)
        hook.stage_finished(job, draft.traces[-1])
        yield draft


def _run_step(step: Step, draft: Draft, writer: Writer, later: float, hook: Hook, job: str) -> Draft:
    begin, before, refused = time.monotonic(), len(writer.exchanges), len(writer.refused)
    writer.stage = step.name
    writer.asking = lambda part: hook.stage_progress(job, step.name, part)
    reason = ""
    try:
        with writer.keeping(later):
            result = step.write(draft, writer)
    except Cancelled:
        raise
    except LlmError as error:
        reason = error.code
        result = step.fall_back(draft)
    except Exception as error:  # a fault of ours must not cost the customer the page; it is logged and traced
        reason = f"internal-{type(error).__name__}"
        log.exception("stage-failed", stage=step.name, error=error_kind(error))
        result = step.fall_back(draft)
    exchanges = writer.exchanges[before:]
    answers = [e.answer for e in exchanges if e.answer]
    answered = [(e.provider, e.answer.model) for e in exchanges if e.answer and not e.error]
    rung = rung_of(step.name, result) if not reason else Rung.TEMPLATE
    trace = StageTrace(
        name=step.name,
        rung=rung,
        model=_named(model for _, model in answered),
        prompt_tokens=sum(a.prompt_tokens for a in answers),
        completion_tokens=sum(a.completion_tokens for a in answers),
        ms=round((time.monotonic() - begin) * 1000),
        retries=sum(e.part.endswith(" again") for e in exchanges),
        reason=reason or "; ".join(filter(None, (_reasons(step.name, result), *writer.refused[refused:]))),
        provider=_named(provider for provider, _ in answered),
    )
    return dataclasses.replace(result, traces=(*_lowered(draft.traces, result), trace))


def _named(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, names)))


def _lowered(traces: Sequence[StageTrace], result: Draft) -> list[StageTrace]:
    """The traces so far, true again where the finished site had to leave out what an earlier stage had made."""
    now = [rung_of(trace.name, result) for trace in traces]
    return [
        dataclasses.replace(trace, rung=rung, reason=trace.reason or "gate")
        if trace.name != "brief" and rungs.index(rung) > rungs.index(trace.rung)
        else trace
        for trace, rung in zip(traces, now, strict=True)
    ]


def rung_of(stage: str, draft: Draft) -> Rung:
    """The highest rung that a part of the stage stands on."""
    if stage == "structure" and draft.page:
        return min((section.rung for section in draft.page.sections), key=rungs.index, default=Rung.TEMPLATE)
    value = {"style": draft.theme, "behaviour": draft.behaviour, "content": draft.copy}.get(stage)
    return value.rung if value else Rung.FIELDS  # a brief that raised nothing has the model's words in it


def _reasons(stage: str, draft: Draft) -> str:
    """Why sections stand lower than the first rung tried, or the words of the whole site were taken back."""
    if stage == "content" and draft.copy and draft.copy.rung is Rung.TEMPLATE:
        return "gate"
    if stage != "structure" or draft.page is None:
        return ""
    return "; ".join(f"{section.id} {section.reason}" for section in draft.page.sections if section.reason)
