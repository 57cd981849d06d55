"""The spine of the pipeline: a stage takes the draft so far and gives back a fuller one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from protogen.draft import Draft
from protogen.llm.writer import Writer

Stage = Callable[[Draft, Writer], Draft]
Fallback = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class Step:
    """A stage by name, and what makes the same value without the model.

    `seconds` is what the stage needs at least: the time that the stages before it leave to it.
    """

    name: str
    write: Stage
    fall_back: Fallback
    seconds: float
