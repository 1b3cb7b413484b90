"""Charts as inline SVG: no script, colours from the page's style sheet, a text for those who do not see them."""

from collections.abc import Sequence

from straitsx_bulk.io.reports.html import Html, join, tag
from straitsx_bulk.io.reports.story import Line

WIDTH = 720
_LABEL = 300
"""Room for a label: 40 characters of any usual font."""
_COUNT = 80
_BAR, _STEP = 22, 34


def draw_bars(title: str, lines: Sequence[Line], colour: str, *, whole: int = 0) -> Html:
    """Draw horizontal bars.

    Args:
        title: What the chart shows, for those who do not see it.
        lines: Label and count of each bar.
        colour: CSS class of the bars.
        whole: What a full bar stands for; the longest bar if 0.

    Returns:
        A figure.
    """
    most = max([whole, *(line.count for line in lines)], default=0) or 1
    bars = [_draw_bar(number, line, colour, most) for number, line in enumerate(lines)]
    return _figure(title, lines, len(lines) * _STEP, bars)


def _draw_bar(number: int, line: Line, colour: str, most: int) -> Html:
    top = number * _STEP + 4
    room = WIDTH - _LABEL - _COUNT
    length = max(round(room * line.count / most, 1), 1.5 if line.count else 0)
    middle = top + _BAR / 2 + 5
    return join(
        tag("text", _shorten(line.label), x=_LABEL - 12, y=middle, text_anchor="end", class_="label"),
        tag("rect", x=_LABEL, y=top, width=room, height=_BAR, rx=3, class_="track"),
        tag("rect", x=_LABEL, y=top, width=length, height=_BAR, rx=3, class_=colour),
        tag("text", f"{line.count:,}", x=WIDTH - _COUNT + 12, y=middle, class_="count"),
    )


def draw_stack(title: str, lines: Sequence[Line], colours: Sequence[str]) -> Html:
    """Draw one bar whose parts are the lines' shares of their sum.

    Args:
        title: What the chart shows.
        lines: Label and count of each part.
        colours: CSS class of each part.

    Returns:
        A figure.
    """
    whole = sum(line.count for line in lines) or 1
    parts, left = [], 0.0
    for line, colour in zip(lines, colours, strict=True):
        width = WIDTH * line.count / whole
        hint = tag("title", f"{line.label}: {line.count:,}")
        parts.append(tag("rect", hint, x=round(left, 1), y=0, width=round(width, 1), height=36, class_=colour))
        left += width
    return _figure(title, lines, 36, parts)


def _figure(title: str, lines: Sequence[Line], height: int, drawn: Sequence[Html]) -> Html:
    spoken = "; ".join(f"{line.label} {line.count:,}" for line in lines)
    box = f"0 0 {WIDTH} {height}"
    return tag("figure", tag("svg", drawn, viewBox=box, role="img", aria_label=f"{title}: {spoken}"))


def _shorten(label: str) -> str:
    return label if len(label) <= 40 else label[:39] + "…"
