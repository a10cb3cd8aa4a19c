"""Emblems for logos: flat shapes on a square from (0, 0) to (1, 1), drawn by whoever can fill a polygon."""

import math
from collections.abc import Callable
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """`tone` is main, light, dark or paper: the brand's colour, its tints, and what lies behind."""

    points: tuple[Point, ...]
    tone: str = "main"


def disc(x: float, y: float, r: float, tone: str = "main", start: float = 0, end: float = 360) -> Shape:
    """A circle, or a slice of one from `start` to `end` degrees, clockwise from three o'clock."""
    steps = max(8, int((end - start) / 9))
    angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    rim = tuple((x + r * math.cos(a), y + r * math.sin(a)) for a in angles)
    return Shape(rim if end - start >= 360 else (*rim, (x, y)), tone)


def box(left: float, top: float, right: float, bottom: float, tone: str = "main") -> Shape:
    return Shape(((left, top), (right, top), (right, bottom), (left, bottom)), tone)


def poly(*points: Point, tone: str = "main") -> Shape:
    return Shape(points, tone)


def petal(x: float, y: float, length: float, width: float, angle: float, tone: str = "main") -> Shape:
    """A leaf that grows from (x, y) towards `angle` degrees."""
    side = [(n / 12, math.sin(math.pi * n / 12)) for n in range(13)]
    outline = [(t * length, w * width / 2) for t, w in side] + [
        (t * length, -w * width / 2) for t, w in side[::-1]
    ]
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return Shape(tuple((x + a * c - b * s, y + a * s + b * c) for a, b in outline), tone)


def flower(petals: int, length: float, width: float, tone: str = "main") -> list[Shape]:
    return [petal(0.5, 0.5, length, width, 360 * n / petals - 90, tone) for n in range(petals)]


def star(points: int, outer: float, inner: float, tone: str = "main") -> Shape:
    corners = []
    for n in range(points * 2):
        r, a = (outer if n % 2 == 0 else inner), math.radians(180 * n / points - 90)
        corners.append((0.5 + r * math.cos(a), 0.5 + r * math.sin(a)))
    return Shape(tuple(corners), tone)


def wave(y: float, height: float, tone: str) -> Shape:
    crest = [(n / 24, y + height * math.sin(2 * math.pi * n / 24)) for n in range(25)]
    return Shape((*crest, (1.0, 0.98), (0.0, 0.98)), tone)


EMBLEMS: dict[str, Callable[[], list[Shape]]] = {
    "leaf": lambda: [
        petal(0.2, 0.86, 0.92, 0.5, -48),
        petal(0.2, 0.86, 0.62, 0.2, -48, "light"),
        poly((0.12, 0.96), (0.2, 0.84), (0.25, 0.88), (0.17, 0.99), tone="dark"),
    ],
    "sprig": lambda: [
        box(0.47, 0.3, 0.53, 0.98, "dark"),
        *(petal(0.5, y, 0.44, 0.24, a, t) for y, a, t in ((0.84, -28, "main"), (0.84, -152, "light"))),
        *(petal(0.5, y, 0.42, 0.22, a, t) for y, a, t in ((0.58, -32, "light"), (0.58, -148, "main"))),
        petal(0.5, 0.4, 0.38, 0.22, -90),
    ],
    "book": lambda: [
        poly((0.04, 0.22), (0.48, 0.32), (0.48, 0.88), (0.04, 0.78)),
        poly((0.96, 0.22), (0.52, 0.32), (0.52, 0.88), (0.96, 0.78), tone="light"),
        poly((0.12, 0.36), (0.4, 0.42), (0.4, 0.48), (0.12, 0.42), tone="paper"),
        poly((0.12, 0.5), (0.4, 0.56), (0.4, 0.62), (0.12, 0.56), tone="paper"),
    ],
    "wave": lambda: [disc(0.62, 0.34, 0.2, "light"), wave(0.52, 0.07, "main"), wave(0.72, -0.07, "dark")],
    "thread": lambda: [
        box(0.22, 0.08, 0.78, 0.2, "dark"),
        box(0.22, 0.8, 0.78, 0.92, "dark"),
        box(0.3, 0.2, 0.7, 0.8),
        *(
            poly((0.3, y), (0.7, y - 0.08), (0.7, y - 0.03), (0.3, y + 0.05), tone="light")
            for y in (0.36, 0.52, 0.68)
        ),
    ],
    "chip": lambda: [
        *(box(x, 0.04, x + 0.08, 0.96, "light") for x in (0.28, 0.46, 0.64)),
        *(box(0.04, y, 0.96, y + 0.08, "light") for y in (0.28, 0.46, 0.64)),
        box(0.18, 0.18, 0.82, 0.82),
        box(0.36, 0.36, 0.64, 0.64, "paper"),
    ],
    "house": lambda: [
        poly((0.5, 0.06), (0.98, 0.5), (0.84, 0.5), (0.5, 0.2), (0.16, 0.5), (0.02, 0.5)),
        poly((0.5, 0.28), (0.82, 0.56), (0.82, 0.94), (0.18, 0.94), (0.18, 0.56), tone="light"),
        petal(0.5, 0.92, 0.4, 0.24, -90, "dark"),
    ],
    "drop": lambda: [
        disc(0.5, 0.62, 0.33),
        poly((0.5, 0.04), (0.79, 0.47), (0.21, 0.47)),
        disc(0.4, 0.68, 0.12, "light"),
    ],
    "boot": lambda: [
        poly((0.24, 0.08), (0.58, 0.08), (0.58, 0.46), (0.9, 0.6), (0.96, 0.78), (0.24, 0.78)),
        box(0.2, 0.8, 0.98, 0.92, "dark"),
        *(poly((0.44, y), (0.62, y - 0.05), (0.62, y), (0.44, y + 0.05), tone="light") for y in (0.28, 0.4)),
    ],
    "paw": lambda: [
        disc(0.5, 0.68, 0.24),
        *(
            disc(x, y, 0.115, "light" if n % 2 else "main")
            for n, (x, y) in enumerate(((0.16, 0.46), (0.37, 0.22), (0.63, 0.22), (0.84, 0.46)))
        ),
    ],
    "fish": lambda: [
        petal(0.02, 0.5, 0.78, 0.56, 0),
        poly((0.68, 0.5), (0.98, 0.24), (0.98, 0.76), tone="light"),
        disc(0.22, 0.45, 0.045, "paper"),
    ],
    "peaks": lambda: [
        poly((0.3, 0.9), (0.66, 0.2), (1.0, 0.9), tone="light"),
        poly((0.0, 0.9), (0.36, 0.32), (0.7, 0.9)),
        poly((0.36, 0.32), (0.47, 0.5), (0.36, 0.46), (0.25, 0.5), tone="paper"),
    ],
    "brush": lambda: [
        disc(0.5, 0.5, 0.46),
        *(
            disc(x, y, 0.09, t)
            for x, y, t in ((0.34, 0.3, "paper"), (0.62, 0.26, "light"), (0.26, 0.54, "light"))
        ),
        disc(0.66, 0.66, 0.17, "paper"),
    ],
    "bloom": lambda: [*flower(6, 0.48, 0.34), *flower(6, 0.3, 0.16, "light"), disc(0.5, 0.5, 0.12, "paper")],
    "cubes": lambda: [
        box(0.08, 0.52, 0.48, 0.92),
        box(0.52, 0.52, 0.92, 0.92, "light"),
        box(0.3, 0.08, 0.7, 0.48, "dark"),
        disc(0.28, 0.72, 0.1, "paper"),
        poly((0.72, 0.62), (0.82, 0.82), (0.62, 0.82), tone="paper"),
    ],
    "gem": lambda: [
        poly((0.26, 0.14), (0.74, 0.14), (0.98, 0.42), (0.02, 0.42), tone="light"),
        poly((0.02, 0.42), (0.98, 0.42), (0.5, 0.94)),
        poly((0.34, 0.42), (0.66, 0.42), (0.5, 0.94), tone="dark"),
        poly((0.5, 0.14), (0.66, 0.42), (0.34, 0.42), tone="paper"),
    ],
    "arrow": lambda: [
        poly((0.02, 0.52), (0.98, 0.06), (0.62, 0.96), (0.46, 0.6)),
        poly((0.46, 0.6), (0.98, 0.06), (0.36, 0.54), tone="light"),
    ],
    "moon": lambda: [
        disc(0.48, 0.52, 0.44),
        disc(0.64, 0.42, 0.36, "paper"),
        disc(0.76, 0.3, 0.07, "light"),
        disc(0.6, 0.54, 0.05, "light"),
    ],
    "steps": lambda: [
        box(0.06 + 0.3 * n, 0.66 - 0.27 * n, 0.32 + 0.3 * n, 0.94, t)
        for n, t in enumerate(("light", "main", "dark"))
    ],
    "stack": lambda: [
        *(
            poly((0.5, y), (0.96, y + 0.2), (0.5, y + 0.4), (0.04, y + 0.2), tone=t)
            for y, t in ((0.52, "dark"), (0.32, "light"), (0.12, "main"))
        ),
    ],
    "clover": lambda: [
        poly((0.48, 0.5), (0.55, 0.5), (0.68, 0.96), (0.6, 0.98), tone="dark"),
        *(
            disc(x, y, 0.215, t)
            for x, y, t in ((0.5, 0.26, "main"), (0.27, 0.5, "light"), (0.73, 0.5, "main"))
        ),
    ],
    "lens": lambda: [
        disc(0.26, 0.5, 0.25),
        disc(0.74, 0.5, 0.25),
        box(0.44, 0.43, 0.56, 0.5),
        disc(0.26, 0.5, 0.16, "paper"),
        disc(0.74, 0.5, 0.16, "light"),
    ],
    "wheel": lambda: [
        disc(0.5, 0.5, 0.47),
        disc(0.5, 0.5, 0.37, "paper"),
        *(petal(0.5, 0.5, 0.38, 0.09, 45 * n, "light") for n in range(8)),
        disc(0.5, 0.5, 0.1, "dark"),
    ],
    "cup": lambda: [
        disc(0.78, 0.56, 0.17),
        disc(0.78, 0.56, 0.09, "paper"),
        poly((0.12, 0.38), (0.78, 0.38), (0.7, 0.84), (0.2, 0.84)),
        box(0.06, 0.88, 0.84, 0.95, "dark"),
        *(petal(x, 0.34, 0.3, 0.09, -90, "light") for x in (0.3, 0.45, 0.6)),
    ],
    "bulb": lambda: [
        disc(0.5, 0.4, 0.34),
        poly((0.3, 0.6), (0.7, 0.6), (0.62, 0.78), (0.38, 0.78)),
        box(0.38, 0.81, 0.62, 0.86, "dark"),
        box(0.42, 0.89, 0.58, 0.94, "dark"),
        poly(
            (0.54, 0.16), (0.36, 0.44), (0.48, 0.44), (0.44, 0.64), (0.64, 0.36), (0.52, 0.36), tone="paper"
        ),
    ],
    "fence": lambda: [
        *(
            poly((x, 0.34), (x + 0.08, 0.18), (x + 0.16, 0.34), (x + 0.16, 0.92), (x, 0.92), tone=t)
            for x, t in ((0.06, "main"), (0.3, "light"), (0.54, "main"), (0.78, "light"))
        ),
        box(0.02, 0.46, 0.98, 0.54, "dark"),
        box(0.02, 0.72, 0.98, 0.8, "dark"),
    ],
    "bars": lambda: [
        box(0.06 + 0.19 * n, 0.5 - h, 0.18 + 0.19 * n, 0.5 + h, "light" if n % 2 else "main")
        for n, h in enumerate((0.16, 0.34, 0.46, 0.26, 0.12))
    ],
    "anchor": lambda: [
        disc(0.5, 0.5, 0.44, start=0, end=180),
        disc(0.5, 0.46, 0.34, "paper", start=0, end=180),
        box(0.45, 0.2, 0.55, 0.92),
        box(0.26, 0.34, 0.74, 0.43),
        disc(0.5, 0.16, 0.13),
        disc(0.5, 0.16, 0.06, "paper"),
    ],
    "otter": lambda: [
        disc(0.2, 0.26, 0.13, "dark"),
        disc(0.8, 0.26, 0.13, "dark"),
        disc(0.5, 0.54, 0.4),
        disc(0.5, 0.7, 0.2, "paper"),
        disc(0.5, 0.62, 0.07, "dark"),
        disc(0.34, 0.46, 0.05, "dark"),
        disc(0.66, 0.46, 0.05, "dark"),
    ],
    "anvil": lambda: [
        poly(
            (0.02, 0.24),
            (0.3, 0.24),
            (0.98, 0.24),
            (0.98, 0.36),
            (0.68, 0.5),
            (0.62, 0.68),
            (0.36, 0.68),
            (0.32, 0.5),
        ),
        box(0.22, 0.72, 0.78, 0.86, "dark"),
        star(4, 0.16, 0.05, "light"),
    ],
    "pixels": lambda: [
        box(
            0.06 + 0.31 * x,
            0.06 + 0.31 * y,
            0.32 + 0.31 * x,
            0.32 + 0.31 * y,
            ("main", "light", "dark")[(x * 2 + y) % 3],
        )
        for x in range(3)
        for y in range(3)
        if (x, y) != (2, 0)
    ],
    "compass": lambda: [
        disc(0.5, 0.5, 0.47),
        disc(0.5, 0.5, 0.39, "paper"),
        star(4, 0.36, 0.09),
        petal(0.5, 0.5, 0.36, 0.13, -90, "light"),
    ],
    "gift": lambda: [
        box(0.1, 0.46, 0.9, 0.94),
        box(0.04, 0.3, 0.96, 0.46, "dark"),
        box(0.43, 0.3, 0.57, 0.94, "light"),
        petal(0.5, 0.3, 0.34, 0.18, -150, "light"),
        petal(0.5, 0.3, 0.34, 0.18, -30, "light"),
    ],
    "orbit": lambda: [
        disc(0.5, 0.5, 0.2),
        petal(0.02, 0.68, 1.02, 0.3, -20, "light"),
        petal(0.08, 0.64, 0.9, 0.19, -19, "paper"),
        disc(0.5, 0.5, 0.2),
        disc(0.9, 0.3, 0.08, "dark"),
    ],
    "dumbbell": lambda: [
        box(0.2, 0.44, 0.8, 0.56, "light"),
        *(box(x, 0.22, x + 0.13, 0.78) for x in (0.13, 0.74)),
        *(box(x, 0.34, x + 0.09, 0.66, "dark") for x in (0.02, 0.89)),
    ],
    "cloud": lambda: [
        disc(0.3, 0.6, 0.22),
        disc(0.52, 0.44, 0.27),
        disc(0.74, 0.6, 0.2),
        box(0.28, 0.58, 0.76, 0.8),
        disc(0.52, 0.56, 0.1, "light"),
    ],
    "fig": lambda: [
        disc(0.5, 0.64, 0.31),
        poly((0.46, 0.08), (0.56, 0.08), (0.76, 0.48), (0.24, 0.48)),
        disc(0.5, 0.66, 0.18, "light"),
        *(disc(x, y, 0.03, "dark") for x, y in ((0.44, 0.6), (0.56, 0.64), (0.47, 0.72))),
    ],
    "lantern": lambda: [
        box(0.42, 0.04, 0.58, 0.14, "dark"),
        box(0.26, 0.14, 0.74, 0.22, "dark"),
        *(petal(0.5, 0.2, 0.64, w, 90, t) for w, t in ((0.9, "main"), (0.5, "light"), (0.18, "main"))),
        box(0.3, 0.78, 0.7, 0.86, "dark"),
        box(0.48, 0.86, 0.52, 0.98, "light"),
    ],
    "sun": lambda: [star(12, 0.48, 0.34), disc(0.5, 0.5, 0.26, "light")],
    "horse": lambda: [
        petal(0.04, 0.9, 1.1, 0.4, -52),
        petal(0.3, 0.94, 0.9, 0.3, -64, "light"),
        petal(0.5, 0.96, 0.66, 0.24, -76, "dark"),
    ],
    "bolt": lambda: [
        disc(0.5, 0.5, 0.46),
        poly(
            (0.56, 0.12), (0.26, 0.56), (0.46, 0.56), (0.42, 0.88), (0.74, 0.42), (0.54, 0.42), tone="paper"
        ),
    ],
}
