"""Pictures for the demo products, drawn by this code: flat compositions, one manner per category.

A product's slug decides every choice, so the same product always looks the same, and two products
of one category look like relatives.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

WIDTH = 640
HEIGHT = 480


@dataclass(frozen=True)
class Palette:
    """Five colours that go together: the ground, three that lead, and one that stands out."""

    ground: str
    first: str
    second: str
    third: str
    accent: str

    @property
    def leading(self) -> tuple[str, str, str]:
        """The three colours that most of a picture is made of."""
        return (self.first, self.second, self.third)


class Dice:
    """Numbers between 0 and 1 that depend on a seed alone, on every machine and Python."""

    def __init__(self, seed: str) -> None:
        """Start the sequence that belongs to `seed`."""
        self._seed = seed
        self._rolled = 0

    def roll(self, low: float, high: float) -> float:
        """The next number, stretched to lie from `low` to `high`."""
        self._rolled += 1
        digest = hashlib.sha256(f"{self._seed}/{self._rolled}".encode()).digest()
        return low + (high - low) * int.from_bytes(digest[:4]) / 0xFFFFFFFF

    def pick(self, *choices: str) -> str:
        """One of `choices`."""
        return choices[min(int(self.roll(0, len(choices))), len(choices) - 1)]


def draw(slug: str, category: str) -> str:
    """The SVG document of one product, by its slug and the key of its category.

    Raises KeyError for a category that has no manner.
    """
    palette, manner = _MANNERS[category]
    shapes = "\n".join(manner(Dice(slug), palette))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.ground}"/>\n{shapes}\n</svg>\n'
    )


def _circle(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}"{more}/>'


def _rectangle(x: float, y: float, width: float, height: float, fill: str, round_: int = 0) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'rx="{round_}" fill="{fill}"/>'
    )


def _path(d: str, fill: str, more: str = "") -> str:
    return f'<path d="{d}" fill="{fill}"{more}/>'


def _table(dice: Dice, palette: Palette) -> Iterator[str]:
    """Cups and plates on a table, seen from above."""
    edge = dice.roll(300, 400)
    far = edge - dice.roll(40, 120)
    yield _path(f"M0 {edge:.0f} L{WIDTH} {far:.0f} V{HEIGHT} H0 Z", palette.third)
    places = ((190, 210, 120), (440, 270, 96), (500, 96, 52), (90, 400, 64))
    for x, y, size in places[: 2 + int(dice.roll(0, 3))]:
        centre = (x + dice.roll(-30, 30), y + dice.roll(-24, 24))
        yield from _cup(dice, palette, centre, size * dice.roll(0.85, 1.15))


def _cup(dice: Dice, palette: Palette, centre: tuple[float, float], radius: float) -> Iterator[str]:
    """A saucer, a cup, and the crescent of foam in it."""
    x, y = centre
    yield _circle(x + 10, y + 14, radius, "#000", ' opacity=".12"')
    yield _circle(x, y, radius, "#fffaf2")
    yield _circle(x, y, radius * 0.74, dice.pick(*palette.leading))
    yield _circle(x, y, radius * 0.6, dice.pick(palette.accent, palette.first))
    wide, narrow = radius * 0.36, radius * 0.2
    foam = (
        f"M{x:.0f} {y - wide:.0f} a{wide:.0f} {wide:.0f} 0 0 1 0 {2 * wide:.0f} "
        f"a{narrow:.0f} {wide:.0f} 0 0 0 0 {-2 * wide:.0f}"
    )
    turn = f' transform="rotate({dice.roll(0, 360):.0f} {x:.0f} {y:.0f})"'
    yield _path(foam, palette.ground, turn)


def _stories(dice: Dice, palette: Palette) -> Iterator[str]:
    """Spines on a shelf, one of them leaning."""
    shelf = 392.0
    yield _circle(dice.roll(120, 520), dice.roll(110, 170), dice.roll(60, 100), palette.accent)
    x = 70.0
    leaning = int(dice.roll(3, 7))
    for number in range(9):
        width, height = dice.roll(34, 66), dice.roll(170, 290)
        if x + width > WIDTH - 60:
            break
        colour = dice.pick(*palette.leading)
        turn = f' transform="rotate(9 {x:.0f} {shelf:.0f})"' if number == leaning else ""
        yield f"<g{turn}>{_rectangle(x, shelf - height, width, height, colour, 4)}"
        band = shelf - height + dice.roll(24, 60)
        yield _rectangle(x, band, width, dice.roll(8, 26), palette.ground)
        yield _rectangle(x, shelf - 40, width, 6, palette.ground) + "</g>"
        x += width + (52 if number == leaning else 5)
    yield _rectangle(40, shelf, WIDTH - 80, 14, palette.first, 3)


def _play(dice: Dice, palette: Palette) -> Iterator[str]:
    """A board of tiles, each a quarter turn of a few shapes."""
    size = 96
    for row in range(5):
        for column in range(7):
            x, y = column * size - 16, row * size
            yield _rectangle(x, y, size, size, dice.pick(palette.ground, *palette.leading))
            yield _tile(dice, palette, (x, y), size)


def _tile(dice: Dice, palette: Palette, corner: tuple[int, int], size: int) -> str:
    colour = dice.pick(palette.ground, palette.accent, *palette.leading)
    quarter = f"M0 0 H{size} A{size} {size} 0 0 1 0 {size} Z"
    half = f"M0 0 H{size} A{size / 2:.0f} {size / 2:.0f} 0 0 1 0 0 Z"
    shape = dice.pick(
        _path(quarter, colour),
        _path(half, colour),
        _path(f"M0 0 H{size} L0 {size} Z", colour),
        _circle(size / 2, size / 2, size * 0.3, colour),
    )
    turn = f"rotate({dice.pick('0', '90', '180', '270')} {size / 2} {size / 2})"
    return f'<g transform="translate({corner[0]} {corner[1]}) {turn}">{shape}</g>'


def _outside(dice: Dice, palette: Palette) -> Iterator[str]:
    """Hills behind hills, and a low sun."""
    yield _circle(dice.roll(140, 500), dice.roll(110, 200), dice.roll(48, 84), palette.accent)
    for layer, colour in enumerate((*palette.leading, palette.first)):
        base = 220 + layer * 66
        waves, phase = dice.roll(0.8, 1.8), dice.roll(0, math.tau)
        height = dice.roll(26, 62) - layer * 5
        line = " ".join(
            f"L{x} {base - height * math.sin(phase + waves * math.tau * x / WIDTH):.0f}"
            for x in range(0, WIDTH + 1, 16)
        )
        opacity = f' opacity="{0.55 + 0.15 * layer:.2f}"'
        yield _path(f"M0 {HEIGHT} {line} L{WIDTH} {HEIGHT} Z", colour, opacity)


def _learn(dice: Dice, palette: Palette) -> Iterator[str]:
    """Arches within arches, and stones laid beneath them."""
    floor = 400.0
    for centre in (210.0, 440.0):
        radius = dice.roll(110, 160)
        for ring in range(4):
            reach = radius * (1 - ring * 0.23)
            colour = (*palette.leading, palette.ground)[(ring + int(dice.roll(0, 3))) % 4]
            yield _path(
                f"M{centre - reach:.0f} {floor:.0f} v{-reach * 0.5:.0f} "
                f"a{reach:.0f} {reach:.0f} 0 0 1 {2 * reach:.0f} 0 v{reach * 0.5:.0f} Z",
                colour,
            )
    yield _circle(dice.roll(280, 360), dice.roll(90, 130), dice.roll(26, 44), palette.accent)
    yield _rectangle(0, floor, WIDTH, HEIGHT - floor, palette.first)
    for stone in range(3):
        x, width = 120 + stone * 170 + dice.roll(-30, 30), dice.roll(36, 70)
        colour = palette.accent if stone == 1 else palette.third
        yield (
            f'<ellipse cx="{x:.0f}" cy="{floor:.0f}" rx="{width:.0f}" ry="{width * 0.36:.0f}" '
            f'fill="{colour}"/>'
        )


Manner = Callable[[Dice, Palette], Iterator[str]]
_MANNERS: dict[str, tuple[Palette, Manner]] = {
    "coffee-and-table": (Palette("#f3e3cf", "#6b3f2a", "#b4572f", "#d9b38c", "#e8a33d"), _table),
    "books-and-film": (Palette("#f1ead9", "#25344f", "#a63d40", "#5b7b7a", "#e2a93b"), _stories),
    "games-and-play": (Palette("#f5efe3", "#22577a", "#38a3a5", "#ef8354", "#f2c14e"), _play),
    "out-and-about": (Palette("#f8e9d2", "#1f4e4a", "#3f7d6b", "#8fb996", "#f08a4b"), _outside),
    "learn-and-unwind": (Palette("#f4e8e4", "#3d3a5c", "#8e6c8a", "#d9a5a0", "#e9b872"), _learn),
}
