"""The same customers again: edited, re-ordered, shifted, under another account, or back from the rejects workbook."""

import openpyxl
from e2e_exports import as_csv, body_of, people, person
from e2e_program import Ended, Machine, StartSandbox

from straitsx_bulk.io.sandbox.server import SandboxServer


def send(machine: Machine, sandbox: SandboxServer, *more: str) -> Ended:
    return machine.run("import", "people.csv", "--env", "local", "--base-url", sandbox.base_url, *more)


def held(sandbox: SandboxServer) -> dict[str, dict[str, object]]:
    return {str(profile.attributes["registrationId"]): dict(profile.attributes) for profile in sandbox.profiles()}


def test_an_edited_and_reordered_export_sends_what_is_new_and_nothing_else(
    machine: Machine, sandbox: SandboxServer
) -> None:
    first = [person(1), person(2, nationality=""), person(3), person(4)]
    machine.write("people.csv", as_csv(first))
    assert send(machine, sandbox).reports.outcomes == {"created": 4}
    sandbox.reset()
    second = [person(5), person(4), person(2), person(3, customerName="Person Number Changed"), person(1)]
    machine.write("people.csv", as_csv(second))
    ended = send(machine, sandbox)
    assert ended.reports.column("outcome") == ["created", "unchanged", "upgraded", "conflict", "unchanged"]
    assert held(sandbox) == {row["registrationId"]: body_of(row) for row in (*people(2), *people(3, first=3))}
    assert sandbox.stats().count_calls("create") == 1
    assert sandbox.stats().count_calls("patch") == 1


def test_an_id_column_shifted_by_one_row_writes_nothing_over_anybody(
    machine: Machine, start_sandbox: StartSandbox
) -> None:
    sandbox = start_sandbox()
    rows = people(20)
    machine.write("people.csv", as_csv(rows))
    send(machine, sandbox)
    before = held(sandbox)
    shifted = [
        row | {"registrationId": other["registrationId"]} for row, other in zip(rows, rows[1:] + rows[:1], strict=True)
    ]
    machine.write("people.csv", as_csv(shifted))
    for more in ((), ("--overwrite",)):
        ended = send(machine, sandbox, *more)
        assert (ended.code, ended.reports.outcomes) == (3, {"conflict": 20})
        assert held(sandbox) == before
    assert sandbox.stats().count_calls("patch") == 0


def test_an_id_column_shifted_by_one_row_against_profile_ids_writes_nothing(
    machine: Machine, sandbox: SandboxServer
) -> None:
    rows = people(6)
    machine.write("people.csv", as_csv(rows))
    ids = send(machine, sandbox).reports.column("customer_profile_id")
    before = held(sandbox)
    shifted = [
        row | {"CP ID": profile_id, "gender": "FEMALE"} for row, profile_id in zip(rows, ids[1:] + ids[:1], strict=True)
    ]
    machine.write("people.csv", as_csv(shifted))
    machine.write("people.mapping.yaml", "version: 1\nprofile_id: CP ID\n")
    for ledger in ((), ("--ledger", "sqlite:///new.db")):
        ended = send(machine, sandbox, *ledger)
        assert (ended.code, ended.reports.outcomes) == (3, {"conflict": 6})
        assert held(sandbox) == before


def test_a_row_is_unchanged_wherever_it_stands_in_whatever_file(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(3)))
    send(machine, sandbox)
    sandbox.reset()
    machine.write("exports/a.csv", as_csv([person(3), person(4)]))
    machine.write("exports/b.csv", as_csv([person(1), person(3)]))
    ended = machine.run("import", "exports", "--env", "local", "--base-url", sandbox.base_url)
    assert ended.reports.column("outcome") == ["unchanged", "created", "unchanged", "rejected"]
    assert ended.reports.column("errors")[3] == "registrationId:duplicate"
    assert sandbox.stats().by_call == {"create": {"200": 1}}


def test_another_account_knows_nothing_of_the_first(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(2)))
    send(machine, sandbox)
    other = send(machine, sandbox, "--account", "second")
    assert (other.code, other.reports.outcomes) == (0, {"unchanged": 2})
    assert other.reports.summary["api"]["calls"] > 0
    again = send(machine, sandbox, "--account", "second")
    assert again.reports.summary["api"]["calls"] == 0
    assert len(sandbox.profiles()) == 2


def test_a_header_without_rows_is_fine(machine: Machine, sandbox: SandboxServer) -> None:
    machine.write("people.csv", as_csv(people(1)).splitlines()[0] + "\n")
    ended = send(machine, sandbox)
    assert (ended.code, ended.reports.summary["rows_read"], sandbox.stats().calls) == (0, 0, 0)
    assert ended.reports.rows == []


def test_rejects_mended_in_the_workbook_come_back_and_are_created(machine: Machine, sandbox: SandboxServer) -> None:
    rows = [person(1), person(2, customerName="Wei-Ming O'Brien"), person(3, registrationId=""), person(4)]
    machine.write("people.csv", as_csv(rows))
    ended = send(machine, sandbox, "--repair", "none")
    assert ended.reports.column("outcome") == ["created", "rejected", "rejected", "created"]

    path = ended.reports.folder / "rejects.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Rejected"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("customerName") + 1).value = "Wei Ming OBrien"
    book.save(machine.folder / "mended.xlsx")

    mended = machine.run("import", "mended.xlsx", "--env", "local", "--base-url", sandbox.base_url)
    lines = [(row["source"], row["row"], row["outcome"]) for row in mended.reports.rows]
    assert lines == [("people.csv", "3", "created"), ("people.csv", "4", "rejected")]
    assert held(sandbox)["P0000002X"]["customerName"] == "Wei Ming OBrien"
