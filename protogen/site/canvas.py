"""A small canvas for SVG: shapes named by their part in the picture, coloured by art.css."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

Point = tuple[float, float]


class Canvas:
    """A picture of `width` by `height` being drawn. Parts are main, second, deep, light and ground.

    `random` is the picture's own source of chance; the same seed draws the same picture.
    """

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.width = width
        self.height = height
        self.random = random.Random(seed)
        self._parts: list[str] = []

    @property
    def short(self) -> float:
        """The shorter side: the measure of shapes."""
        return float(min(self.width, self.height))

    @property
    def centre(self) -> Point:
        """The middle of the picture."""
        return self.width / 2, self.height / 2

    def aside(self) -> float:
        """Where one great shape stands across: a little right of the middle on wide pictures, else in it."""
        return self.width * (0.5 + (self.random.uniform(0.02, 0.08) if self.width > self.height else 0))

    def fill(self, path: str, part: str, *, opacity: float = 1) -> None:
        """A filled path (SVG path data)."""
        self._parts.append(f'<path class="art-f-{part}"{_opacity(opacity)} d="{path}"/>')

    def stroke(
        self, path: str, part: str, width: float, *, cap: str = "round", dash: str = "", opacity: float = 1
    ) -> None:
        """A stroked path; `dash` as SVG's stroke-dasharray."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path class="art-s-{part}" stroke-width="{num(width)}" stroke-linecap="{cap}"{dashes}'
            f'{_opacity(opacity)} d="{path}"/>'
        )

    def circle(self, x: float, y: float, radius: float, part: str, *, opacity: float = 1) -> None:
        """A filled disc."""
        self._parts.append(
            f'<circle class="art-f-{part}"{_opacity(opacity)} cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"/>'
        )

    def ring(self, x: float, y: float, radius: float, part: str, width: float, *, opacity: float = 1) -> None:
        """A stroked circle."""
        self._parts.append(
            f'<circle class="art-s-{part}" stroke-width="{num(width)}"{_opacity(opacity)}'
            f' cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        part: str,
        *,
        round_: float = 0,
        opacity: float = 1,
    ) -> None:
        """A filled rectangle, its corners rounded by `round_`."""
        corner = f' rx="{num(round_)}"' if round_ else ""
        self._parts.append(
            f'<rect class="art-f-{part}"{_opacity(opacity)} x="{num(x)}" y="{num(y)}"'
            f' width="{num(width)}" height="{num(height)}"{corner}/>'
        )

    def svg(self, mood: int, *, ground: bool = True, near: float = 1, eye: Point = (0.5, 0.5)) -> str:
        """The picture as inline SVG, hidden from screen readers: it says nothing that the text does not.

        `near` above 1 shows only a part, that many times as large, around `eye` (shares of width and height).
        """
        back = f'<path class="art-f-ground" d="M0 0h{self.width}v{self.height}H0z"/>' if ground else ""
        width, height = self.width / near, self.height / near
        x, y = (self.width - width) * eye[0], (self.height - height) * eye[1]
        view = " ".join(map(num, (x, y, width, height)))
        return (
            f'<svg class="art art-{mood}" viewBox="{view}"'
            f' preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">'
            f"{back}{''.join(self._parts)}</svg>"
        )


def num(value: float) -> str:
    """A coordinate to a tenth."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _opacity(value: float) -> str:
    return "" if value >= 1 else f' opacity="{value:.2f}"'


def trail(*parts: str | Point) -> str:
    """Path data from commands and points in turn: `trail("M", (0, 0), "Q", (5, 9), (9, 9), "z")`."""
    return " ".join(part if isinstance(part, str) else _xy(part) for part in parts)


def poly(points: Sequence[Point], *, closed: bool = True) -> str:
    """Straight lines through the points."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + ("z" if closed else "")


def smooth(points: Sequence[Point], *, closed: bool = True, tension: float = 1.0) -> str:
    """A curve through the points: Catmull-Rom, written as cubic Béziers."""
    count = len(points)

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    path = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for index in range(count if closed else count - 1):
        before, start, end, after = (at(index + step) for step in (-1, 0, 1, 2))
        first = (start[0] + (end[0] - before[0]) / 6 * tension, start[1] + (end[1] - before[1]) / 6 * tension)
        then = (end[0] - (after[0] - start[0]) / 6 * tension, end[1] - (after[1] - start[1]) / 6 * tension)
        path.append("C" + " ".join(f"{num(x)} {num(y)}" for x, y in (first, then, end)))
    return "".join(path) + ("z" if closed else "")


def polar(x: float, y: float, radius: float, angle: float) -> Point:
    """The point at `angle` (degrees, clockwise from the right) and `radius` around x, y."""
    turn = math.radians(angle)
    return x + radius * math.cos(turn), y + radius * math.sin(turn)


def blob(
    chance: random.Random,
    x: float,
    y: float,
    wide: float,
    high: float,
    *,
    rough: float = 0.08,
    knots: int = 9,
) -> list[Point]:
    """Knots of a soft closed form around x, y: an ellipse pushed in and out by up to `rough`."""
    start = chance.uniform(0, 360)
    points = []
    for index in range(knots):
        reach = 1 + chance.uniform(-rough, rough)
        turn = math.radians(start + 360 / knots * index)
        points.append((x + wide * reach * math.cos(turn), y + high * reach * math.sin(turn)))
    return points


def rotate(points: Sequence[Point], x: float, y: float, angle: float) -> list[Point]:
    """The points turned by `angle` degrees around x, y."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return [(x + (px - x) * cos - (py - y) * sin, y + (px - x) * sin + (py - y) * cos) for px, py in points]


def leaf(base: Point, tip: Point, width: float, *, bend: float = 0.0) -> str:
    """A leaf from base to tip, `width` across, its belly pushed sideways by `bend` of its length."""
    (bx, by), (tx, ty) = base, tip
    dx, dy = tx - bx, ty - by
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length

    def out(along: float, side: float) -> Point:
        return bx + dx * along + nx * side, by + dy * along + ny * side

    push = bend * length
    left = (out(0.22, width * 0.62 + push), out(0.72, width * 0.5 + push))
    right = (out(0.72, -width * 0.5 + push), out(0.22, -width * 0.62 + push))
    return (
        f"M{num(bx)} {num(by)}C{_xy(left[0])} {_xy(left[1])} {num(tx)} {num(ty)}"
        f"C{_xy(right[0])} {_xy(right[1])} {num(bx)} {num(by)}z"
    )


def arc_ring(x: float, y: float, inner: float, outer: float, start: float, end: float) -> str:
    """A piece of a ring between two radii and two angles, as a filled path."""
    large = int(end - start > 180)
    a, b = polar(x, y, outer, start), polar(x, y, outer, end)
    c, d = polar(x, y, inner, end), polar(x, y, inner, start)
    return (
        f"M{_xy(a)}A{num(outer)} {num(outer)} 0 {large} 1 {_xy(b)}"
        f"L{_xy(c)}A{num(inner)} {num(inner)} 0 {large} 0 {_xy(d)}z"
    )


def _xy(point: Point) -> str:
    return f"{num(point[0])} {num(point[1])}"
