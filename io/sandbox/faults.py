"""What shall go wrong, from a text such as ``seed=7,500-before=0.02,drop-after:create=0.01,401@120,outage@200+50``.

Parts are separated by commas. A fault comes at a rate, or at a moment:

``KIND=RATE``
    for this share of all calls, 0 to 1, drawn with the seed in the order in which calls come;
``KIND@N``, ``KIND@N+M``
    for call N, or for M calls from N on, counted from 1 since the start;
``KIND@Ns+Ms``
    for M seconds, beginning N seconds after the start.

``KIND:CALL`` in place of ``KIND`` keeps a fault to one kind of call (``create``, ``list``, ``get``, ``patch``,
``verify``) and counts N among these. A moment goes before a rate; of several moments, the first in the text. A call
that is refused for its rate has no other fault.

Kinds. *before*: nothing is done; *after*: the call is done and committed, then its answer is lost or spoilt:

====================================== ==========================================================================
``500-before``, ``500-after``          500 STXE-9100
``424-before``, ``424-after``          424 STXE-8000
``502-…``, ``503-…``, ``504-…``        a gateway's page in HTML with that status
``drop-before``, ``drop-after``        the connection is closed without a byte of an answer
``timeout-before``, ``timeout-after``  no answer, until the client gives up or ``hold`` is over
``html-before``, ``html``              200 with a page in HTML
``garbage-before``, ``garbage``        200, said to be JSON, and is not
``truncate``                           the true answer, connection closed in the middle of its body
``cut``                                the true answer, half of its JSON in a whole HTTP message
``no-id``                              the true answer without ``id``
``429``                                429 STXE-9000 (nothing done)
``401``, ``403``, ``locked``           401 XFE5, 403 XFE6, 403 STXE-2000 (nothing done)
``outage``                             as ``drop-before``; reads better at a moment
====================================== ==========================================================================

``html-after`` and ``garbage-after`` may be written for ``html`` and ``garbage``.

Settings in the same text: ``seed=N`` (0); ``retry-after=2`` or ``retry-after=date:2``, what every 429 and 503 says in
``Retry-After`` (nothing); ``hold=30``, the longest that an answer is withheld, seconds; ``latency=0.05``, seconds
that every answer takes; ``partial=list+get``, calls whose answers leave out what the vendor's samples leave out (any
of ``create``, ``list``, ``get``, ``patch``).
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from straitsx_bulk.io.sandbox.routing import Call


class Effect(Enum):
    """What becomes of the answer."""

    REFUSAL = auto()
    GATEWAY_PAGE = auto()
    DROP = auto()
    WITHHOLD = auto()
    HTML = auto()
    GARBAGE = auto()
    TRUNCATE = auto()
    CUT = auto()
    NO_ID = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: As written in a specification, and as counted.
        effect: What becomes of the answer.
        is_after: Whether the call is done first.
        status: HTTP status, where the effect has one.
        code: The vendor's error code, where the effect has one.
    """

    name: str
    effect: Effect
    is_after: bool = False
    status: int = 0
    code: str = ""


def _list_kinds() -> dict[str, Fault]:
    kinds = [
        Fault("429", Effect.REFUSAL, status=429, code="STXE-9000"),
        Fault("401", Effect.REFUSAL, status=401, code="XFE5"),
        Fault("403", Effect.REFUSAL, status=403, code="XFE6"),
        Fault("locked", Effect.REFUSAL, status=403, code="STXE-2000"),
        Fault("outage", Effect.DROP),
        Fault("truncate", Effect.TRUNCATE, is_after=True),
        Fault("cut", Effect.CUT, is_after=True),
        Fault("no-id", Effect.NO_ID, is_after=True),
    ]
    for when in ("before", "after"):
        is_after = when == "after"
        kinds += [
            Fault(f"500-{when}", Effect.REFUSAL, is_after, 500, "STXE-9100"),
            Fault(f"424-{when}", Effect.REFUSAL, is_after, 424, "STXE-8000"),
            Fault(f"drop-{when}", Effect.DROP, is_after),
            Fault(f"timeout-{when}", Effect.WITHHOLD, is_after),
            Fault(f"html-{when}", Effect.HTML, is_after),
            Fault(f"garbage-{when}", Effect.GARBAGE, is_after),
        ]
        kinds += [Fault(f"{status}-{when}", Effect.GATEWAY_PAGE, is_after, status) for status in (502, 503, 504)]
    by_name = {kind.name: kind for kind in kinds}
    return {**by_name, "html": by_name["html-after"], "garbage": by_name["garbage-after"]}


KINDS = _list_kinds()


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault comes: at a rate, or within a span of calls or seconds.

    Attributes:
        fault: What comes.
        call: The kind of call that it is kept to; None for all.
        rate: Share of calls; 0 for a rule with a span.
        start: First call, or first second; None for a rule with a rate.
        length: How many calls or seconds.
        in_seconds: Whether the span is one of seconds.
    """

    fault: Fault
    call: Call | None = None
    rate: float = 0.0
    start: float | None = None
    length: float = 1.0
    in_seconds: bool = False

    def covers(self, number: int, elapsed: float) -> bool:
        """Whether the span holds a call of this number, so many seconds after the start."""
        if self.start is None:
            return False
        return self.start <= (elapsed if self.in_seconds else number) < self.start + self.length


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A whole specification, read.

    Attributes:
        rules: When which fault comes.
        seed: Where the draws begin.
        retry_after: What ``Retry-After`` says, ``"2"`` or ``"date:2"``; empty for no header.
        hold: The longest that an answer is withheld, seconds.
        latency: What every answer takes, seconds.
        partial: Calls whose answers are partial.
    """

    rules: tuple[Rule, ...] = ()
    seed: int = 0
    retry_after: str = ""
    hold: float = 30.0
    latency: float = 0.0
    partial: frozenset[Call] = field(default=frozenset())


class FaultSource:
    """Says of each call what shall go wrong with it, the same for the same plan and order of calls.

    Args:
        plan: The specification.
    """

    def __init__(self, plan: FaultPlan) -> None:
        self._rules = plan.rules
        self._draws = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose, nothing secret
        self._numbers: Counter[Call | None] = Counter()

    def choose_fault(self, call: Call, elapsed: float) -> Fault | None:
        """The fault of the next call, or None.

        Args:
            call: Which kind of call it is.
            elapsed: Seconds since the start.
        """
        if not self._rules:
            return None
        self._numbers.update((None, call))
        mine = [rule for rule in self._rules if rule.call in {None, call}]
        draw = self._draws.random()
        for rule in mine:
            if rule.covers(self._numbers[rule.call], elapsed):
                return rule.fault
        for rule in mine:
            if draw < rule.rate:
                return rule.fault
            draw -= rule.rate
        return None
