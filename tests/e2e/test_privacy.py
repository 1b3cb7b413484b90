"""Made-up personal values and a made-up key are seeded, then looked for where they must not be."""

import base64
import hashlib
import signal
from pathlib import Path

import httpx
import pytest
from e2e_exports import as_csv, body_of, person
from e2e_program import Ended, Machine, Reports, make_machine
from e2e_warm import WarmProgram
from sandbox_gate import Gate
from sandbox_open import settle, unlimited

from straitsx_bulk.io.sandbox.server import SandboxServer

KEY = "sk-made-up-7f3e9c1b5a-never-to-be-seen"
SEEDED = {
    "customerName": "Zebulonia Quixworth",
    "registrationId": "Q7391824W",
    "dateOfBirth": "1961-08-23",
    "address.street": "4711 Wombat Crossing",
    "address.postalCode": "WZ7 3QX",
    "email": "zebulonia@quixworth.example",
    "phoneNo": "+6591827364",
    "User Id": "REFERENCE-55190",
}
SEGMENT = "Wealthy-Hermits"
"""Long, as all that is looked for: three letters are in any file of digests by chance."""
MAPPING = "version: 1\nreference: User Id\nkeep: [Segment]\n"
REPORTS = ("results.csv", "rejects", "report.html")


def seeded(number: int, **changes: str) -> dict[str, str]:
    """A row whose values nobody else has; another for each number."""
    changed = {name: f"{value[:-1]}{number}" for name, value in SEEDED.items() if name not in {"dateOfBirth", "email"}}
    row = {
        **person(number),
        "address.country": "GB",  # whose codes have letters: six digits are in any log by chance
        **SEEDED,
        **changed,
        "Segment": SEGMENT,
        "email": f"z{number}.{SEEDED['email']}",
    }
    row["customerName"] = SEEDED["customerName"] + "ABCDEFGHIJKLMNOP"[number]
    return row | {name.replace("__", "."): value for name, value in changes.items()}


ROWS = [
    seeded(1),
    seeded(2, customerName="Zebulonia Quixworth 李"),  # rejected
    seeded(3, nationality=""),  # refused by a strict sandbox
    seeded(4),  # exists with another street: conflict
    seeded(5),  # exists with all of it: unchanged
    seeded(6),
    seeded(6, customerName="Zebulonia Quixworth Other"),  # identity conflict with the one before
    seeded(1),  # duplicate
    seeded(7, registrationId="7.39E+14"),
    seeded(8),  # in doubt
    seeded(9),  # not attempted
]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, warm: WarmProgram) -> tuple[Machine, list[Ended]]:
    """A machine on which every outcome came about, a run was killed, and every command has had its say."""
    machine = make_machine(tmp_path_factory.mktemp("privacy"), warm)
    machine.environ["X_XFERS_APP_API_KEY"] = KEY
    settings = unlimited(strict=True, faults="drop-after:create@7,401:list@3")
    with SandboxServer(settings) as sandbox:
        give_profiles(sandbox)
        machine.write("people.csv", as_csv(ROWS))
        machine.write("people.mapping.yaml", MAPPING)
        target = ("--env", "local", "--base-url", sandbox.base_url)
        ended = [
            machine.run("validate", "people.csv"),
            machine.run("import", "people.csv", *target, "--dry-run"),
            machine.run("import", "people.csv", *target, "--concurrency", "1", "--rate", "1000"),
            machine.run("import", "people.csv", *target),
            machine.run("upgrade", "people.csv", *target, "--json"),
            machine.run("import", "people.csv", *target, "--retry-refused", "--overwrite"),
            machine.run("status"),
        ]
    return machine, ended


def give_profiles(sandbox: SandboxServer) -> None:
    """Profiles that exist before the import."""
    url = f"{sandbox.base_url}/kyc/customer_profiles"
    with httpx.Client(trust_env=False, headers={"X-XFERS-APP-API-KEY": "somebody-else"}) as client:
        for number, changes in ((4, {"address.street": "9 Elsewhere Road"}), (5, {"gender": "FEMALE"})):
            row = {name: value for name, value in seeded(number).items() if name not in {"User Id", "Segment"}}
            assert client.post(url, json=body_of(row | changes)).is_success


def personal_texts() -> set[str]:
    """Every seeded text, and the parts of it that would already tell a person."""
    whole = {row[name] for row in ROWS for name in SEEDED} - {"7.39E+14"}
    return whole | {"Zebulonia", "Quixworth", "quixworth.example", "Wombat"}


def forms_of(text: str) -> dict[str, bytes]:
    """A text as it would lie in a file, and what anyone who can guess it could recognise it by."""
    plain = text.encode()
    forms = {
        "plain": plain,
        "upper": text.upper().encode(),
        "lower": text.lower().encode(),
        "utf-16": text.encode("utf-16-le"),
        "base64": base64.b64encode(plain).rstrip(b"=")[:-1],
    }
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        digest = hashlib.new(name, plain)
        forms[name] = digest.digest()[:12]
        forms[f"{name} hex"] = digest.hexdigest()[:24].encode()
    return forms


def find_in(content: bytes, texts: set[str]) -> list[str]:
    return [f"{text} ({form})" for text in sorted(texts) for form, seen in forms_of(text).items() if seen in content]


def test_every_outcome_came_about(used: tuple[Machine, list[Ended]]) -> None:
    _, ended = used
    seen = {row["outcome"] for one in ended if one.folders for row in one.reports.rows}
    assert seen == {
        *("valid", "created", "upgraded", "unchanged", "conflict", "rejected", "refused", "in_doubt", "not_attempted")
    }


def test_no_personal_value_is_on_the_terminal(used: tuple[Machine, list[Ended]]) -> None:
    _, ended = used
    for one in ended:
        assert find_in((one.stdout + one.stderr).encode(), personal_texts() | {KEY}) == []
        assert "Traceback" not in one.stderr


def test_no_personal_value_is_in_any_file_but_the_input_and_the_reports(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    seen = [path for path, _ in machine.everything(without=("people.csv", *REPORTS))]
    assert {path.name for path in seen} >= {"ledger.db", "summary.json", ".gitignore", "ledger.secret"}
    found = {
        path.name: find_in(content, personal_texts() | {SEGMENT})
        for path, content in machine.everything(without=("people.csv", *REPORTS))
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_personal_value_is_in_a_file_name(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    names = "\n".join(str(path) for root in (machine.folder, machine.home) for path in root.rglob("*"))
    assert find_in(names.encode(), personal_texts() | {KEY}) == []


def test_the_page_masks_personal_values(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    pages = [content for path, content in machine.everything() if path.name == "report.html"]
    assert len(pages) == 6
    for content in pages:
        assert find_in(content, personal_texts()) == []


def test_the_key_is_nowhere(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    found = {path.name: find_in(content, {KEY}) for path, content in machine.everything()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_spool_outlives_its_run(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    assert [path for path in machine.folder.rglob("*") if "spool" in path.name or path.suffix == ".part"] == []
    assert list(machine.temporary.iterdir()) == []


def test_a_killed_runs_spool_is_private_and_goes_with_its_reports(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv([seeded(number) for number in range(1, 9)]))
    machine.write("people.mapping.yaml", MAPPING)
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    with Gate(sandbox, 2) as gate:
        process = machine.start(*command, "--concurrency", "1", "--rate", "1000")
        gate.wait_for(1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    settle(sandbox)
    [folder] = machine.list_runs()
    spool = [path for path in folder.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in spool} == {"0o600"}
    outside = dict(machine.everything(without=("people.csv", "/spool/", *REPORTS)))
    assert [name for name, content in outside.items() if find_in(content, personal_texts())] == []
    assert machine.run("status").code == 0
    assert len(Reports(folder).rows) == 8
    assert not (folder / "spool").exists()


def test_the_reference_in_the_ledger_comes_back_by_status_alone(used: tuple[Machine, list[Ended]]) -> None:
    machine, _ = used
    crosswalk = machine.folder / "crosswalk.csv"
    assert machine.run("status", "--crosswalk", "crosswalk.csv").code == 0
    lines = crosswalk.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "reference,customer_profile_id,rail,verification_status"
    told = {line.split(",")[0] for line in lines[1:]}
    assert told >= {seeded(1)["User Id"], seeded(8)["User Id"], seeded(9)["User Id"]}
    assert oct(crosswalk.stat().st_mode & 0o777) == "0o600"
    crosswalk.unlink()


def test_a_defect_tells_its_place_and_no_value(machine: Machine, sandbox: SandboxServer, tmp_path: Path) -> None:
    """Whatever goes wrong inside, the sentence holds no value: here the ledger is broken while the run goes."""
    machine.write("people.csv", as_csv([seeded(1)]))
    ledger = machine.folder / ".straitsx-bulk/ledger.db"
    command = ("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url)
    assert machine.run(*command).code == 0
    ledger.write_bytes(ledger.read_bytes()[:5000])
    ended = machine.run(*command)
    assert (ended.code in {1, 2}, "Traceback" in ended.stderr) == (True, False)
    assert find_in(ended.stderr.encode(), personal_texts()) == []
