"""Draws curves: lines over a logarithmic axis, as SVG."""

import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 64, 190, 40, 48
COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#7f7f7f"]


def short(value: float) -> str:
    """1500 as 1.5k."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def curves(title: str, across: str, up: str, lines: dict[str, list[tuple[float, float]]]) -> str:
    """A picture of the lines, both axes logarithmic."""
    points = [point for line in lines.values() for point in line]
    low_x, high_x = min(p[0] for p in points), max(p[0] for p in points)
    low_y = 10 ** math.floor(math.log10(min(p[1] for p in points)))
    high_y = 10 ** math.ceil(math.log10(max(p[1] for p in points) * 1.01))

    def place(value: float, low: float, high: float, begin: float, end: float) -> float:
        if low == high:
            return (begin + end) / 2
        return begin + (end - begin) * (math.log10(value / low) / math.log10(high / low))

    def x(value: float) -> float:
        return place(value, low_x, high_x, LEFT, WIDTH - RIGHT)

    def y(value: float) -> float:
        return place(value, low_y, high_y, HEIGHT - BOTTOM, TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    tick = low_y
    while tick <= high_y * 1.001:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{short(tick)}</text>')
        tick *= 10
    for value in sorted({point[0] for point in points}):
        parts.append(f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{short(value)}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>'
    )
    parts.append(f'<text x="14" y="{TOP - 6}">{escape(up)}</text>')
    ends = sorted(((y(line[-1][1]), name) for name, line in lines.items() if line))
    lowest = -math.inf
    for end, name in ends:
        colour = COLOURS[list(lines).index(name) % len(COLOURS)]
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in lines[name])
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in lines[name]]
        # Names that would lie on each other stand below each other.
        lowest = max(end, lowest + 14)
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{lowest + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
