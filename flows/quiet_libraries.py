"""The program talks to the API and to the Prefect server it was given, and to nobody else (contract, Promises 7)."""

import os

SILENT = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
"""Prefect's client and its server each send usage figures to their maker unless these say no."""


def silence_telemetry() -> None:
    """Switch the libraries' telemetry off in this process and in those it starts."""
    os.environ.update(SILENT)
