"""Motifs of land, growth and sound."""

from __future__ import annotations

import math

from protogen.site.canvas import Canvas, Point, leaf, polar, poly, smooth, trail


def contours(c: Canvas) -> None:
    """A mountain as a map sees it: nested height lines, a summit, a dotted way up."""
    chance = c.random
    x, y = c.width * chance.uniform(0.52, 0.62), c.height * chance.uniform(0.42, 0.5)
    phases = [(k, chance.uniform(0.1, 0.26) / k**0.6, chance.uniform(0, 360)) for k in (2, 3, 5)]
    slope = chance.uniform(-0.25, 0.25)
    levels = 9

    def edge(level: float) -> list[Point]:
        size = c.short * (0.07 + 0.092 * level)
        drift = level * c.short * 0.028
        points = []
        for angle in range(0, 360, 18):
            bump = sum(a * math.sin(math.radians(k * angle + p + 16 * level)) for k, a, p in phases)
            points.append(polar(x - drift, y + drift * (0.6 + slope), size * (1 + bump), angle))
        return points

    for level in range(levels, 0, -1):
        part, opacity = ("main", 0.12 + 0.1 * (levels - level)) if level < 7 else ("second", 0.28)
        c.fill(smooth(edge(level)), part, opacity=min(opacity, 1))
    c.fill(smooth(edge(0.55)), "deep")
    way = [
        polar(x, y, c.short * (0.78 - 0.11 * step), 140 + 26 * math.sin(step * 1.5) - 6 * step)
        for step in range(7)
    ]
    dots = f"0 {c.short * 0.036:.0f}"
    c.stroke(smooth([*way, (x, y)], closed=False), "ground", c.short * 0.014, dash=dots)
    c.circle(x, y, c.short * 0.026, "ground")
    c.circle(*way[0], c.short * 0.02, "main")


def horizon(c: Canvas) -> None:
    """A sun in the sea: a disc cut by water."""
    chance = c.random
    x, line = c.width * chance.uniform(0.42, 0.6), c.height * 0.58
    radius = c.short * 0.36
    c.circle(x, line - radius * 0.16, radius, "main")
    c.box(0, line, c.width, c.height - line, "deep")
    for step in range(6):
        top = line + (c.height - line) * (0.06 + 0.16 * step)
        wide = radius * (1.7 - 0.22 * step) * chance.uniform(0.9, 1.1)
        high = c.short * (0.024 + 0.006 * step)
        shift = chance.uniform(-0.12, 0.12) * radius
        c.box(x - wide / 2 + shift, top, wide, high, "main", round_=high / 2)
    for step in range(3):
        high = c.short * 0.02
        at = x + (-1) ** step * radius * chance.uniform(0.55, 1.1)
        c.box(
            at - radius * 0.5, line - radius * (0.42 + 0.28 * step), radius, high, "ground", round_=high / 2
        )


def furrows(c: Canvas) -> None:
    """Ploughed rows running to a low sun."""
    chance = c.random
    line = c.height * 0.44
    x = c.width * chance.uniform(0.4, 0.62)
    c.circle(c.width * chance.uniform(0.62, 0.76), line - c.short * 0.04, c.short * 0.2, "main")
    hill = [(-20, line + 10), (c.width * 0.25, line - c.short * 0.06), (c.width * 0.6, line + 4)]
    hill += [(c.width * 0.85, line - c.short * 0.04), (c.width + 20, line + 6)]
    c.fill(f"{smooth(hill, closed=False)}L{c.width + 20} {c.height}L-20 {c.height}z", "second")
    rows = 15
    spread = c.width * 3.1
    far, middle = line + c.height * 0.05, c.height * 0.62
    for row in range(rows):
        left = x - spread / 2 + spread / rows * row
        right = left + spread / rows * 0.56
        start, end = (x + (edge - x) * 0.1 for edge in (left, right))
        inner, outer = ((x + (edge - x) * 0.49, middle) for edge in (left, right))
        down = trail(
            "M",
            (start, far),
            "Q",
            inner,
            (left, c.height),
            "L",
            (right, c.height),
            "Q",
            outer,
            (end, far),
            "z",
        )
        c.fill(down, "deep" if row % 2 else "main")


def leaves(c: Canvas) -> None:
    """One strong twig across the picture, leaves in pairs."""
    chance = c.random
    side = chance.choice((-1, 1))
    lean = c.width * 0.16 * side
    foot = (c.width / 2 - lean, c.height * 1.04)
    tip = (c.width / 2 + lean, c.height * 0.1)
    bend = (c.width / 2 - lean * 1.3, c.height * 0.45)

    def stem(t: float) -> Point:
        a, b, d = (1 - t) ** 2, 2 * t * (1 - t), t * t
        return a * foot[0] + b * bend[0] + d * tip[0], a * foot[1] + b * bend[1] + d * tip[1]

    pairs = 6
    for index in range(pairs):
        t = 0.14 + 0.78 * index / pairs
        root, ahead = stem(t), stem(min(t + 0.05, 1))
        heading = math.degrees(math.atan2(ahead[1] - root[1], ahead[0] - root[0]))
        reach = c.short * (0.46 - 0.045 * index) * chance.uniform(0.94, 1.06)
        for turn, part in ((-52, "main"), (52, "second" if index % 2 else "main")):
            spread = turn * chance.uniform(0.9, 1.12)
            end = polar(*root, reach, heading + spread)
            c.fill(leaf(root, end, reach * 0.36, bend=-0.05 if turn > 0 else 0.05), part)
            c.stroke(poly([root, polar(*root, reach * 0.82, heading + spread)], closed=False), "ground", 3)
    c.fill(leaf(stem(0.9), polar(*tip, c.short * 0.14, -90 + 14 * side), c.short * 0.09), "main")
    c.stroke(smooth([stem(step / 8) for step in range(9)], closed=False), "deep", c.short * 0.013)


def petals(c: Canvas) -> None:
    """One flower, larger than the picture needs."""
    chance = c.random
    x, y = c.aside(), c.height * 0.46
    radius = c.short * 0.46
    foot = (x - c.width * 0.08, c.height * 1.05)
    c.stroke(
        smooth([foot, (x - c.short * 0.1, c.height * 0.8), (x, y)], closed=False), "deep", c.short * 0.026
    )
    low = (x - c.short * 0.075, c.height * 0.9)
    c.fill(leaf(low, (low[0] - c.short * 0.4, low[1] - c.short * 0.2), c.short * 0.13, bend=0.06), "deep")
    count = chance.choice((8, 9, 10))
    start = chance.uniform(0, 360)
    for ring, (reach, part) in enumerate(((1.0, "second"), (0.92, "main"), (0.56, "second"))):
        for index in range(count):
            angle = start + 360 / count * (index + ring / 2)
            root = polar(x, y, radius * 0.06, angle)
            c.fill(leaf(root, polar(x, y, radius * reach, angle), radius * 0.3 * reach), part)
    c.circle(x, y, radius * 0.2, "deep")
    for index in range(14):
        c.circle(*polar(x, y, radius * 0.13, index * 360 / 14), radius * 0.018, "light")


def waves(c: Canvas) -> None:
    """A sounding bar graph: rounded strokes that swell and fade."""
    chance = c.random
    count = 21 if c.width > c.height else 15
    step = c.width / (count + 1)
    phases = [
        (chance.uniform(0.35, 0.6), chance.uniform(0, 6.3)),
        (chance.uniform(0.9, 1.4), chance.uniform(0, 6.3)),
    ]
    for index in range(count):
        swell = math.sin(math.pi * (index + 0.5) / count) ** 0.8
        beat = (
            0.5
            + 0.3 * math.sin(index * phases[0][0] + phases[0][1])
            + 0.2 * math.sin(index * phases[1][0] + phases[1][1])
        )
        high = max(c.height * 0.82 * swell * beat, step * 0.6)
        part = "main" if index % 5 else "deep"
        c.box(
            step * (index + 1) - step * 0.3, (c.height - high) / 2, step * 0.6, high, part, round_=step * 0.3
        )


def ripples(c: Canvas) -> None:
    """A stone in still water: rings opening, half of them below a waterline."""
    chance = c.random
    x, y = c.width * chance.uniform(0.4, 0.6), c.height * 0.54
    for index in range(7, 0, -1):
        part = "main" if index % 2 else "ground"
        c.circle(x, y + c.short * 0.024 * index, c.short * 0.085 * index, part, opacity=1)
    c.circle(x, y, c.short * 0.085, "ground")
    c.circle(x, y - c.short * 0.05, c.short * 0.12, "deep")


def strands(c: Canvas) -> None:
    """Combed lines flowing through the picture in one sweep."""
    chance = c.random
    count = 15
    lift, phase = chance.uniform(0.2, 0.3), chance.uniform(-0.5, 0.5)
    for index in range(count):
        share = index / (count - 1)
        points = []
        for step in range(-1, 10):
            t = step / 8
            squeeze = 0.36 + 0.64 * (2 * t - 1) ** 2
            wave = math.sin(t * 4.4 + phase) * lift
            points.append((c.width * t, c.height * (0.5 + wave + (share - 0.5) * squeeze)))
        part = "deep" if index % 5 == 2 else "second" if index % 5 == 4 else "main"
        c.stroke(smooth(points, closed=False), part, c.short * 0.026)


def paw(c: Canvas) -> None:
    """One big paw print, a second one following."""
    chance = c.random
    for x, y, size, turn, part in (
        (c.aside() + c.short * 0.06, c.height * 0.52, c.short * 0.34, chance.uniform(8, 24), "main"),
        (c.aside() - c.short * 0.36, c.height * 0.84, c.short * 0.13, 20, "second"),
    ):
        base = [
            (0, 0.75),
            (-0.42, 0.86),
            (-0.72, 0.5),
            (-0.44, 0.08),
            (0, -0.12),
            (0.44, 0.08),
            (0.72, 0.5),
            (0.42, 0.86),
        ]
        turned = [_turn(point, turn) for point in base]
        c.fill(smooth([(x + px * size, y + py * size) for px, py in turned]), part)
        for px, py, angle in ((-0.82, -0.18, -24), (-0.32, -0.66, -8), (0.32, -0.66, 8), (0.82, -0.18, 24)):
            toe = [
                _turn((0.24 * math.cos(a / 4 * math.pi), 0.34 * math.sin(a / 4 * math.pi)), angle)
                for a in range(8)
            ]
            moved = [_turn((px + tx, py + ty), turn) for tx, ty in toe]
            c.fill(smooth([(x + tx * size, y + ty * size) for tx, ty in moved]), part)


def _turn(point: Point, angle: float) -> Point:
    turn = math.radians(angle)
    x, y = point
    return x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
