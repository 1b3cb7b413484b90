"""Names at the edge: of files that the file system hardly takes, and of columns that look like something else."""

import errno
import os
from pathlib import Path

import pytest
import xlsxwriter
from readers_help import read_all

from straitsx_bulk.flows.command.drafting import draft_mapping
from straitsx_bulk.flows.command.inspecting import Use, inspect_file
from straitsx_bulk.io.readers import InputFile, find_files
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.schemas.errors import FileError, MappingError
from straitsx_bulk.schemas.headers import propose

LONGEST = 255
"""Bytes of a name that common file systems take."""


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz.csv"])
def test_a_name_so_long_that_no_mapping_fits_beside_it_has_none(tmp_path: Path, suffix: str) -> None:
    """``.mapping.yaml`` does not fit behind it; a folder with such a file is read all the same."""
    path = tmp_path / ("a" * (LONGEST - len(suffix)) + suffix)
    with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
        path.with_name(path.stem + ".mapping.yaml").stat()
    path.write_text("name,id\nTan,0012\n")
    for argument in (path, tmp_path):
        (file,) = find_files([str(argument)])
        assert file.mapping is None
        assert read_all(file.path).rows == [(2, ["Tan", "0012"])]


def test_of_a_long_name_the_mapping_without_its_suffix_may_still_fit(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 240 + ".csv")
    mapping = path.with_name(path.stem + ".mapping.yaml")
    for file in (path, mapping):
        file.write_text("version: 1")
    (found,) = find_files([str(path)])
    assert found.mapping == mapping


def test_a_name_that_no_file_can_have_says_so(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300 + ".csv")
    with pytest.raises(FileError, match=r"cannot be looked at: file name too long"):
        find_files([str(path)])
    with pytest.raises(MappingError, match=r"(?i)file name too long"):
        load_mapping(path.with_suffix(".yaml"))


def test_a_column_kept_twice_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "users.mapping.yaml"
    path.write_text("version: 1\ntype: personal\nkeep: [segment, branch, segment]\n")
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    assert str(caught.value) == f"{path}, line 3, `keep`: names the column `segment` twice; keep it once."


@pytest.mark.parametrize(
    "header",
    [
        "Customer", "Business", "Registered", "Number",
        "Passport Expiry", "NRIC Expiry Date", "Passport Issue Date", "Place of Birth", "Birth Place", "Phone Verified",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_parameter_is_proposed_for_nothing(header: str) -> None:
    """A wrong proposal is worse than none: it is a line of the draft that someone takes the ``#`` from."""
    (proposal,) = propose([header])
    assert proposal.parameter == ""


@pytest.mark.parametrize(
    ("header", "parameter"),
    [
        ("Type", "registrationType"),
        ("Country", "address.country"),
        ("Custmer Name", "customerName"),
        ("Nationalit", "nationality"),
        ("Passprt No", "registrationId"),
        ("STRAS", "address.street"),
        ("NAME1", "customerName"),
    ],
)
def test_what_is_misspelt_or_shortened_is_still_proposed(header: str, parameter: str) -> None:
    (proposal,) = propose([header])
    assert proposal.parameter == parameter


def test_the_columns_of_an_sap_export_are_looked_at_as_what_they_are(tmp_path: Path) -> None:
    """Customer is a number there, neither a type nor a name; nothing of it is drafted."""
    header = ["Customer", "NAME1", "STRAS", "ORT01", "PSTLZ", "LAND1"]
    rows = [["0000100234", "Tan Mei Ling", "Jalan Besar 1", "Singapore", "209034", "SG"]]
    text, book = tmp_path / "kna1.csv", tmp_path / "kna1.xlsx"
    text.write_text("\n".join(";".join(cells) for cells in [header, *rows]))
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for r, cells in enumerate([header, *rows]):
            sheet.write_row(r, 0, cells)
    for path in (text, book):
        inspection = inspect_file(InputFile(path, path.name, None), None)
        taken = {column.taken.header: column.taken for column in inspection.sheets[0].columns}
        assert (taken["Customer"].use, taken["Customer"].parameters) == (Use.NONE, ())
        assert {header: taken[header].parameters for header in header[1:]} == {
            "NAME1": ("customerName",),
            "STRAS": ("address.street",),
            "ORT01": ("address.city",),
            "PSTLZ": ("address.postalCode",),
            "LAND1": ("address.country",),
        }
        assert all(taken[header].use is Use.GUESS for header in header[1:])
        assert "# Not used: Customer" in draft_mapping(inspection).splitlines()
