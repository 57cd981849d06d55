"""Charts as inline SVG, made here: geometry only, drawn by `charts.html.j2`, each with a table of the same figures.

Lengths are in units of a view box `WIDTH` wide; colours are classes of the style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 360.0
_LABEL = 108.0
_BAR = 22.0
_GAP = 10.0
_PLOT = 130.0
_FOOT = 20.0
_HEAD = 16.0
_RIGHT = 46.0


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle with a tip that a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A piece of text at its base line; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, what it says in a sentence, and its figures as a table; without `rows` there is nothing yet."""

    name: str
    says: str
    height: float
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: str = ""
    series: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, the value in words, and its colour's class."""

    label: str
    value: float
    text: str
    kind: str = ""


def bars(name: str, says: str, head: Sequence[str], given: Sequence[Bar]) -> Chart:
    """Lying bars, one a line, as long as the greatest value allows."""
    most = max((bar.value for bar in given), default=0) or 1
    room = WIDTH - _LABEL - _RIGHT
    boxes, labels = [], []
    for n, bar in enumerate(given):
        y = n * (_BAR + _GAP)
        length = max(2.0, room * bar.value / most) if bar.value else 0.0
        boxes.append(_box(_LABEL, y, length, _BAR, bar.kind, f"{bar.label}: {bar.text}"))
        labels.append(Label(0, y + 15, bar.label))
        labels.append(Label(_one(_LABEL + length + 6), y + 15, bar.text, kind="value"))
    rows = tuple((bar.label, bar.text) for bar in given)
    return Chart(
        name, says, max(1, len(given)) * (_BAR + _GAP) - _GAP, tuple(boxes), tuple(labels), tuple(head), rows
    )


def columns(name: str, says: str, head: Sequence[str], given: Sequence[Bar], every: int = 1) -> Chart:
    """Standing columns side by side; every `every`-th has its label below."""
    most = max((bar.value for bar in given), default=0) or 1
    step = WIDTH / max(1, len(given))
    boxes, labels = [], []
    for n, bar in enumerate(given):
        tall = _PLOT * bar.value / most
        tip = f"{bar.label}: {bar.text}"
        boxes.append(_box(n * step + 1, _HEAD + _PLOT - tall, step - 2, tall, bar.kind, tip))
        if n % every == 0:
            labels.append(Label(_one(n * step + step / 2), _HEAD + _PLOT + 15, bar.label, "middle"))
        if bar.value == most:
            labels.append(Label(_one(n * step + step / 2), _HEAD - 4, bar.text, "middle", "value"))
    rows = tuple((bar.label, bar.text) for bar in given)
    return Chart(name, says, _HEAD + _PLOT + _FOOT, tuple(boxes), tuple(labels), tuple(head), rows)


def stacked(
    name: str,
    says: str,
    head: Sequence[str],
    series: Sequence[tuple[str, str]],
    given: Sequence[tuple[str, Sequence[int]]],
) -> Chart:
    """Lying bars of one length, each divided by its values; `series` are their names and colours' classes."""
    room = WIDTH - _LABEL
    boxes, labels, rows = [], [], []
    for n, (label, values) in enumerate(given):
        y, x, whole = n * (_BAR + _GAP), _LABEL, sum(values) or 1
        labels.append(Label(0, y + 15, label))
        for (what, kind), value in zip(series, values, strict=True):
            boxes.append(
                _box(x, y, room * value / whole, _BAR, kind, f"{label}, {what}: {_share(value, whole)}")
            )
            x += room * value / whole
        rows.append((label, *(f"{value} ({_share(value, whole)})" for value in values)))
    height = max(1, len(given)) * (_BAR + _GAP) - _GAP
    return Chart(
        name,
        says,
        height,
        tuple(boxes),
        tuple(labels),
        tuple(head),
        tuple(rows),
        series=tuple(series),
    )


def line(name: str, says: str, head: Sequence[str], given: Sequence[Bar], unit: str) -> Chart:
    """A line through values in their order, from zero up."""
    most = max((bar.value for bar in given), default=0) or 1
    step = WIDTH / max(1, len(given) - 1)
    points = " ".join(
        f"{_one(n * step)},{_one(_HEAD + _PLOT * (1 - bar.value / most))}" for n, bar in enumerate(given)
    )
    labels = [Label(0, _HEAD - 4, f"{most:.1f} {unit}", kind="value")]
    if given:
        labels.append(Label(0, _HEAD + _PLOT + 15, given[0].label))
        labels.append(Label(WIDTH, _HEAD + _PLOT + 15, given[-1].label, "end"))
    floor = (_box(0, _HEAD + _PLOT, WIDTH, 1, "floor", ""),)
    rows = tuple((bar.label, bar.text) for bar in given)
    return Chart(name, says, _HEAD + _PLOT + _FOOT, floor, tuple(labels), tuple(head), rows, points)


def _box(x: float, y: float, width: float, height: float, kind: str, tip: str) -> Box:
    return Box(_one(x), _one(y), _one(max(0.0, width)), _one(max(0.0, height)), kind, tip)


def _one(value: float) -> float:
    return round(value, 1)


def _share(value: int, whole: int) -> str:
    return f"{100 * value / whole:.0f} %"
