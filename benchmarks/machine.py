"""What it was measured on; no names of hosts or places."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("pandas", "pyarrow", "pandera", "python-calamine", "openpyxl", "httpx", "SQLAlchemy", "uvicorn", "prefect")


def describe_machine() -> Iterator[str]:
    """Name processor, memory, system and versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    python = f"Python {platform.python_version()}"
    yield f"{cores} cores ({find_processor()}), {memory:.0f} GB of memory, {system}, {python}."
    yield ""
    yield ", ".join(f"{name} {version(name)}" for name in PACKAGES) + "."


def find_processor() -> str:
    """Name the processor's model."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "model unknown"


def describe_load() -> str:
    """Say how busy the machine is: programs that want a core, over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"
