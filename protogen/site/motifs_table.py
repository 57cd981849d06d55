"""Motifs of things made, worn and served."""

from __future__ import annotations

import math

from protogen.site.canvas import Canvas, arc_ring, blob, leaf, polar, poly, rotate, smooth, trail


def loaf(c: Canvas) -> None:
    """A round of sourdough, scored like an ear of wheat, flour around it."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.53, c.short * 0.4
    c.fill(
        smooth(blob(chance, x + size * 0.06, y + size * 0.12, size * 1.12, size * 0.99, rough=0.03)), "second"
    )
    c.fill(smooth(blob(chance, x, y, size * 1.1, size * 0.97, rough=0.03)), "main")
    tilt = chance.uniform(-34, -18)
    spine = rotate(
        [(x - size * 0.78, y), (x - size * 0.2, y - size * 0.07), (x + size * 0.76, y)], x, y, tilt
    )
    c.stroke(smooth(spine, closed=False), "ground", size * 0.05)
    for index in range(5):
        along = x - size * 0.52 + size * 0.27 * index
        reach = size * (0.5 - 0.075 * abs(index - 1.6))
        for side in (-1, 1):
            root, end = rotate([(along, y), (along + reach * 0.66, y + side * reach)], x, y, tilt)
            c.fill(leaf(root, end, reach * 0.27, bend=0.1 * side), "ground")
    for _ in range(26):
        spot = polar(x, y, size * chance.uniform(1.2, 1.75), chance.uniform(0, 360))
        c.circle(*spot, size * chance.uniform(0.008, 0.024), "main")


def cup(c: Canvas) -> None:
    """A cup of coffee from above, a leaf poured into it."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.5, c.short * 0.4
    turn = chance.uniform(-38, -12)
    c.circle(x, y, size * 1.12, "main")
    c.ring(x, y, size * 0.94, "ground", size * 0.025, opacity=0.5)
    a, b = polar(x, y, size * 0.62, turn - 8), polar(x, y, size * 1.04, turn)
    c.stroke(poly([a, b], closed=False), "light", size * 0.2)
    c.circle(x, y, size * 0.72, "light")
    c.circle(x, y, size * 0.61, "deep")
    foot, tip = polar(x, y, size * 0.46, 90 + turn), polar(x, y, size * 0.5, 270 + turn)
    for index in range(4):
        t = index / 4
        root = (foot[0] + (tip[0] - foot[0]) * t, foot[1] + (tip[1] - foot[1]) * t)
        reach = size * (0.42 - 0.07 * index)
        for side in (-1, 1):
            c.fill(leaf(root, polar(*root, reach, 270 + turn + side * 52), reach * 0.3), "light")
    c.fill(leaf((x, y), tip, size * 0.1), "light")


def plate(c: Canvas) -> None:
    """A laid place from above: a plate, what grows on it, knife and fork."""
    chance = c.random
    x, y, size = c.width / 2, c.height * 0.5, c.short * 0.37
    c.circle(x, y, size * 1.08, "light")
    c.ring(x, y, size * 0.78, "ground", size * 0.03)
    start = chance.uniform(0, 360)
    for index in range(6):
        angle = start + 60 * index
        c.fill(
            leaf(polar(x, y, size * 0.08, angle), polar(x, y, size * 0.7, angle + 16), size * 0.2, bend=0.08),
            "main",
        )
    c.circle(x, y, size * 0.2, "deep")
    for index in range(3):
        c.circle(*polar(x, y, size * 0.46, start + 30 + 120 * index), size * 0.09, "second")
    left, right, top = x - size * 1.5, x + size * 1.5, y - size
    for tine in (-1, 0, 1):
        c.box(
            left + tine * size * 0.11 - size * 0.03, top, size * 0.06, size * 0.6, "deep", round_=size * 0.03
        )
    c.fill(
        smooth(
            [
                (left - size * 0.14, top + size * 0.5),
                (left, top + size * 0.86),
                (left + size * 0.14, top + size * 0.5),
            ]
        ),
        "deep",
    )
    c.box(left - size * 0.05, top + size * 0.6, size * 0.1, size * 1.4, "deep", round_=size * 0.05)
    bow, heel = (right + size * 0.2, top + size * 0.4), (right + size * 0.05, top + size * 1.05)
    blade = trail("M", (right, top), "Q", bow, heel, "L", (right - size * 0.05, top + size * 1.05), "z")
    c.fill(blade, "deep")
    c.box(right - size * 0.05, top + size, size * 0.1, size, "deep", round_=size * 0.05)


def vessels(c: Canvas) -> None:
    """Three thrown vessels on a shelf."""
    chance = c.random
    floor = c.height * 0.86
    c.box(0, floor, c.width, c.height - floor, "deep")
    spots = ((0.5, 0.66, 0.19, "main"), (0.23, 0.4, 0.15, "second"), (0.77, 0.48, 0.14, "light"))
    for at, high, wide, part in spots:
        x, height, half = c.width * at, c.height * high, c.short * wide * chance.uniform(0.92, 1.1)
        belly, shoulder = chance.uniform(0.3, 0.45), chance.uniform(0.66, 0.76)
        profile = [(0.55, 0.0), (1.0, belly), (0.74, shoulder), (0.3, 0.86), (0.42, 1.0)]
        right = [(x + half * reach, floor - height * up) for reach, up in profile]
        left = [(2 * x - px, py) for px, py in reversed(right)]
        edge = smooth(right, closed=False) + "L" + smooth(left, closed=False)[1:] + "z"
        c.fill(edge, part)
        for up in (belly - 0.03, belly + 0.05):
            reach = half * (0.96 if up < belly else 0.985)
            c.stroke(
                poly([(x - reach, floor - height * up), (x + reach, floor - height * up)], closed=False),
                "ground",
                5,
                cap="butt",
            )


def stitches(c: Canvas) -> None:
    """A great button sewn on cloth, seams running past it."""
    chance = c.random
    x, y, size = c.aside(), c.height * 0.47, c.short * 0.35
    drop = chance.uniform(-0.12, 0.12) * c.height
    for index, part in ((0, "second"), (1, "deep")):
        edge = [
            (-30, c.height * (0.72 + 0.16 * index)),
            (c.width * 0.35, c.height * (0.82 + 0.1 * index) + drop),
        ]
        edge += [
            (c.width * 0.7, c.height * (0.6 + 0.2 * index)),
            (c.width + 30, c.height * (0.7 + 0.12 * index) - drop),
        ]
        c.fill(f"{smooth(edge, closed=False)}L{c.width + 30} {c.height}L-30 {c.height}z", part)
        seam = [(px, py + c.short * 0.035) for px, py in edge]
        c.stroke(
            smooth(seam, closed=False),
            "light",
            c.short * 0.009,
            dash=f"{c.short * 0.032:.0f} {c.short * 0.026:.0f}",
        )
    c.circle(x, y, size, "main")
    c.ring(x, y, size * 0.8, "ground", size * 0.035, opacity=0.55)
    turn = chance.uniform(20, 70)
    holes = [polar(x, y, size * 0.27, turn + 90 * index) for index in range(4)]
    for hole in holes:
        c.circle(*hole, size * 0.11, "ground")
    for a, b in ((0, 2), (1, 3)):
        c.stroke(poly([holes[a], holes[b]], closed=False), "deep", size * 0.075)
    end = (c.width * 0.04, -20)
    thread = [holes[0], polar(x, y, size * 1.3, turn - 130), (c.width * 0.2, c.height * 0.3), end]
    c.stroke(smooth(thread, closed=False), "deep", size * 0.035)


def books(c: Canvas) -> None:
    """A shelf of books, one leaning, one open to be read next."""
    chance = c.random
    floor = c.height * 0.84
    c.box(0, floor, c.width, c.height * 0.03, "deep")
    x = c.width * 0.08
    parts = (
        "main",
        "deep",
        "second",
        "main",
        "light",
        "second",
        "deep",
        "main",
        "light",
        "main",
        "second",
        "deep",
    )
    index = 0
    while x < c.width * 0.78:
        wide, high = c.short * chance.uniform(0.075, 0.13), c.height * chance.uniform(0.46, 0.68)
        part = parts[index % len(parts)]
        c.box(x, floor - high, wide, high, part, round_=3)
        band = "ground" if part != "light" else "main"
        for at in (0.12, 0.17) if index % 2 else (0.78,):
            c.box(x, floor - high * (1 - at), wide, high * (0.02 if index % 2 else 0.1), band)
        x += wide + 4
        index += 1
    wide, high = c.short * 0.11, c.height * 0.58
    corner = [
        (x + wide * 0.3, floor - wide * 0.02),
        (x + wide * 1.3, floor),
        (x + wide * 1.3, floor - high),
        (x + wide * 0.3, floor - high),
    ]
    c.fill(poly(rotate(corner, x + wide * 1.3, floor, -15)), "main")
    c.fill(
        poly(
            rotate(
                [(px, floor - high * (0.8 if py < floor - high / 2 else 0.7)) for px, py in corner],
                x + wide * 1.3,
                floor,
                -15,
            )
        ),
        "ground",
    )


def confetti(c: Canvas) -> None:
    """A sheet of stickers: one bold form a square, a star among them."""
    chance = c.random
    across = 4 if c.width > c.height else 3
    cell = c.width / across
    down = math.ceil(c.height / cell)
    top = (c.height - cell * down) / 2
    star = (chance.randrange(1, across - 1), chance.randrange(down))
    tones = ("main", "deep", "second", "light")
    last = ""
    for row in range(down):
        for column in range(across):
            x, y = cell * column, top + cell * row
            back, fore = chance.sample(tones, 2)
            while back == last:
                back, fore = chance.sample(tones, 2)
            last = back
            c.box(x, y, cell + 0.5, cell + 0.5, back)
            if (column, row) == star:
                c.fill(_star(x + cell / 2, y + cell / 2, cell * 0.46, cell * 0.3, 12), fore)
            else:
                _sticker(c, x, y, cell, fore, chance.randrange(6), chance.randrange(4) * 90)


def _sticker(c: Canvas, x: float, y: float, cell: float, part: str, kind: int, turn: int) -> None:
    cx, cy = x + cell / 2, y + cell / 2
    if kind == 0:
        corner = rotate([(x, y)], cx, cy, turn)[0]
        c.fill(arc_ring(*corner, 0, cell, turn, turn + 90), part)
    elif kind == 1:
        c.circle(cx, cy, cell * 0.34, part)
    elif kind == 2:
        c.fill(poly(rotate([(x, y), (x + cell, y), (x, y + cell)], cx, cy, turn)), part)
    elif kind == 3:
        corner = rotate([(x, y)], cx, cy, turn)[0]
        for inner, outer in ((0.1, 0.3), (0.5, 0.7)):
            c.fill(arc_ring(*corner, cell * inner, cell * outer, turn, turn + 90), part)
    elif kind == 4:
        for at in range(3):
            bar = [
                (x + cell * 0.14, y + cell * (0.16 + 0.26 * at)),
                (x + cell * 0.86, y + cell * (0.16 + 0.26 * at)),
            ]
            bar += [(bar[1][0], bar[1][1] + cell * 0.16), (bar[0][0], bar[0][1] + cell * 0.16)]
            c.fill(poly(rotate(bar, cx, cy, turn)), part)
    else:
        for side in (-1, 1):
            middle = rotate([(cx, cy + side * cell / 2)], cx, cy, turn)[0]
            c.fill(
                arc_ring(
                    *middle, 0, cell / 2, turn + (180 if side > 0 else 0), turn + (360 if side > 0 else 180)
                ),
                part,
            )


def _star(x: float, y: float, outer: float, inner: float, points: int) -> str:
    return poly(
        [polar(x, y, inner if step % 2 else outer, 180 / points * step) for step in range(points * 2)]
    )


def rings(c: Canvas) -> None:
    """Two rings, one through the other."""
    chance = c.random
    size, width = c.short * 0.28, c.short * 0.07
    lean = chance.uniform(-0.1, 0.1) * c.short
    a = (c.width / 2 - size * 0.62, c.height / 2 + lean)
    b = (c.width / 2 + size * 0.62, c.height / 2 - lean)
    c.ring(*b, size, "second", width)
    c.ring(*a, size, "ground", width * 1.5)
    c.ring(*a, size, "main", width)
    across = math.hypot(b[0] - a[0], b[1] - a[1]) / 2
    meet = math.degrees(math.acos(min(across / size, 1)))
    heading = math.degrees(math.atan2(a[1] - b[1], a[0] - b[0]))
    start, end = heading + meet - 16, heading + meet + 16
    c.fill(arc_ring(*b, size - width * 0.75, size + width * 0.75, start, end), "ground")
    c.fill(arc_ring(*b, size - width / 2, size + width / 2, start - 1, end + 1), "second")
