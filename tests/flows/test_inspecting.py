"""Looking at an export before it is mapped."""

import io
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machines_checking import look_at
from rich.console import Console

from straitsx_bulk.flows.command.drafting import draft_mapping, write_draft
from straitsx_bulk.flows.command.inspecting import Inspection, Use, inspect_file
from straitsx_bulk.flows.command.inspecting_text import render_inspection
from straitsx_bulk.flows.command.looking import forget_columns, inspect_export
from straitsx_bulk.io.readers import InputFile
from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.schemas.errors import UsageError
from straitsx_bulk.schemas.mapping import Mapping, lay_out
from straitsx_bulk.schemas.parameters import Rail, RegistrationType
from straitsx_bulk.schemas.repair_dates import read_date

HEADER = "user_id,Full Name,Account Type,NRIC No.,DOB,Addr 2,Addr 1,City,Joined On,Incorp Dt,Segment,gender\n"
ROWS = (
    "1,Tan Mei Ling,Individual,S8012345F,21/03/1980,#01-01,100 Orchard Road,Singapore,x,01/02/2000,vip,MALE\n"
    "2,Lim Ah Kow,Corp,S8012346D,02/04/1981,,101 Orchard Road,Singapore,x,03/04/2001,vip,\n"
)


def look(path: Path, mapping: Mapping | None = None, sheet: str | None = None) -> Inspection:
    return inspect_file(InputFile(path, path.name, None), mapping, sheet=sheet)


def write(folder: Path, text: str, name: str = "users.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def render(inspection: Inspection, width: int = 220) -> str:
    out = io.StringIO()
    render_inspection(Console(file=out, width=width, color_system=None), inspection)
    return out.getvalue()


def read_draft(folder: Path, inspection: Inspection) -> Mapping:
    path = folder / "draft.yaml"
    path.unlink(missing_ok=True)
    write_draft(path, inspection)
    return load_mapping(path)


def test_every_column_is_shown_with_what_it_is_taken_for(tmp_path: Path) -> None:
    """Parameter, how sure, share empty, dates."""
    (sheet,) = look(write(tmp_path, HEADER + ROWS)).sheets
    seen = {c.taken.header: (*c.taken.parameters, c.taken.use) for c in sheet.columns}
    assert seen == {
        "user_id": ("reference", Use.GUESS),
        "Full Name": ("customerName", Use.SURE),
        "Account Type": ("registrationType", Use.SURE),
        "NRIC No.": ("registrationId", Use.SURE),
        "DOB": ("dateOfBirth", Use.SURE),
        "Addr 2": ("address.street", Use.SURE),
        "Addr 1": ("address.street", Use.SURE),
        "City": ("address.city", Use.SURE),
        "Joined On": (Use.NONE,),
        "Incorp Dt": ("dateOfIncorporation", Use.GUESS),
        "Segment": (Use.NONE,),
        "gender": ("gender", Use.SURE),
    }
    columns = {c.taken.header: c for c in sheet.columns}
    assert (columns["Addr 2"].empty, columns["DOB"].empty) == (0.5, 0.0)
    assert (columns["DOB"].date_formats, columns["DOB"].date_readings) == (("%d/%m/%Y",), ())
    assert columns["Incorp Dt"].date_readings == ("%d/%m/%Y", "%m/%d/%Y")
    assert columns["Account Type"].words == ("Individual", "Corp")
    assert sheet.rows == 2


def test_what_sgd_and_usd_still_lack_is_said_per_type(tmp_path: Path) -> None:
    """A guess does not count as a column."""
    (sheet,) = look(write(tmp_path, HEADER + ROWS)).sheets
    assert sheet.lacking[RegistrationType.PERSONAL, Rail.SGD] == ()
    assert sheet.lacking[RegistrationType.PERSONAL, Rail.USD] == (
        "registrationIdType",
        "registrationIdCountry",
        "address.country",
        "countryOfResidence",
        "nationality",
    )
    assert "dateOfIncorporation" in sheet.lacking[RegistrationType.BUSINESS, Rail.USD]
    (bare,) = look(write(tmp_path, "UEN,Full Address\n201912345R,1 Road\n", "b.csv")).sheets
    assert bare.lacking[RegistrationType.BUSINESS, Rail.SGD] == ("customerName", "registrationType")
    assert "address.street" not in bare.lacking[RegistrationType.BUSINESS, Rail.USD]


def test_rows_and_cells_that_are_not_as_they_seem_are_told_with_where_they_are(tmp_path: Path) -> None:
    """Else the first to hear of them is who reads the rejects of a whole export."""
    content = "name;id\nJosé;1\nRenée;2\n\nTan;3;4\nB\ufffdb;4\nLim\nZoë\ufffd;6\n"
    told = render(look(write(tmp_path, content)))
    assert "2 rows have too many or too few cells and would be rejected (the first in row 5)." in told
    assert "2 cells hold bytes that are no characters in this encoding (the first in row 6)." in told
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for row, name in enumerate(("name", "Tan", "Lim", "Ong", "Goh")):
            sheet.write_row(row, 0, [name, row or "id"])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_formula(3, 1, "=NA()", None, "#N/A")
        sheet.write_formula(4, 1, "=B2")
    told = render(inspect_file(InputFile(tmp_path / "a.xlsx", "a.xlsx", None)))
    assert "1 hidden row is read like all others (row 3)." in told
    assert "1 cell shows an error such as #N/A and would be empty (row 4)." in told
    assert "1 formula was never calculated and would be empty: open the file in a spreadsheet program" in told
    assert "would be" not in render(look(write(tmp_path, "name;id\nTan;1\n")))


def test_no_value_is_shown(tmp_path: Path) -> None:
    """Samples are masked in the table, and the draft holds none at all."""
    inspection = look(write(tmp_path, HEADER + ROWS))
    shown = render(inspection) + draft_mapping(inspection)
    for value in ("Tan", "Mei", "Ling", "S8012345F", "1980", "Orchard", "vip", "1981", "01-01"):
        assert value not in shown
    assert "Xxx Xxx Xxxx" in shown
    assert "X9999999X" in shown


def test_words_of_a_column_that_is_no_enum_are_not_kept(tmp_path: Path) -> None:
    """A Type that holds a name in every row is not listed word by word."""
    rows = "".join(f"Name{n},A{n:07}\n" for n in range(40))
    inspection = look(write(tmp_path, "Account Type,NRIC\n" + rows))
    assert inspection.sheets[0].columns[0].words == ()
    assert "Name1" not in draft_mapping(inspection)


def test_the_table_says_what_the_file_is(tmp_path: Path) -> None:
    """Format, encoding, delimiter, header row, rows, columns."""
    path = tmp_path / "alt.csv"
    path.write_bytes("Kundenliste\n\nFull Name;NRIC;DOB\nTan;S8012345F;1980-03-21\n".encode("utf-16"))
    shown = render(look(path))
    assert "alt.csv: csv" in shown
    assert "utf-16" in shown
    assert "delimiter semicolon" in shown
    assert "header in row 3, 1 row, 3 columns" in shown
    assert "`DOB`: dates %Y-%m-%d; no other format fits." in shown
    assert "personal, SGD: lacks registrationType (or give --type)." in shown


def test_a_workbooks_sheet_is_named_in_table_and_draft(tmp_path: Path) -> None:
    """Written by another library than the one that reads."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Users 2024: all"[:10])
        for row, cells in enumerate([["Report"], [], ["UEN", "Company Name"], ["201912345R", "Lion"]], start=0):
            sheet.write_row(row, 0, cells)
    inspection = look(path)
    assert "header in row 3" in render(inspection)
    mapping = read_draft(tmp_path, inspection)
    assert (mapping.sheet, mapping.header_row) == ("Users 2024", 3)


def test_the_draft_maps_what_is_sure_and_comments_out_the_rest(tmp_path: Path) -> None:
    """It loads, lays out, and says what to decide."""
    inspection = look(write(tmp_path, HEADER + ROWS))
    text = draft_mapping(inspection)
    mapping = read_draft(tmp_path, inspection)
    assert {name: column.from_ for name, column in mapping.columns.items()} == {
        "customerName": ("Full Name",),
        "registrationType": ("Account Type",),
        "registrationId": ("NRIC No.",),
        "address.street": ("Addr 1", "Addr 2"),
        "address.city": ("City",),
        "dateOfBirth": ("DOB",),
        "gender": ("gender",),
    }
    assert mapping.columns["dateOfBirth"].format == ("%d/%m/%Y",)
    assert "  # dateOfIncorporation: Incorp Dt" in text
    assert 'read equally well as "%d/%m/%Y" or "%m/%d/%Y"' in text
    assert "values:" not in text  # Individual, Corp and MALE are understood
    assert "# reference: user_id   # it looks like the key of the system that the export comes from" in text
    assert "# Not used: Joined On, Segment" in text
    headers = inspection.sheets[0].origin.headers
    lay_out(mapping, headers, source="users.csv", registration_type=None, command="import")


def test_the_draft_asks_only_for_words_that_are_not_understood(tmp_path: Path) -> None:
    """NRIC, F and what stands for nothing need no `values:`."""
    rows = "NRIC,F,Individual\nDriving Licence,N/A,Trust\nPassport No.,w,corp\n"
    text = draft_mapping(look(write(tmp_path, "ID Type,Sex,Account Type\n" + rows)))
    assert [line.split(": values: ")[1] for line in text.splitlines() if "values:" in line] == [
        "{Trust: …}",
        "{Driving Licence: …}",
    ]


def test_one_value_for_every_row_is_offered_only_where_rows_can_share_it(tmp_path: Path) -> None:
    """All customers may live in one country; none share an id, a name or a day of birth."""
    lines = draft_mapping(look(write(tmp_path, "Segment\nvip\n"))).splitlines()
    missing = {line.split()[1].rstrip(":"): "{value: …}" in line for line in lines if "no column was found" in line}
    assert [name for name, offered in missing.items() if offered] == [
        "registrationIdType",
        "registrationIdCountry",
        "address.city",
        "address.country",
        "countryOfResidence",
        "nationality",
        "placeOfBizCountry",
        "countryOfIncorporation",
    ]
    assert {"customerName", "registrationId", "dateOfBirth", "address.street"} <= set(missing)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Customer No", "# reference: Customer No   # "),
        ("Client ID", "# reference: Client ID   # "),
        ("Profile ID", "# profile_id: Profile ID   # "),
        ("customer_profile_id", "profile_id: customer_profile_id"),
    ],
)
def test_the_draft_offers_columns_that_look_like_keys(tmp_path: Path, header: str, line: str) -> None:
    """Commented out where it is a guess."""
    lines = draft_mapping(look(write(tmp_path, f"{header},NRIC\n1,S1\n"))).splitlines()
    assert [text for text in lines if text.startswith(line)]


MAPPED = """\
type: business
reference: user_id
keep: [Segment]
columns:
  dateOfIncorporation: {from: Incorp Dt, format: "%d/%m/%Y"}
  countryOfIncorporation: {value: SG}
  address.city: City
  placeOfBiz: City
"""


def test_a_mapping_that_is_there_is_shown_as_it_says(tmp_path: Path) -> None:
    """What it names is no guess, what it does not name is not used, a constant is not lacking; only its type counts."""
    path = tmp_path / "m.yaml"
    path.write_text(MAPPED)
    inspection = look(write(tmp_path, HEADER + ROWS), load_mapping(path))
    (sheet,) = inspection.sheets
    seen = {c.taken.header: (*c.taken.parameters, c.taken.use) for c in sheet.columns}
    assert seen["Incorp Dt"] == ("dateOfIncorporation", Use.SURE)
    assert seen["City"] == ("address.city", "placeOfBiz", Use.SURE)
    assert seen["user_id"] == ("reference", Use.SURE)
    assert seen["Segment"] == (Use.KEPT,)
    assert seen["gender"] == ("gender", Use.SURE)
    assert seen["Full Name"] == (Use.NONE,)
    assert {kind for kind, _ in sheet.lacking} == {RegistrationType.BUSINESS}
    lacking = sheet.lacking[RegistrationType.BUSINESS, Rail.USD]
    assert [name for name in ("dateOfIncorporation", "countryOfIncorporation", "placeOfBiz") if name in lacking] == []
    shown = render(inspection)
    assert "`Full Name`: it may be customerName, which the mapping does not name." in shown
    assert "`Incorp Dt`: dates are read as %d/%m/%Y, as the mapping says." in shown
    assert "gives every row: registrationType business, countryOfIncorporation SG." in shown
    assert "business, SGD: lacks customerName, registrationId." in shown


def test_a_mapping_without_columns_leaves_them_to_their_names(tmp_path: Path) -> None:
    """As the import does."""
    path = tmp_path / "m.yaml"
    path.write_text("type: personal\nreference: user_id\nkeep: [Segment]\n")
    (sheet,) = look(write(tmp_path, HEADER + ROWS), load_mapping(path)).sheets
    seen = {c.taken.header: (*c.taken.parameters, c.taken.use) for c in sheet.columns}
    assert seen["Full Name"] == ("customerName", Use.SURE)
    assert (seen["user_id"], seen["Segment"]) == (("reference", Use.SURE), (Use.KEPT,))


def test_a_mapping_to_a_column_that_is_not_there_says_so(tmp_path: Path) -> None:
    """With the nearest header, as the import does."""
    path = tmp_path / "m.yaml"
    path.write_text("columns:\n  customerName: Ful Name\n")
    with pytest.raises(UsageError, match="Did you mean `Full Name`"):
        look(write(tmp_path, HEADER + ROWS), load_mapping(path))


def test_a_draft_forgets_the_columns_of_a_mapping_and_keeps_what_it_says_of_the_file(tmp_path: Path) -> None:
    """Delimiter, encoding and type stay; what columns mean is looked for anew."""
    path = tmp_path / "m.yaml"
    path.write_text("delimiter: '~'\nencoding: cp1252\ntype: personal\nkeep: [X]\ncolumns:\n  customerName: X\n")
    given = forget_columns(load_mapping(path))
    export = tmp_path / "users.csv"
    export.write_bytes("Full Name~NRIC~X\nJosé~S1~a\n".encode("cp1252"))
    write_draft(tmp_path / "draft.yaml", look(export, given), given)
    draft = load_mapping(tmp_path / "draft.yaml")
    assert (draft.delimiter, draft.encoding, draft.type, draft.keep) == ("~", "cp1252", "personal", ())
    assert {name: column.from_ for name, column in draft.columns.items()} == {
        "customerName": ("Full Name",),
        "registrationId": ("NRIC",),
    }


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    """An export with a mapping beside it, and another mapping."""
    (tmp_path / "users.mapping.yaml").write_text(
        "type: personal\nkeep: [Segment]\ncolumns: {customerName: Full Name}\n"
    )
    (tmp_path / "named.yaml").write_text("columns: {customerName: City}\n")
    return write(tmp_path, HEADER + ROWS)


def test_inspect_looks_through_the_mapping_beside_the_export_and_says_so(
    mapped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the import does, whatever --mapping names (contract, Options)."""
    assert inspect_export(str(mapped), mapped.with_name("named.yaml"), None, None) == 0
    out, err = capsys.readouterr()
    assert "gives every row: registrationType personal" in out
    assert "users.mapping.yaml beside the export is used, not " in err
    assert err.endswith("named.yaml.\n")
    assert inspect_export(str(mapped), mapped.with_name("users.mapping.yaml"), None, None) == 0
    assert capsys.readouterr().err == ""


def test_a_run_says_that_the_named_mapping_gives_way(mapped: Path) -> None:
    """Among the notices of the summary; not of an export that the named mapping is for."""
    other = write(mapped.parent, "City,NRIC\nTan,S8012345F\n", "others.csv")
    named = mapped.with_name("named.yaml")
    named.write_text("type: personal\ncolumns: {customerName: City, registrationId: NRIC}\n")
    beside = mapped.with_name("users.mapping.yaml")
    beside.write_text("type: personal\ncolumns: {customerName: Full Name, registrationId: NRIC No.}\n")
    first, second = look_at(mapped.parent, [mapped, other], mapping=str(named)).planned
    (layout,), (another,) = first.layouts.values(), second.layouts.values()
    said = [notice for notice in (*layout.notices, *another.notices) if "beside" in notice]
    assert said == [f"{mapped}: users.mapping.yaml beside the export is used, not {named}."]
    assert (first.mapping_name, second.mapping_name) == (str(beside), str(named))


def write_returned(folder: Path) -> Path:
    """A rejects file of ours is known by its ``_check`` column."""
    header = "Name,Ausweis,_source,_sheet,_row,_stage,_errors,_suggestions,_check\n"
    rows = "Tan,S1,kunden.csv,,2,checks,,,v1\nLim,S2,kunden.csv,,3,checks,,,v1\n"
    return write(folder, header + rows, "rejects.csv")


def test_a_rejects_file_without_its_mapping_asks_for_that_and_guesses_nothing(tmp_path: Path) -> None:
    """Its export had a mapping; a draft would be another one."""
    with pytest.raises(UsageError) as caught:
        look_at(tmp_path, [write_returned(tmp_path)])
    first, *others = str(caught.value).splitlines()
    assert first.endswith("rejects.csv: no column for registrationType and registrationId.")
    assert others == ["This is a rejects file of kunden.csv: give the mapping of that export with --mapping."]


def test_a_rejects_file_with_its_mapping_is_planned(tmp_path: Path) -> None:
    """A mapping that does not fit is told of as of any file."""
    named = tmp_path / "kunden.yaml"
    named.write_text("type: personal\ncolumns: {customerName: Name, registrationId: Ausweis}\n")
    assert len(look_at(tmp_path, [write_returned(tmp_path)], mapping=str(named)).planned) == 1
    named.write_text("type: personal\ncolumns: {customerName: Nam}\n")
    with pytest.raises(UsageError, match="Did you mean `Name`"):
        look_at(tmp_path, [tmp_path / "rejects.csv"], mapping=str(named))


def test_inspect_names_a_rejects_file_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anybody drafts a mapping for it."""
    assert inspect_export(str(write_returned(tmp_path)), None, None, None) == 0
    assert "This is a rejects file of an earlier run" in capsys.readouterr().out


def test_the_table_fits_a_terminal_of_80_columns(tmp_path: Path) -> None:
    """Without a parameter's name cut or broken, and with three samples."""
    names = ["registrationIdCountry", "countryOfIncorporation", "Gesellschaftsgründungsdatum", "Email"]
    rows = "SG,SG,21/03/1980,mei.ling.tan@mail.example.com\nMalaysia,MY,22/03/1980,a@b.example\nUS,US,23/03/1980,x y\n"
    shown = render(look(write(tmp_path, ",".join(names) + "\n" + rows)), width=80)
    assert max(map(len, shown.splitlines())) <= 80
    for word in ("registrationIdCountry", "countryOfIncorporation", "Xxxxxxxx", "x@x.xxxxxxx", "xxx.xxxx.xxx@"):
        assert word in shown


def look_at_dates(folder: Path, *dates: str) -> Inspection:
    return look(write(folder, "Full Name,DOB\n" + "".join(f"Tan,{text}\n" for text in dates)))


def test_a_column_of_two_orders_says_how_many_values_each_reads(tmp_path: Path) -> None:
    """Neither reads all, so neither is used, and the draft declares none."""
    days = [f"{day}/01/1990" for day in range(13, 30)] + [f"0{day}/02/1990" for day in range(1, 10)] * 2
    inspection = look_at_dates(tmp_path, *days, "12/13/1999")
    assert (
        "`DOB`: no order of day and month reads all its dates (%d/%m/%Y fits 35 of 36 values, %m/%d/%Y 19): "
        "say `format:`."
    ) in render(inspection)
    assert '# no order of day and month reads all its dates ("%d/%m/%Y" 35, "%m/%d/%Y" 19)' in draft_mapping(inspection)
    assert read_draft(tmp_path, inspection).columns["dateOfBirth"].format == ()


def test_years_of_two_digits_are_told_from_what_is_no_date(tmp_path: Path) -> None:
    """With the format that a mapping would have to declare, which reads them."""
    inspection = look_at_dates(tmp_path, "03-Apr-90", "04-May-91", "soon", "N/A", "")
    shown = render(inspection)
    assert "`DOB`: years of two digits tell no century (%d-%b-%y fits 2 of 3 values): `format:` with %y" in shown
    assert "; 1 of 3 values cannot be read as a date." in shown
    assert 'format: "%d-%b-%y"} takes the latest year' in draft_mapping(inspection)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (("", " ", "NULL"), "it holds no value, so nothing shows which format its dates have"),
        (("soon", "later"), "2 of 2 values cannot be read as a date"),
        (("32894", "32895"), "2 of 2 values may be day numbers of Excel, which `format: excel-serial` reads"),
        (("21/03/1980", "x"), "dates %d/%m/%Y; no other format fits; 1 of 2 values cannot be read as a date"),
    ],
)
def test_an_empty_column_day_numbers_and_what_is_no_date_are_worded_apart(
    tmp_path: Path, dates: tuple[str, ...], said: str
) -> None:
    """Nothing is said that is not so."""
    assert f"`DOB`: {said}." in render(look_at_dates(tmp_path, *dates))


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("21-Mar-1980", ("%d-%b-%Y",)),
        ("March 21, 1980", ("%B %d, %Y",)),
        ("21st March 1980", ()),
        ("21Mar1980", ("%d%b%Y",)),
    ],
)
def test_a_drafted_format_reads_the_columns_dates(tmp_path: Path, text: str, declared: tuple[str, ...]) -> None:
    """A declared format binds: one with other separators than the values would reject every row."""
    column = read_draft(tmp_path, look_at_dates(tmp_path, f'"{text}"')).columns["dateOfBirth"]
    assert column.format == declared
    assert read_date(text, column.format, (), date(2026, 1, 1)).date == "1980-03-21"


def test_guesses_and_columns_that_nothing_uses_are_named_below_the_table(tmp_path: Path) -> None:
    """With the reason."""
    shown = render(look(write(tmp_path, HEADER + ROWS)))
    assert (
        "`Incorp Dt`: a guess (its name is nearly the parameter's or a common name of it); say in a mapping what it is."
        in shown
    )
    assert "`Incorp Dt`: its dates fit %d/%m/%Y and %m/%d/%Y equally well, say which with `format:`." in shown
    assert "`DOB`: dates %d/%m/%Y; no other format fits." in shown
    assert "Nothing uses: `Joined On`, `Segment`." in shown


def test_an_existing_mapping_is_never_written_over(tmp_path: Path) -> None:
    """--write refuses, and the file stays."""
    inspection = look(write(tmp_path, HEADER + ROWS))
    path = tmp_path / "mapping.yaml"
    path.write_text("type: personal\n")
    with pytest.raises(UsageError, match="is there already"):
        write_draft(path, inspection)
    assert path.read_text() == "type: personal\n"
    with pytest.raises(UsageError, match="cannot be written"):
        write_draft(tmp_path / "missing" / "mapping.yaml", inspection)


def test_headers_cannot_style_the_terminal_or_break_the_draft(tmp_path: Path) -> None:
    """Rich's markup, YAML's marks and comments in a header stay text."""
    path = write(tmp_path, '[red]x,"NRIC: # no","- Name","{DOB}",*a\n1,2,3,4,5\n')
    inspection = look(path)
    assert "[red]x" in render(inspection)
    read_draft(tmp_path, inspection)


header_texts = st.one_of(
    st.sampled_from(
        ["Name", "NRIC", "UEN", "DOB", "Address", "Address 2", "Addr 1", "City", "Type", "reference", "Kind: a"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='",'), min_size=1, max_size=10),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(header_texts, min_size=2, max_size=8, unique=True))
def test_every_draft_loads_back(tmp_path: Path, headers: list[str]) -> None:
    """Whatever the headers, the draft is a mapping whose columns are the file's."""
    path = write(tmp_path, "customerName," + ",".join(headers) + "\n" + "a," * len(headers) + "b\n", "any.csv")
    inspection = look(path)
    mapping = read_draft(tmp_path, inspection)
    (sheet,) = inspection.sheets
    sure = {c.taken.header for c in sheet.columns if c.taken.use is Use.SURE}
    named = {header for column in mapping.columns.values() for header in column.from_ or ()}
    assert named | {mapping.profile_id, mapping.reference} - {None} == sure


def test_a_draft_of_several_exports_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Each would need a file of its own."""
    write(tmp_path, HEADER + ROWS, "a.csv")
    write(tmp_path, HEADER + ROWS, "b.csv")
    with pytest.raises(UsageError, match="--write drafts the mapping of one export"):
        inspect_export(str(tmp_path), None, None, tmp_path / "draft.yaml")
    assert not (tmp_path / "draft.yaml").exists()
