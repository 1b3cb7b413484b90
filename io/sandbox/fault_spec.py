"""Reading a fault specification; ``faults.py`` says what one looks like."""

import difflib
import math
from collections.abc import Callable
from typing import Any

from straitsx_bulk.io.sandbox.faults import KINDS, Fault, FaultPlan, Rule
from straitsx_bulk.io.sandbox.routing import Call
from straitsx_bulk.io.sandbox.settings import SandboxError

MAY_BE_PARTIAL = frozenset({Call.CREATE, Call.LIST, Call.GET, Call.PATCH})


def read_faults(text: str) -> FaultPlan:
    """Read a specification.

    Args:
        text: As ``faults.py`` describes; empty for no faults.

    Raises:
        SandboxError: Naming the part that cannot be understood, and what could stand there.
    """
    rules: list[Rule] = []
    settings: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        read = _SETTINGS.get(name)
        if read is None:
            rules.append(_read_rule(part))
            continue
        try:
            settings[name.replace("-", "_")] = read(value)
        except ValueError as error:
            raise SandboxError(f"'{part}' in the faults: {_HELP[name]}") from error
    _check_rates(rules)
    return FaultPlan(tuple(rules), **settings)


def _read_seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(text)
    return seconds


def _read_retry_after(text: str) -> str:
    if not (text.isascii() and text.removeprefix("date:").isdigit()):
        raise ValueError(text)
    return text


def _read_partial(text: str) -> frozenset[Call]:
    calls = frozenset(Call(name) for name in text.split("+"))
    if not calls <= MAY_BE_PARTIAL:
        raise ValueError(text)
    return calls


_SETTINGS: dict[str, Callable[[str], Any]] = {
    "seed": int,
    "retry-after": _read_retry_after,
    "hold": _read_seconds,
    "latency": _read_seconds,
    "partial": _read_partial,
}
_HELP = {
    "seed": "a seed is a whole number, as in seed=7.",
    "retry-after": "write seconds (retry-after=2), or a date so many seconds ahead (retry-after=date:2).",
    "hold": "write seconds, as in hold=30.",
    "latency": "write seconds, as in latency=0.05.",
    "partial": "write create, list, get and patch, joined by +, as in partial=list+get.",
}


def _read_rule(part: str) -> Rule:
    target, sign, value = _split_rule(part)
    kind, _, call_name = target.partition(":")
    fault = KINDS.get(kind)
    if fault is None:
        raise SandboxError(_explain_kind(part, kind))
    try:
        call = Call(call_name) if call_name else None
    except ValueError as error:
        known = ", ".join(Call)
        raise SandboxError(f"'{part}' in the faults: there is no call '{call_name}'; calls are {known}.") from error
    try:
        return _read_rate(fault, call, value) if sign == "=" else _read_span(fault, call, value)
    except ValueError as error:
        raise SandboxError(
            f"'{part}' in the faults: after the kind comes a rate from 0 to 1 ({kind}=0.02), a call ({kind}@120), "
            f"calls ({kind}@200+50) or seconds ({kind}@10s+5s)."
        ) from error


def _split_rule(part: str) -> tuple[str, str, str]:
    sign = "@" if "@" in part else "="
    target, _, value = part.partition(sign)
    return target.strip(), sign, value.strip()


def _explain_kind(part: str, kind: str) -> str:
    near = difflib.get_close_matches(kind, [*KINDS, *_SETTINGS], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"'{part}' in the faults: there is no fault '{kind}'.{hint} There are {', '.join(sorted(KINDS))}."


def _read_rate(fault: Fault, call: Call | None, text: str) -> Rule:
    rate = float(text)
    if not 0 <= rate <= 1:
        raise ValueError(text)
    return Rule(fault, call, rate=rate)


def _read_span(fault: Fault, call: Call | None, text: str) -> Rule:
    start, plus, length = text.partition("+")
    in_seconds = start.endswith("s")
    if in_seconds:
        if not length.endswith("s"):
            raise ValueError(text)
        return Rule(
            fault, call, start=_read_seconds(start[:-1]), length=_read_seconds(length[:-1]), in_seconds=in_seconds
        )
    first, count = int(start), int(length) if plus else 1
    if first < 1 or count < 1:
        raise ValueError(text)
    return Rule(fault, call, start=first, length=count)


def _check_rates(rules: list[Rule]) -> None:
    for call in Call:
        total = sum(rule.rate for rule in rules if rule.call in {None, call})
        if total > 1 + 1e-9:
            raise SandboxError(f"The rates of the faults of '{call}' add up to {total:g}; they cannot exceed 1.")
