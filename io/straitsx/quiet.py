"""Keeps libraries from logging what is personal: httpx logs every URL, and a look-up's URL holds a registration id."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

CHATTY_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "stamina",
)
"""A filter works on the logger it is set on, not on those below it: each is named."""


class _Silence:
    """A filter of its own for each client, so that one client's end does not unmute another's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let nothing pass."""
        return record is None


@contextmanager
def silence_transport_logs() -> Iterator[None]:
    """Let the transport's libraries log nothing, whatever levels are set, until the end of the context."""
    silence = _Silence()
    loggers = [logging.getLogger(name) for name in CHATTY_LOGGERS]
    for logger in loggers:
        logger.addFilter(silence)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(silence)
