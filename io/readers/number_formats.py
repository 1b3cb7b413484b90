"""Shows numbers through the number formats that change what an id or a code looks like.

Only formats that a person would read as part of the value count: leading zeros (``00000000``), characters in between
(``000-00-0000``, ``"S"0000000``), percentages and scientific form. Grouping, decimals and colours are decoration: such
a number is read plainly, because ``20,141,166`` is not what an id is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from straitsx_bulk.io.readers.cells import number_text, scientific_text

Show = Callable[[float], str]
BUILT_IN = {9: "0%", 10: "0.00%", 11: "0.00E+00", 48: "##0.0E+0"}
"""Numbers of formats that need no definition in the workbook (ECMA-376, 18.8.30), as far as they matter here."""
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|(E[+-])|([0#?])|([.,%@])|(.)', re.IGNORECASE | re.DOTALL
)
_DATE_LETTERS = frozenset("dmyhsDMYHSbgeBG")


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format: what stands where.

    Attributes:
        parts: Literal texts and, as ``("0",)``-like marks, the digit places before the point.
        decimals: Digit places after the point.
        percent: Whether the number is shown times 100.
        exponent: Whether it is shown in scientific form.
        grouped: Whether thousands are set apart.
    """

    parts: tuple[tuple[str, bool], ...]
    decimals: int
    percent: bool
    exponent: bool
    grouped: bool

    @property
    def matters(self) -> bool:
        """Tell whether a person would read the format as part of the value."""
        if self.percent or self.exponent:
            return True
        zeros = sum(1 for text, is_place in self.parts if is_place and text == "0")
        literal = any(not is_place and text.strip() for text, is_place in self.parts)
        places = any(is_place for _, is_place in self.parts)
        return places and not self.grouped and not self.decimals and (zeros > 1 or literal)

    def show(self, value: float) -> str:
        """Show a number that is not negative."""
        if self.exponent:
            return scientific_text(value, self.decimals)
        number = Decimal(repr(value)) * (100 if self.percent else 1)
        rounded = f"{number.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP):f}"
        whole, _, fraction = rounded.partition(".")
        return self._fill(whole) if not self.decimals else self._fill(whole, f".{fraction}")

    def _fill(self, whole: str, fraction: str = "") -> str:
        digits = whole.lstrip("0")
        places = [i for i, (_, is_place) in enumerate(self.parts) if is_place]
        out = [text if not is_place else "" for text, is_place in self.parts]
        for i in reversed(places):
            out[i] = digits[-1:] or ("0" if self.parts[i][0] == "0" else "")
            digits = digits[:-1]
        if places:
            out[places[0]] = digits + out[places[0]]
            out[places[-1]] += fraction
        return "".join(out)


def compile_format(code: str) -> Show | None:
    """Make a function that shows numbers through a format.

    Args:
        code: The format as the workbook has it, such as ``00000000``.

    Returns:
        The function, or None where the number is better read plainly (dates included: they are told apart elsewhere).
    """
    sections = [_parse_section(text) for text in _split_sections(code)]
    first = sections[0]
    if first is None or not first.matters or "[<" in code or "[>" in code or "[=" in code:
        return None
    negative = sections[1] if len(sections) > 1 else None
    zero = sections[2] if len(sections) > 2 else None

    def show(value: float) -> str:
        if abs(value) >= 1e15:
            return number_text(value)
        if value < 0:
            return negative.show(-value) if negative else "-" + first.show(-value)
        return (zero if zero and value == 0 else first).show(value)

    return show


def _split_sections(code: str) -> list[str]:
    sections, quoted, start = [], False, 0
    for i, character in enumerate(code):
        if character == '"' and (i == 0 or code[i - 1] != "\\"):
            quoted = not quoted
        elif character == ";" and not quoted:
            sections.append(code[start:i])
            start = i + 1
    return [*sections, code[start:]]


def _parse_section(code: str) -> _Section | None:
    """Take a section apart; None where it shows no number, or one in a way that is not understood."""
    parts: list[tuple[str, bool]] = []
    decimals, percent, exponent, grouped, after_point = 0, False, False, False, False
    if "general" in code.lower() or "/" in re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code):
        return None
    for quoted, escaped, currency, power, place, mark, other in _TOKEN.findall(code):
        if power:
            exponent = True
        elif place and exponent:
            continue
        elif place and after_point:
            decimals += 1
        elif place:
            parts.append((place, True))
        elif mark == ".":
            after_point = True
        elif mark == ",":
            grouped = True
        elif mark == "@" or (other in _DATE_LETTERS and other):
            return None
        else:
            percent = percent or mark == "%"
            parts.append((quoted or escaped or currency or mark or other, False))
    return _Section(tuple(parts), decimals, percent, exponent, grouped)
