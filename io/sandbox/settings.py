"""What the embedded sandbox can be told, and the one error that a user of it may see."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class SandboxError(Exception):
    """The sandbox cannot be had as asked: a setting, fault specification, state file or port that does not work."""


class Duplicates(StrEnum):
    """How a create of a key that exists is refused (vendor README, Errors: the same thing comes in several forms)."""

    ALTERNATE = "alternate"  # 422 STXE-7000 first, then 400 XFE16, and so on
    STXE = "stxe"
    XFE = "xfe"


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How the sandbox behaves.

    Attributes:
        port: Port on 127.0.0.1; 0 takes a free one.
        tps: Calls allowed in any window, all calls together (vendor README: 5 a second); 0 or None for no limit.
        window: Length of that window, seconds.
        state: SQLite file that keeps the profiles; None keeps them in memory.
        faults: What shall go wrong, as ``faults.py`` describes; empty for nothing.
        strict: Whether a create needs every parameter that the newest OpenAPI document requires.
        verified: Whether a profile is verified at once instead of ``pending``.
        live: Whether the sandbox's own endpoint is refused, as it is in production.
        list_in_data: Whether a list answers ``{"data": […]}`` instead of a bare array of ``{"data": {…}}``.
        duplicates: How a create of a key that exists is refused.
        keys: Keys that are known; None accepts any that is not empty.
        keys_without_scope: Known keys that may not do this (403 XFE6).
        locked_keys: Known keys whose account is locked (403 STXE-2000).
        public_key: Ed25519 public key, PEM; given, every call must be signed with its private half.
        public_key_id: What ``X-PUBLIC-KEY-ID`` must then say; None accepts any.
        clock_offset: Seconds by which the sandbox's clock is ahead of the machine's (signatures and ``Date``).
    """

    port: int = 0
    tps: float | None = 5.0
    window: float = 1.0
    state: Path | None = None
    faults: str = ""
    strict: bool = False
    verified: bool = False
    live: bool = False
    list_in_data: bool = False
    duplicates: Duplicates = Duplicates.ALTERNATE
    keys: frozenset[str] | None = field(default=None, repr=False)
    keys_without_scope: frozenset[str] = field(default=frozenset(), repr=False)
    locked_keys: frozenset[str] = field(default=frozenset(), repr=False)
    public_key: bytes | None = None
    public_key_id: str | None = None
    clock_offset: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SandboxError(f"There is no port {self.port}; ports are 1 to 65535, and 0 takes a free one.")
        if self.tps is not None and not (self.tps >= 0 and math.isfinite(self.tps)):
            raise SandboxError(f"A rate of {self.tps} calls a second makes no sense; give a number, or 0 for no limit.")
        if not (self.window > 0 and math.isfinite(self.window)):
            raise SandboxError(f"A window of {self.window} seconds makes no sense; give a number above 0.")
