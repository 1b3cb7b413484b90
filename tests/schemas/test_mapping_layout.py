"""A mapping meets a sheet's headers."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.mapping import Mapping, lay_out

SGD = ["customerName", "registrationType", "registrationId"]


def write(folder: Path, text: str) -> Mapping:
    path = folder / "users.mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def lay(
    mapping: Mapping | None,
    headers: list[str],
    *,
    registration_type: str | None = None,
    command: str = "import",
    added: tuple[str, ...] = (),
) -> Layout:
    return lay_out(
        mapping, headers, source="users.csv", registration_type=registration_type, command=command, added=added
    )


def refuse(mapping: Mapping | None, headers: list[str], *, command: str = "import") -> str:
    with pytest.raises(MappingError) as caught:
        lay(mapping, headers, command=command)
    return str(caught.value)


def columns(layout: Layout) -> dict[str, tuple[str, ...]]:
    return {source.parameter: source.headers for source in layout.sources}


def test_the_contracts_mapping_lays_out_whole(tmp_path: Path) -> None:
    """Every kind of source, in the parameter table's order; what nothing uses is named."""
    mapping = write(
        tmp_path,
        """\
type: personal
columns:
  customerName: Full Name
  registrationType: {from: Account Type, values: {" Individual  Person": personal, Corp: business}}
  registrationId: {from: ID No}
  dateOfBirth: {from: DOB, format: ["%d/%m/%Y", excel-serial]}
  address.street: {from: [Addr 1, Addr 2], join: ", "}
  address.country: {value: SG}
profile_id: CP ID
reference: user_id
keep: [segment]
""",
    )
    headers = [
        "user_id",
        "Full Name",
        "Account Type",
        "ID No",
        "DOB",
        "Addr 2",
        "Addr 1",
        "CP ID",
        "segment",
        "balance",
    ]
    layout = lay(mapping, [*headers, "nationality"])
    assert layout.sources == (
        ParameterSource("customerName", ("Full Name",)),
        ParameterSource(
            "registrationType", ("Account Type",), values={"individual person": "personal", "corp": "business"}
        ),
        ParameterSource("registrationId", ("ID No",)),
        ParameterSource("address.street", ("Addr 1", "Addr 2"), join=", "),
        ParameterSource("address.country", constant="SG"),
        ParameterSource("dateOfBirth", ("DOB",), formats=("%d/%m/%Y", "excel-serial")),
        ParameterSource("nationality", ("nationality",)),
    )
    assert (layout.profile_id, layout.reference, layout.keep) == ("CP ID", "user_id", ("segment",))
    assert layout.unused == ("balance",)


def test_without_a_mapping_names_and_synonyms_are_matched() -> None:
    """Whatever case, spaces, underscores or dots; customer_profile_id and reference too."""
    headers = [
        "Customer_Profile_ID",
        "Reference",
        "Full Name",
        "registration type",
        "NRIC",
        "Address 1",
        "Address 2",
        "X",
    ]
    layout = lay(None, headers)
    assert columns(layout) == {
        "customerName": ("Full Name",),
        "registrationType": ("registration type",),
        "registrationId": ("NRIC",),
        "address.street": ("Address 1", "Address 2"),
    }
    street = layout.source_of("address.street")
    assert street is not None
    assert street.join == ", "
    assert (layout.profile_id, layout.reference, layout.unused) == ("Customer_Profile_ID", "Reference", ("X",))


def test_with_a_mapping_unnamed_parameters_are_matched_by_their_exact_name_only(tmp_path: Path) -> None:
    """A DOB column is not used, a dateOfBirth column is; so is the guide's placeofBiz."""
    mapping = write(tmp_path, "columns:\n  customerName: N\n")
    layout = lay(
        mapping, ["N", *SGD[1:], "DOB", "Gender", "nationality", "placeofBiz", "customer_profile_id", "reference"]
    )
    assert columns(layout) == {
        "customerName": ("N",),
        "registrationType": ("registrationType",),
        "registrationId": ("registrationId",),
        "nationality": ("nationality",),
        "placeOfBiz": ("placeofBiz",),
    }
    assert layout.unused == ("DOB", "Gender")
    assert (layout.profile_id, layout.reference) == ("customer_profile_id", "reference")


def test_a_mapping_without_columns_leaves_headers_to_be_matched_by_name(tmp_path: Path) -> None:
    """It only says the type and the reference."""
    layout = lay(write(tmp_path, "type: business\nreference: ref no\n"), ["Company Name", "UEN", "ref no"])
    assert columns(layout) == {"customerName": ("Company Name",), "registrationType": (), "registrationId": ("UEN",)}
    assert layout.reference == "ref no"


def test_one_column_may_serve_two_parameters_where_the_mapping_says_so(tmp_path: Path) -> None:
    """The place of business is the registered address."""
    mapping = write(tmp_path, "columns:\n  address.street: Addr\n  placeOfBiz: Addr\n")
    layout = lay(mapping, [*SGD, "Addr"])
    assert columns(layout)["address.street"] == columns(layout)["placeOfBiz"] == ("Addr",)


def test_a_whole_address_stands_under_address_before_its_parts(tmp_path: Path) -> None:
    """Its parts' own columns stand beside it."""
    layout = lay(None, [*SGD, "Postal Code", "Full Address"])
    assert [source.parameter for source in layout.sources] == [*SGD, "address", "address.postalCode"]
    mapped = lay(write(tmp_path, "columns:\n  address: Where\n"), [*SGD, "Where", "address.country"])
    assert columns(mapped)["address"] == ("Where",)


def test_an_unnamed_address_column_gives_way_to_mapped_parts(tmp_path: Path) -> None:
    """The mapping has said where the street is."""
    layout = lay(write(tmp_path, "columns:\n  address.street: St\n"), [*SGD, "address", "St"])
    assert "address" not in columns(layout)
    assert layout.unused == ("address",)


# -- the type


def test_type_stands_in_where_there_is_no_column(tmp_path: Path) -> None:
    """--type beats the mapping's type."""
    headers = ["customerName", "registrationId"]
    mapping = write(tmp_path, "type: personal\n")
    for source_mapping, registration_type, expected in [
        (None, "business", "business"),
        (mapping, None, "personal"),
        (mapping, "business", "business"),
    ]:
        source = lay(source_mapping, headers, registration_type=registration_type).source_of("registrationType")
        assert source == ParameterSource("registrationType", constant=expected)


def test_a_column_that_is_the_type_beats_type_and_says_so(tmp_path: Path) -> None:
    """--type is for exports without such a column: mapped, or by the API's own name."""
    mapping = write(tmp_path, "type: personal\ncolumns:\n  registrationType: Kind\n")
    for layout in (
        lay(mapping, ["customerName", "Kind", "registrationId"], registration_type="business"),
        lay(mapping, ["customerName", "Kind", "registrationId"]),
        lay(None, ["customerName", "Kind", "Registration Type", "registrationId"], registration_type="business"),
    ):
        source = layout.source_of("registrationType")
        assert source is not None
        assert source.constant is None
        assert len(layout.notices) == 1
        assert "registrationType is the column" in layout.notices[0]


def test_a_column_that_only_looks_like_the_type_gives_way_to_type() -> None:
    """Account Type may be savings or current; the user has said what the rows are."""
    layout = lay(None, ["customerName", "Account Type", "registrationId"], registration_type="personal")
    assert layout.source_of("registrationType") == ParameterSource("registrationType", constant="personal")
    assert layout.unused == ("Account Type",)
    assert "`Account Type` is not used" in layout.notices[0]


def test_a_constant_type_of_the_mapping_gives_way_to_the_command_line(tmp_path: Path) -> None:
    """The command line beats the file."""
    mapping = write(tmp_path, "columns:\n  registrationType: {value: personal}\n")
    headers = ["customerName", "registrationId"]
    assert lay(mapping, headers).source_of("registrationType") == ParameterSource(
        "registrationType", constant="personal"
    )
    layout = lay(mapping, headers, registration_type="business")
    assert layout.source_of("registrationType") == ParameterSource("registrationType", constant="business")
    assert len(layout.notices) == 1


# -- refusals


def test_a_header_that_the_file_lacks_is_named_with_line_key_nearest_and_all_headers(tmp_path: Path) -> None:
    """So that the mapping can be mended without opening the export."""
    mapping = write(tmp_path, "columns:\n  registrationType: {value: personal}\n  customerName: Full Nmae\n")
    message = refuse(mapping, ["Full Name", "ID", "Segment"])
    assert f"{tmp_path / 'users.mapping.yaml'}, line 3, `columns.customerName.from`" in message
    assert "users.csv has no column `Full Nmae`. Did you mean `Full Name`?" in message
    assert "Its columns: `Full Name`, `ID`, `Segment`." in message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("profile_id: Q\n", "line 1, `profile_id`"),
        ("reference: Q\n", "`reference`"),
        ("keep: [customerName, Q]\n", "`keep`"),
    ],
)
def test_other_keys_that_name_an_absent_header_are_refused_too(tmp_path: Path, text: str, key: str) -> None:
    """profile_id, reference, keep."""
    message = refuse(write(tmp_path, text), SGD)
    assert key in message
    assert "no column `Q`" in message


def test_a_repeated_header_has_to_be_told_apart(tmp_path: Path) -> None:
    """`Name` alone is not enough where there are two; (1) and (2) are."""
    headers = ["Name", "Name (2)", *SGD[1:]]
    message = refuse(write(tmp_path, "columns:\n  customerName: Name\n"), headers)
    assert "line 2" in message
    assert "`Name (1)` for the first, `Name (2)` for the second" in message
    for written, header in [("Name (1)", "Name"), ("Name (2)", "Name (2)")]:
        mapping = write(tmp_path, f"columns:\n  customerName: {written}\n")
        assert columns(lay(mapping, headers))["customerName"] == (header,)


def test_white_space_in_a_header_does_not_count(tmp_path: Path) -> None:
    """A line break or a no-break space in the export's header cell."""
    mapping = write(tmp_path, "columns:\n  customerName: Full Name\n")
    assert columns(lay(mapping, ["Full\u00a0 \nName", *SGD[1:]]))["customerName"] == ("Full\u00a0 \nName",)


def test_two_columns_for_one_parameter_ask_for_a_mapping() -> None:
    """NRIC and Passport No: the message is a mapping to copy."""
    message = refuse(None, ["Full Name", "Account Type", "NRIC", "Passport No"])
    assert message.splitlines()[0] == "users.csv: `NRIC`, `Passport No` both fit registrationId."
    assert "    registrationId: NRIC   # or {from: [NRIC, Passport No]" in message


def test_two_columns_of_an_unnamed_parameters_exact_name_are_refused(tmp_path: Path) -> None:
    """With a mapping too."""
    message = refuse(write(tmp_path, "columns:\n  gender: G\n"), [*SGD, "G", "email", "email (2)"])
    assert "`email`, `email (2)` both fit email" in message
    assert "email: email (1)" in message


def test_a_missing_sgd_column_names_the_nearest_headers_and_what_to_write() -> None:
    """All missing ones in one message."""
    message = refuse(None, ["Cust Nm", "Holder NRIC Ref", "Balance"])
    lines = message.splitlines()
    assert lines[0] == "users.csv: no column for customerName, registrationType and registrationId."
    assert "the nearest headers are `Cust Nm`" in lines[1]
    assert lines[2].endswith("say `type: personal` or `type: business` in the mapping file, or give --type.")
    assert "`Holder NRIC Ref`" in lines[3]
    assert "    customerName: Cust Nm" in lines
    assert "    registrationId: Holder NRIC Ref" in lines


def test_a_column_that_is_used_already_is_proposed_for_nothing_else() -> None:
    """And the type may stand in the mapping: that is where a draft has the line for it."""
    with pytest.raises(MappingError) as caught:
        lay_out(None, ["customerName"], source="users.csv", registration_type=None, command="import")
    message = str(caught.value)
    assert message.splitlines()[0] == "users.csv: no column for registrationType and registrationId."
    assert "`customerName`" not in message
    assert "registrationId: <the column's header>" in message
    assert "say `type: personal` or `type: business` in the mapping file, or give --type." in message


@pytest.mark.parametrize("command", ["validate", "import"])
def test_validate_and_import_need_the_three_sgd_parameters(command: str) -> None:
    """Whatever else is there."""
    assert "no column for customerName" in refuse(None, ["customer_profile_id", *SGD[1:]], command=command)


@pytest.mark.parametrize("headers", [["customer_profile_id", "DOB"], [*SGD[1:], "DOB"]])
@pytest.mark.parametrize("command", ["upgrade", "reconcile"])
def test_upgrade_needs_the_profiles_id_or_its_key(command: str, headers: list[str]) -> None:
    """Either will do."""
    assert "dateOfBirth" in columns(lay(None, headers, command=command))


def test_upgrade_without_either_is_refused() -> None:
    """The message names both ways."""
    message = refuse(None, ["registrationType", "DOB"], command="upgrade")
    assert "no column for registrationId" in message
    assert "customer_profile_id" in message
    assert "customerName" not in message


# -- our own rejects files


def test_a_filled_added_column_beats_the_mapping(tmp_path: Path) -> None:
    """It stands beside the mapping's source, or alone where there is none."""
    mapping = write(tmp_path, "columns:\n  address: Where\n  registrationType: {value: personal}\n")
    headers = ["customerName", "registrationId", "Where", "registrationType", "dateOfBirth", "address.city"]
    layout = lay(mapping, headers, added=("registrationType", "dateOfBirth", "address.city"))
    assert layout.source_of("registrationType") == ParameterSource(
        "registrationType", constant="personal", override="registrationType"
    )
    assert layout.source_of("dateOfBirth") == ParameterSource("dateOfBirth", ("dateOfBirth",), added=True)
    assert layout.source_of("address.city") == ParameterSource("address.city", ("address.city",), added=True)
    assert columns(layout)["address"] == ("Where",)
    assert layout.unused == ()


def test_an_added_type_beats_the_option() -> None:
    """Where it is filled; elsewhere the option holds as before."""
    headers = ["customerName", "registrationId", "registrationType"]
    layout = lay(None, headers, registration_type="personal", added=("registrationType",))
    assert layout.source_of("registrationType") == ParameterSource(
        "registrationType", constant="personal", override="registrationType"
    )
    alone = lay(None, headers, added=("registrationType",))
    assert alone.source_of("registrationType") == ParameterSource("registrationType", ("registrationType",), added=True)


def test_added_columns_do_not_change_how_the_others_are_matched() -> None:
    """An added city does not make a street of the whole address that the first run read."""
    headers = ["Name", "Account Type", "NRIC", "Address", "address.city", "address.street", "registrationId"]
    layout = lay(None, headers, added=("address.city", "address.street", "registrationId"))
    assert columns(layout)["address"] == ("Address",)
    assert columns(layout)["address.street"] == ("address.street",)
    key = layout.source_of("registrationId")
    assert key == ParameterSource("registrationId", ("NRIC",), override="registrationId")


def test_a_column_that_the_mapping_names_is_no_added_one(tmp_path: Path) -> None:
    """Even where the caller cannot tell: what the mapping reads was in the export."""
    mapping = write(tmp_path, "columns:\n  customerName: customerName\n")
    layout = lay(mapping, SGD, added=tuple(SGD))
    assert layout.source_of("customerName") == ParameterSource("customerName", ("customerName",))


names = st.sampled_from(
    ["Name", "NRIC", "UEN", "DOB", "Address", "City", "Account Type", "X", "customerName", "reference"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(names, unique=True), st.sampled_from([None, "personal"]))
def test_every_header_is_used_or_named(others: list[str], registration_type: str | None) -> None:
    """No column is dropped in silence, and no name is invented."""
    headers = ["customer_profile_id", *others]
    if {"NRIC", "UEN"} <= set(others):
        assert "both fit registrationId" in refuse(None, headers, command="upgrade")
        return
    layout = lay(None, headers, registration_type=registration_type, command="upgrade")
    used = {header for source in layout.sources for header in source.headers} | {layout.profile_id, layout.reference}
    assert sorted(used - {None}, key=str) == sorted(set(headers) - set(layout.unused))


@pytest.mark.parametrize("command", ["import", "upgrade"])
def test_a_profile_id_is_proposed_as_one_and_never_as_a_registration_id(command: str) -> None:
    """With the line for the mapping."""
    message = refuse(None, ["Profile ID", "nationality"], command=command)
    assert "\n  profile_id: Profile ID\n" in message
    assert "registrationId: Profile ID" not in message
    assert "nearest headers are `Profile ID`" not in message
    assert ("`upgrade` needs no other key than that" in message) is (command == "import")
