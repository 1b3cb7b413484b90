"""``doctor`` over a real socket: one line for each thing that a run needs, and the mend."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from delivery_killed import VARIABLE, KillableProgram
from e2e_exports import as_csv, people
from e2e_program import Ended, Machine, make_machine
from sandbox_open import unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture
def machine(tmp_path: Path, program: KillableProgram) -> Machine:
    """A folder with an export, and a signing key."""
    machine = make_machine(tmp_path, program)
    machine.write("people.csv", as_csv(people(3)))
    machine.write("signing.pem", PRIVATE.decode())
    return machine


def ask(machine: Machine, sandbox: SandboxServer, command: str = "doctor", **environ: str) -> Ended:
    """Run a command against a sandbox."""
    files = ["people.csv"] if command == "import" else []
    return machine.run(command, *files, "--env", "local", "--base-url", sandbox.base_url, **environ)


def lines_of(ended: Ended) -> dict[str, tuple[bool, str]]:
    """What was looked at, to whether it is fine and what was told."""
    found = {}
    for line in ended.stderr.splitlines():
        mark, _, rest = line.partition("  ")
        name, _, told = rest.strip().partition(": ")
        found[name] = (mark.strip() == "ok", told)
    return found


def test_all_is_well_in_one_line_each(machine: Machine) -> None:
    with SandboxServer(unlimited()) as sandbox:
        ask(machine, sandbox, "import")
        ended = ask(machine, sandbox)
    lines = lines_of(ended)
    assert ended.code == 0, ended.stderr
    assert list(lines) == ["disk", "target", "ledger", "rows in doubt", "key and scopes", "signing", "clock", "Prefect"]
    assert all(fine for fine, _ in lines.values())
    assert "holds 3 keys" in lines["ledger"][1]
    assert sandbox.stats().by_call == {"create": {"200": 3}, "list": {"200": 1}}


@pytest.mark.parametrize(
    ("fault", "word"), [("401@1", "X_XFERS_APP_API_KEY"), ("403@1", "scopes"), ("locked@1", "locked")]
)
def test_a_key_that_is_turned_down_is_named_with_the_mend(machine: Machine, fault: str, word: str) -> None:
    with SandboxServer(unlimited(faults=fault)) as sandbox:
        ended = ask(machine, sandbox)
    fine, told = lines_of(ended)["key and scopes"]
    assert (ended.code, fine, word in told) == (1, False, True), ended.stderr


@pytest.mark.parametrize(("offset", "side"), [(3600, "behind"), (-3600, "ahead of")])
def test_a_clock_that_is_wrong_is_named_by_doctor_and_by_the_run(machine: Machine, offset: float, side: str) -> None:
    signing = {"PRIVATE_KEY_PATH": "signing.pem", "PUBLIC_KEY_ID": "key-1"}
    with SandboxServer(unlimited(clock_offset=offset, public_key=PUBLIC)) as sandbox:
        doctor = ask(machine, sandbox, **signing)
        run = ask(machine, sandbox, "import", **signing)
    lines = lines_of(doctor)
    assert (doctor.code, lines["clock"][0]) == (1, False)
    assert f"s {side} the API's" in lines["clock"][1]
    assert (run.code, f"s {side} the API's" in run.stderr, "set the clock" in run.stderr) == (1, True, True), run.stderr
    assert run.reports.outcomes == {"not_attempted": 3}


def test_rows_in_doubt_fail_the_check_and_say_what_settles_them(machine: Machine) -> None:
    with SandboxServer(unlimited()) as sandbox:
        ask(machine, sandbox, "import", **{VARIABLE: "profile created/after/1"})
        ended = ask(machine, sandbox)
        assert (ended.code, lines_of(ended)["rows in doubt"][0]) == (1, False), ended.stderr
        assert "reconcile" in lines_of(ended)["rows in doubt"][1]
        ask(machine, sandbox, "import")
        assert ask(machine, sandbox).code == 0


def test_a_lost_secret_and_a_damaged_ledger_are_told(machine: Machine) -> None:
    with SandboxServer(unlimited()) as sandbox:
        ask(machine, sandbox, "import")
        [secret] = machine.home.rglob("ledger.secret")
        kept = secret.read_bytes()
        secret.unlink()
        lost = ask(machine, sandbox)
        assert (lost.code, lines_of(lost)["ledger"][0], secret.exists()) == (1, False, False)
        secret.write_bytes(kept)
        secret.chmod(0o600)
        ledger = machine.folder / ".straitsx-bulk/ledger.db"
        content = bytearray(ledger.read_bytes())
        content[4096 : len(content) // 2] = b"\xee" * (len(content) // 2 - 4096)
        ledger.write_bytes(content)
        damaged = ask(machine, sandbox)
    assert (damaged.code, lines_of(damaged)["ledger"][0]) == (1, False), damaged.stderr
    assert "Traceback" not in lost.stderr + damaged.stderr


SIGNING = {"PRIVATE_KEY_PATH": "signing.pem", "PUBLIC_KEY_ID": "key-1"}


def test_a_signature_that_is_taken_is_told_with_its_key(machine: Machine) -> None:
    with SandboxServer(unlimited(public_key=PUBLIC, public_key_id="key-1")) as sandbox:
        ended = ask(machine, sandbox, **SIGNING)
    assert (ended.code, lines_of(ended)["signing"]) == (0, (True, "requests are signed as key-1"))


def test_a_signature_that_is_turned_down_is_told_apart_from_the_key(machine: Machine) -> None:
    """The account asks for no signature, so that the key alone is taken."""
    with SandboxServer(unlimited(faults="401@1")) as sandbox:
        ended = ask(machine, sandbox, **SIGNING)
    lines = lines_of(ended)
    assert (ended.code, lines["key and scopes"][0], lines["signing"][0]) == (1, True, False), ended.stderr
    assert "private half" in lines["signing"][1]


def test_what_the_api_says_of_a_key_or_signature_is_shown(machine: Machine) -> None:
    with SandboxServer(unlimited(public_key=PUBLIC, public_key_id="another")) as sandbox:
        ended = ask(machine, sandbox, **SIGNING)
    lines = lines_of(ended)
    assert (ended.code, lines["key and scopes"][0], "signing" in lines) == (1, False, False), ended.stderr
    assert "Unknown public key ID" in lines["key and scopes"][1]


def test_the_ledger_is_looked_at_where_the_key_is_missing_too(machine: Machine) -> None:
    with SandboxServer(unlimited()) as sandbox:
        ask(machine, sandbox, "import")
        fine = ask(machine, sandbox, PRIVATE_KEY_PATH="no.pem", PUBLIC_KEY_ID="key-1")
        [secret] = machine.home.rglob("ledger.secret")
        secret.unlink()
        lost = ask(machine, sandbox, PRIVATE_KEY_PATH="no.pem", PUBLIC_KEY_ID="key-1")
    for ended, whole in ((fine, True), (lost, False)):
        lines = lines_of(ended)
        assert (ended.code, lines["target and key"][0], lines["ledger"][0]) == (1, False, whole), ended.stderr


def test_an_api_that_cannot_be_reached_is_told_with_the_reason(machine: Machine) -> None:
    with SandboxServer(unlimited(faults="drop-before=1")) as sandbox:
        ended = ask(machine, sandbox)
    fine, told = lines_of(ended)["key and scopes"]
    assert (ended.code, fine, "connection" in told) == (1, False, True), ended.stderr
