"""What every flow is declared with, in one place, so that the entry files hold names and parameters only.

Nothing of a run is kept by Prefect, nobody's ``print`` is, and no failure is retried: what is known of a row is in the
ledger, and a failure of ours is a verdict. A crash is another matter; a hook has the run started again.
"""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeAlias, TypeVar

from straitsx_bulk.flows.orchestration.notifying import (  # first: it silences telemetry before Prefect is imported
    start_again,
    tell_ending,
)

from prefect import Flow, flow  # isort: skip
from prefect.client.schemas.objects import State  # isort: skip

P = ParamSpec("P")
R = TypeVar("R")

FlowState: TypeAlias = State[Any]
"""What a flow gives: the state that tells how its run ended."""

KEPT_BY_PREFECT: dict[str, Any] = {"persist_result": False, "log_prints": False, "retries": 0}

WHOLE_RUN: dict[str, Any] = {
    "on_completion": [tell_ending],
    "on_failure": [tell_ending],
    "on_cancellation": [tell_ending],
    "on_crashed": [tell_ending, start_again],
}
"""The hooks of a run of its own: somebody is told how it ended, and a crashed one is started again, once."""


def declare_flow(
    name: str, *, is_whole: bool = True
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], "Flow[P, Coroutine[Any, Any, R]]"]:
    """Make the decorator of a flow.

    Args:
        name: As Prefect shows it.
        is_whole: Whether it is a run of its own; a part of another run tells nobody, and that run starts it again.
    """
    hooks = WHOLE_RUN if is_whole else {}
    return flow(name=name, **KEPT_BY_PREFECT, **hooks)
