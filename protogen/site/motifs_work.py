"""Motifs of work, tools and things built."""

from __future__ import annotations

import math
from itertools import pairwise

from protogen.site.canvas import Canvas, Point, num, polar, poly, rotate, smooth, trail


def pipes(c: Canvas) -> None:
    """One run of pipe over a grid, flanged where it runs straight, a drop where it leaks."""
    chance = c.random
    cell = c.short / 4
    columns, rows = math.ceil(c.width / cell), int(c.height / cell)
    thick = cell * 0.5
    high = chance.random() < 0.5
    row = chance.randrange(0, 2) if high else rows - 2
    run: list[Point] = [(-cell, (row + 0.5) * cell)]
    for column in range(1 if columns % 2 else 0, columns, 2):
        run.append(((column + 0.5) * cell, (row + 0.5) * cell))
        high = not high
        row = chance.randrange(0, 2) if high else rows - 2
        run.append(((column + 0.5) * cell, (row + 0.5) * cell))
    run.append((c.width + cell, (row + 0.5) * cell))
    _grid(c, cell)
    path = _bent(run, cell * 0.55)
    c.stroke(path, "deep", thick, cap="butt")
    c.stroke(path, "main", thick * 0.82, cap="butt")
    shine = [(x - thick * 0.14, y - thick * 0.14) for x, y in run]
    c.stroke(_bent(shine, cell * 0.55), "light", thick * 0.1, cap="butt", opacity=0.75)
    for start, end in pairwise(run):
        _flange(c, start, end, thick, cell)
    _drop(c, run[3][0] - cell, c.height - cell * 0.5, cell * 0.28)


def _flange(c: Canvas, start: Point, end: Point, thick: float, cell: float) -> None:
    if math.dist(start, end) < cell * 1.9:
        return
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    wide, high = (0.34, 1.36) if start[1] == end[1] else (1.36, 0.34)
    c.box(x - wide * thick / 2, y - high * thick / 2, wide * thick, high * thick, "deep", round_=4)


def _grid(c: Canvas, cell: float) -> None:
    for column in range(math.ceil(c.width / cell) + 1):
        for row in range(math.ceil(c.height / cell) + 1):
            c.circle(column * cell, row * cell, c.short * 0.006, "second")


def _bent(points: list[Point], radius: float) -> str:
    """A line through the points with round bends."""
    bends: list[str | Point] = []
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        bends += ["L", _towards(corner, before, radius), "Q", corner, _towards(corner, after, radius)]
    return trail("M", points[0], *bends, "L", points[-1])


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    share = min(distance / length, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _drop(c: Canvas, x: float, y: float, size: float) -> None:
    tip, round_ = (x, y - size * 1.3), y + size * 0.3
    right = ((x + size * 0.3, y - size * 0.7), (x + size, y - size * 0.3), (x + size, round_))
    left = ((x - size, y - size * 0.3), (x - size * 0.3, y - size * 0.7), tip)
    arc = f"A {num(size)} {num(size)} 0 0 1"
    c.fill(trail("M", tip, "C", *right, arc, (x - size, round_), "C", *left, "z"), "deep")


def blocks(c: Canvas) -> None:
    """Blocks stacked in isometric view, steps rising."""
    chance = c.random
    side = c.short * 0.13
    across, up = side * math.cos(math.pi / 6), side * 0.5
    size = 3
    heights = [[max(1, 4 - a - b + chance.choice((0, 0, 1))) for b in range(size)] for a in range(size)]
    x0, y0 = c.width / 2, c.height * 0.62
    for a in range(size):
        for b in range(size):
            for level in range(heights[a][b]):
                x = x0 + (a - b) * across
                y = y0 + (a + b) * up - level * side
                _cube(c, x, y, across, up, side)


def _cube(c: Canvas, x: float, y: float, across: float, up: float, side: float) -> None:
    top, right, left = (x, y - up), (x + across, y), (x - across, y)
    front = (x, y + up)
    c.fill(poly([top, right, front, left]), "light")
    c.fill(poly([left, front, (x, y + up + side), (x - across, y + side)]), "main")
    c.fill(poly([front, right, (x + across, y + side), (x, y + up + side)]), "deep")


def houses(c: Canvas) -> None:
    """A street of gables, one door in the accent."""
    chance = c.random
    floor = c.height * 0.88
    count = 4 if c.width > c.height else 3
    wide = c.width / count
    lit = chance.randrange(count)
    c.circle(c.width * chance.uniform(0.2, 0.8), c.height * 0.24, c.short * 0.11, "second")
    for index in range(count):
        x = wide * index
        high = c.height * chance.uniform(0.36, 0.56)
        eaves, ridge = floor - high, floor - high - wide * chance.uniform(0.3, 0.5)
        part = "main" if index == lit else ("deep", "second")[index % 2]
        c.fill(
            poly([(x, floor), (x, eaves), (x + wide / 2, ridge), (x + wide, eaves), (x + wide, floor)]), part
        )
        pane = wide * 0.15
        for row in range(int((high - wide * 0.5) / (pane * 1.9)) + 1):
            for column in range(2):
                left = x + wide * (0.2 + 0.45 * column)
                c.box(left, eaves + pane * 0.5 + row * pane * 1.9, pane, pane * 1.2, "light")
        c.box(
            x + wide * 0.38,
            floor - wide * 0.4,
            wide * 0.24,
            wide * 0.4,
            "light" if index != lit else "deep",
            round_=3,
        )
    c.box(0, floor, c.width, c.height - floor, "deep")


def wheel(c: Canvas) -> None:
    """A wheel, cropped by the frame."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.54, c.short * 0.46
    c.circle(x, y, size * 1.06, "deep")
    for index in range(40):
        a, b = polar(x, y, size * 0.96, index * 9), polar(x, y, size * 1.05, index * 9 + 4)
        c.stroke(poly([a, b], closed=False), "ground", size * 0.03, cap="butt")
    c.circle(x, y, size * 0.78, "light")
    c.circle(x, y, size * 0.72, "main")
    turn, spokes = chance.uniform(0, 60), chance.choice((5, 6))
    for index in range(spokes):
        angle = turn + 360 / spokes * index
        gap = 180 / spokes
        hole = [polar(x, y, size * 0.26, angle), polar(x, y, size * 0.62, angle - gap * 0.62)]
        hole += [polar(x, y, size * 0.65, angle), polar(x, y, size * 0.62, angle + gap * 0.62)]
        c.fill(smooth(hole, tension=0.5), "deep")
    c.circle(x, y, size * 0.17, "light")
    c.circle(x, y, size * 0.08, "deep")


def traces(c: Canvas) -> None:
    """A chip and the traces that leave it, bending by 45 degrees."""
    chance = c.random
    x, y, size = c.width / 2, c.height / 2, c.short * 0.2
    pins = 6
    gap = size * 2 / (pins + 1)
    for side in range(4):
        for pin in range(pins):
            offset = -size + gap * (pin + 1)
            fan = (pin - (pins - 1) / 2) * c.short * chance.uniform(0.07, 0.09)
            run = c.short * (0.1 + 0.035 * abs(pin - (pins - 1) / 2) ** 1.2)
            out = c.width if side % 2 == 0 and c.width > c.height else c.short
            reach = out * (0.5 if pin % 3 else chance.uniform(0.3, 0.4))
            line = [
                (size, offset),
                (size + run, offset),
                (size + run + abs(fan), offset + fan),
                (reach + 20, offset + fan),
            ]
            turned = rotate([(x + px, y + py) for px, py in line], x, y, side * 90)
            part = "main" if pin % 2 else "second"
            c.stroke(poly(turned, closed=False), part, c.short * 0.011)
            if not pin % 3:
                c.circle(*turned[-1], c.short * 0.018, part)
                c.circle(*turned[-1], c.short * 0.008, "ground")
    c.box(x - size, y - size, size * 2, size * 2, "main", round_=size * 0.16)
    c.box(x - size * 0.62, y - size * 0.62, size * 1.24, size * 1.24, "ground", round_=size * 0.1)
    c.circle(x - size * 0.36, y - size * 0.36, size * 0.09, "main")


def aperture(c: Canvas) -> None:
    """The blades of a lens, nearly closed, filling the frame."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.5, c.short * 0.45
    blades = chance.choice((6, 7, 8))
    open_, turn = size * chance.uniform(0.3, 0.42), chance.uniform(0, 60)
    c.circle(x, y, size * 1.03, "deep")
    c.circle(x, y, size * 0.97, "ground")
    corners = [polar(x, y, open_, turn + 360 / blades * index) for index in range(blades)]
    edge = size * 0.94
    rims = [_on_rim((x, y), corners[at], corners[(at + 1) % blades], edge) for at in range(blades)]
    for at in range(blades):
        rim, following, beyond = rims[at], corners[(at + 1) % blades], rims[(at + 1) % blades]
        arc = f"A {num(edge)} {num(edge)} 0 0 0"
        c.fill(trail("M", rim, "L", following, "L", beyond, arc, rim, "z"), "main")
    for at in range(blades):
        c.stroke(poly([rims[at], corners[(at + 1) % blades]], closed=False), "ground", c.short * 0.009)
    c.circle(x + open_ * 0.2, y - open_ * 0.2, open_ * 0.3, "second", opacity=0.9)


def _on_rim(centre: Point, start: Point, away: Point, radius: float) -> Point:
    """Where the ray from `start`, heading away from `away`, meets the circle around `centre`."""
    length = math.dist(start, away)
    hx, hy = (start[0] - away[0]) / length, (start[1] - away[1]) / length
    px, py = start[0] - centre[0], start[1] - centre[1]
    dot = px * hx + py * hy
    along = math.sqrt(dot * dot - (px * px + py * py) + radius * radius) - dot
    return start[0] + hx * along, start[1] + hy * along


def bars(c: Canvas) -> None:
    """Steps that rise, the last one in another tone, a line drawn along them."""
    chance = c.random
    count = 6 if c.width > c.height else 5
    left, gap = c.width * 0.08, c.width * 0.016
    wide = (c.width - left * 2 - gap * (count - 1)) / count
    floor = c.height * 0.9
    tops: list[Point] = []
    for index in range(count):
        share = 0.16 + 0.66 * (index / (count - 1)) ** chance.uniform(1.15, 1.3)
        top = floor - c.height * share
        x = left + (wide + gap) * index
        c.box(x, top, wide, floor - top, "main" if index == count - 1 else "second" if index % 2 else "deep")
        tops.append((x + wide / 2, top - c.short * 0.07))
    c.box(left, floor, c.width - left * 2, c.short * 0.012, "deep")
    c.stroke(
        poly([*tops[:-1], (tops[-1][0] - wide * 0.62, tops[-1][1] + c.short * 0.05)], closed=False),
        "main",
        c.short * 0.012,
    )
    for x, y in tops[:-1]:
        c.circle(x, y, c.short * 0.019, "main")


def pulse(c: Canvas) -> None:
    """A soft cross, circles of care behind it."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.5, c.short * 0.3
    shift = size * chance.uniform(0.55, 0.75)
    c.circle(x - shift * 1.3, y + shift * 0.8, size * 1.05, "second")
    c.circle(x + shift * 1.35, y - shift * 0.8, size * 0.74, "light")
    arm = size * 0.62
    c.box(x - arm / 2, y - size, arm, size * 2, "main", round_=arm * 0.42)
    c.box(x - size, y - arm / 2, size * 2, arm, "main", round_=arm * 0.42)
    beat = [(-1.0, 0), (-0.42, 0), (-0.22, -0.36), (0.06, 0.4), (0.26, -0.1), (0.36, 0), (1.0, 0)]
    line = [(x + px * size * 0.78, y + py * size * 0.55) for px, py in beat]
    c.stroke(poly(line, closed=False), "ground", size * 0.07)


def bubbles(c: Canvas) -> None:
    """Soap: overlapping circles, each with its light."""
    chance = c.random
    big = ((0.54, 0.56, 0.31, "main"), (0.24, 0.68, 0.17, "second"), (0.8, 0.3, 0.14, "deep"))
    small = ((0.34, 0.24, 0.1, "main"), (0.86, 0.74, 0.09, "second"), (0.12, 0.34, 0.06, "deep"))
    for at, down, size, part in (*big, *small):
        x, y = c.width * at + chance.uniform(-14, 14), c.height * down + chance.uniform(-14, 14)
        radius = c.short * size
        c.circle(x, y, radius, part)
        light = [polar(x, y, radius * 0.74, angle) for angle in (196, 218, 240)]
        c.stroke(smooth(light, closed=False), "ground", radius * 0.1)
