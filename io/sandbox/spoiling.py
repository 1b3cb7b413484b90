"""What faults do to answers."""

import json
from dataclasses import replace

from straitsx_bulk.io.sandbox.answers import Answer, RefusedError, answer_json, answer_refusal
from straitsx_bulk.io.sandbox.faults import Effect, Fault

HTML_TYPE = ((b"content-type", b"text/html; charset=utf-8"),)
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>\n"
GATEWAY_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>\n"
GARBAGE = b'\xff\xfe{"data": {"id": customer_profile_'
MESSAGES = {
    "STXE-9000": "Rate limit exceeded",
    "STXE-9100": "Internal server error",
    "STXE-8000": "A required operation failed",
    "STXE-2000": "Account locked",
    "XFE5": "Invalid API Key",
    "XFE6": "The API Key lacks a scope",
}


def answer_fault(fault: Fault, method: str) -> Answer:
    """The answer that a fault gives in place of the true one; an empty one where it gives none of its own."""
    if fault.effect is Effect.REFUSAL:
        return answer_refusal(RefusedError(fault.status, fault.code, MESSAGES[fault.code]), method)
    if fault.effect is Effect.GATEWAY_PAGE:
        return Answer(fault.status, GATEWAY_PAGE % (fault.status, fault.status), HTML_TYPE)
    if fault.effect is Effect.HTML:
        return Answer(200, HTML_PAGE, HTML_TYPE)
    return Answer(200, GARBAGE if fault.effect is Effect.GARBAGE else b"")


def spoil_answer(fault: Fault, true: Answer, instead: Answer) -> Answer:
    """What goes out after a call was done.

    Args:
        fault: What goes wrong.
        true: The call's own answer.
        instead: What the fault gives in its place, where it does.
    """
    if fault.effect is Effect.TRUNCATE:
        return true
    if fault.effect is Effect.CUT:
        return replace(true, body=true.body[: len(true.body) // 2])
    if fault.effect is Effect.NO_ID:
        return answer_json(_drop_ids(json.loads(true.body)), true.status)
    return instead


def _drop_ids(value: object) -> object:
    """The same without the ``id`` of every profile in it."""
    if isinstance(value, list):
        return [_drop_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _drop_ids(one) if name == "data" else one for name, one in value.items() if name != "id"}
