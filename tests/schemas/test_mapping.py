"""Reading mapping files."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from straitsx_bulk.io.readers.mapping_files import load_mapping
from straitsx_bulk.schemas.errors import MappingError
from straitsx_bulk.schemas.mapping import Column, Mapping, mapping_schema
from straitsx_bulk.schemas.mapping_yaml import write_scalar
from straitsx_bulk.schemas.parameters import PARAMETER_NAMES

CONTRACT = """\
version: 1
sheet: Users                 # a workbook's sheet, by name
header_row: 3                # found by looking if not given
type: personal               # or a column, below
columns:                     # API parameter: where it comes from
  customerName: Full Name
  registrationType: {from: Account Type, values: {Individual: personal, Corp: business}}
  registrationId: {from: ID No}
  dateOfBirth: {from: DOB, format: "%d/%m/%Y"}   # or a list, tried in order; excel-serial for day numbers
  address.street: {from: [Addr 1, Addr 2], join: ", "}
  address.country: {value: SG} # a constant
profile_id: CP ID            # the customer_profile_id, where the export has it
reference: user_id           # the caller's own key, echoed in every report
keep: [segment]              # further columns to carry into results.csv
"""


def load(folder: Path, text: str | bytes) -> Mapping:
    path = folder / "users.mapping.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_mapping(path)


def alias_bomb() -> str:
    """Nine lines that stand for 9 to the power of 9 list items."""
    lists = [f"k{n}: &a{n} [{', '.join(9 * [f'*a{n - 1}'])}]" for n in range(1, 9)]
    return "\n".join([f"a: &a0 [{', '.join(9 * 'x')}]", *lists]) + "\n"


def refuse(folder: Path, text: str | bytes) -> str:
    with pytest.raises(MappingError) as caught:
        load(folder, text)
    return str(caught.value).replace(str(folder / "users.mapping.yaml"), "FILE")


def test_the_contracts_mapping_is_read_whole(tmp_path: Path) -> None:
    """Every key of the contract's example."""
    mapping = load(tmp_path, CONTRACT)
    expected = Mapping(
        version=1,
        sheet="Users",
        header_row=3,
        type="personal",
        columns={
            "customerName": Column(from_=("Full Name",)),
            "registrationType": Column(from_=("Account Type",), values={"Individual": "personal", "Corp": "business"}),
            "registrationId": Column(from_=("ID No",)),
            "dateOfBirth": Column(from_=("DOB",), format=("%d/%m/%Y",)),
            "address.street": Column(from_=("Addr 1", "Addr 2"), join=", "),
            "address.country": Column(value="SG"),
        },
        profile_id="CP ID",
        reference="user_id",
        keep=("segment",),
    )
    assert mapping.model_dump() == expected.model_dump()


@pytest.mark.parametrize(
    ("text", "delimiter", "encoding"),
    [
        ("delimiter: ;\nencoding: cp1252\n", ";", "cp1252"),
        ("delimiter: tab\nencoding: Latin-1\n", "\t", "latin-1"),
        ('delimiter: "\\t"\nencoding: UTF-16\n', "\t", "utf-16-le"),
        ("delimiter: '|'\nencoding: shift_jis\n", "|", "shift_jis"),
        ("delimiter: ~\n", "~", None),
        ("delimiter: comma\n", ",", None),
    ],
)
def test_delimiter_and_encoding_may_be_given(tmp_path: Path, text: str, delimiter: str, encoding: str | None) -> None:
    """Where looking finds the wrong ones."""
    mapping = load(tmp_path, text)
    assert (mapping.delimiter, mapping.encoding) == (delimiter, encoding)


def test_options_are_read_with_dashes_or_underscores(tmp_path: Path) -> None:
    """The options marked m in the contract, and only those that the file sets."""
    text = "type: business\nrail: usd\nrepair: full\non-existing: skip\nmax_reject_share: 20%\nreports: results, page\n"
    assert load(tmp_path, text).get_options() == {
        "type": "business",
        "rail": "usd",
        "repair": "full",
        "on_existing": "skip",
        "max_reject_share": 20.0,
        "reports": ("results", "page"),
    }
    assert load(tmp_path, "max-reject-share: 0\n").get_options() == {"max_reject_share": 0.0}
    assert load(tmp_path, "").get_options() == {}


@pytest.mark.parametrize("text", ["", "# nothing\n", "columns:\nkeep:\nreference:\n", "version: 1\n", "---\n"])
def test_everything_is_optional(tmp_path: Path, text: str) -> None:
    """An empty file, or keys with nothing behind them, is a mapping that says nothing."""
    assert load(tmp_path, text).model_dump() == Mapping().model_dump()


def test_yaml_values_are_read_as_the_text_written(tmp_path: Path) -> None:
    """YAML would make false of NO, 83 of 00123, a date of 2020-01-01 and a number of 1e3."""
    text = (
        "sheet: 2020-01-01\nreference: on\nprofile_id: 00123\nkeep: [yes, 1e3, null, ~, 1_000, 0x1F]\n"
        "columns:\n  address.country: {value: NO}\n  nationality: {from: N, values: {1: SG, off: NO, n: MY}}\n"
    )
    mapping = load(tmp_path, text)
    assert (mapping.sheet, mapping.reference, mapping.profile_id) == ("2020-01-01", "on", "00123")
    assert mapping.keep == ("yes", "1e3", "null", "~", "1_000", "0x1F")
    assert mapping.columns["address.country"].value == "NO"
    assert mapping.columns["nationality"].values == {"1": "SG", "off": "NO", "n": "MY"}


def test_other_ways_of_writing_are_understood(tmp_path: Path) -> None:
    """An address as a block, a bare list of columns, the guide's placeofBiz."""
    mapping = load(
        tmp_path,
        "columns:\n  customerName: [First, Last]\n  placeofBiz: Site\n"
        "  address:\n    street: A\n    city: {value: Singapore}\n",
    )
    assert mapping.columns == {
        "customerName": Column(from_=("First", "Last")),
        "placeOfBiz": Column(from_=("Site",)),
        "address.street": Column(from_=("A",)),
        "address.city": Column(value="Singapore"),
    }


def test_a_whole_address_may_be_one_column(tmp_path: Path) -> None:
    """It is taken apart where its shape is certain."""
    assert load(tmp_path, "columns:\n  address: Full Address\n").columns["address"].from_ == ("Full Address",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_editors_are_read(tmp_path: Path, encoding: str) -> None:
    """Windows editors write a mark, or UTF-16."""
    assert load(tmp_path, "reference: Größe\n".encode(encoding)).reference == "Größe"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("colums:\n  a: b\n", ["FILE, line 1, `colums`", "`columns`"]),
        ("type: personal\nprofile-idd: X\n", ["line 2, `profile-idd`", "Did you mean `profile_id`"]),
        ("columns:\n  custmerName: X\n", ["line 2, `columns.custmerName`", "Did you mean `customerName`"]),
        ("columns:\n  x: {value: 1}\n  adress.street: X\n", ["line 2, `columns.x`"]),
        ("columns:\n  customerName: {form: X}\n", ["line 2, `columns.customerName.form`", "`from`"]),
        ("columns:\n  customerName:\n    from: X\n    vals: {}\n", ["line 4, `columns.customerName.vals`", "`values`"]),
        ("columns:\n  customerName: {from: X, value: Y}\n", ["line 2, `columns.customerName`", "one of the two"]),
        ("columns:\n  customerName: {values: {a: b}}\n", ["line 2, `columns.customerName`", "`from`"]),
        ("columns:\n  customerName: {value: Y, values: {a: b}}\n", ["line 2", "a constant has neither"]),
        ("columns:\n  customerName:\n  nationality: X\n", ["line 2, `columns.customerName`", "names no column"]),
        ("columns:\n  customerName: {from: [A, A]}\n", ["line 2", "twice"]),
        ("columns:\n  customerName: {from: []}\n", ["line 2", "is empty"]),
        ("columns:\n  customerName: ''\n", ["line 2", "is empty"]),
        ("columns:\n  customerName: [A, [B]]\n", ["line 2", "needs a text"]),
        ("columns: [a]\n", ["line 1, `columns`", "block of `key: value` lines"]),
        ("columns:\n  placeofBiz: A\n  placeOfBiz: B\n", ["line 3, `columns.placeOfBiz`", "twice"]),
        ("columns:\n  profile_id: A\n", ["line 2", "`profile_id:` at the left margin"]),
        ("customerName: A\n", ["line 1, `customerName`", "under `columns:`"]),
        ("version: 2\n", ["line 1, `version`", "version 1"]),
        ("header_row: three\n", ["line 1, `header_row`", "whole number"]),
        ("header_row: 0\n", ["line 1, `header_row`", "from 1"]),
        ("encoding: klingon\n", ["line 1, `encoding`", "no encoding 'klingon'", "cp1252"]),
        ("encoding: base64\n", ["line 1, `encoding`", "no encoding 'base64'"]),
        ("version: 1\ndelimiter: ab\n", ["line 2, `delimiter`", "'ab' cannot be a delimiter", "tab"]),
        ("delimiter: '\"'\n", ["line 1, `delimiter`", "cannot be a delimiter"]),
        ("delimiter: ''\n", ["line 1, `delimiter`", "cannot be a delimiter"]),
        ("delimiter: ,\n", ["line 1", "not valid YAML", "needs quotes"]),
        ("type: person\n", ["line 1, `type`", "Did you mean `personal`"]),
        ("rail: gbp\n", ["line 1, `rail`", "Valid: auto, sgd, usd"]),
        ("reports: [results, rejets]\n", ["line 1", "Did you mean `rejects`"]),
        ("max_reject_share: 101\n", ["line 1, `max_reject_share`", "0 to 100"]),
        ("max_reject_share: nan\n", ["line 1, `max_reject_share`", "0 to 100"]),
        ("on_existing: skip\n\non-existing: fail\n", ["line 3, `on-existing`", "twice"]),
        (
            "columns:\n  dateOfBirth: {from: D, format: DD/MM/YYYY}\n",
            ["line 2, `columns.dateOfBirth.format", "%d/%m/%Y"],
        ),
        ("columns:\n  dateOfBirth: {from: D, format: '%d/%m'}\n", ["line 2", "year, month and day"]),
        ("columns:\n  dateOfBirth: {from: D, format: '%d%d%m%Y'}\n", ["line 2", "year, month and day"]),
        ("columns:\n  gender: {from: D, format: '%d/%m/%Y'}\n", ["line 2, `columns.gender.format`", "is no date"]),
        ("columns:\n  gender: {from: D, values: {M: MALE, ' m ': FEMALE}}\n", ["line 2", "two meanings"]),
        ("reference: a\nreference: b\n", ["line 2", "`reference` stands twice (first on line 1)"]),
        ("columns:\n  gender: A\n  gender: B\n", ["line 3", "`columns.gender` stands twice (first on line 2)"]),
        ("reference: a: b\n", ["line 1", "not valid YAML", "quotes"]),
        ("columns:\n\tgender: A\n", ["line 2", "not valid YAML", "never tabs"]),
        ("keep: [a\n", ["not valid YAML"]),
        ("a: 1\n---\nb: 2\n", ["line 2", "not valid YAML"]),
        ("- a\n- b\n", ["`key: value` lines"]),
        ("just text\n", ["`key: value` lines"]),
        ("[a]: b\n", ["line 1", "a key is a word"]),
        ("keep: &a [*a]\n", ["line 1", "nested too deeply"]),
        ("keep: " + "[" * 5000, ["nested too deeply"]),
        ("keep: &a [x, x]\ntype: &b [*a, *a]\n", ["line 2, `type`"]),
        (alias_bomb(), ["line 1", "over 20,000 entries"]),
        ("keep:\n" + "- a\n" * 20_001, ["line 20001", "over 20,000 entries"]),
        (b"reference: Gr\xf6\xdfe\n", ["UTF-8"]),
        (b"PK\x03\x04\x00\x00", ["UTF-8"]),
        ("reference: !!python/object/apply:os.system [id]\n", ["line 1, `reference`", "needs a text"]),
    ],
)
def test_a_fault_is_named_with_its_line_its_key_and_what_is_valid(
    tmp_path: Path, text: str | bytes, parts: list[str]
) -> None:
    """File, line, key, and the nearest valid key."""
    message = refuse(tmp_path, text)
    assert message.startswith("FILE")
    assert [part for part in parts if part not in message] == []


@pytest.mark.parametrize(
    "key",
    ["env", "base_url", "base-url", "account", "ledger", "allow-host", "rate", "api_key", "overwrite", "yes", "limit"],
)
def test_a_mapping_must_not_choose_the_target(tmp_path: Path, key: str) -> None:
    """It travels with an export."""
    message = refuse(tmp_path, f"type: personal\n{key}: production\n")
    assert message.startswith(f"FILE, line 2, `{key}`")
    assert "must not choose the target" in message


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    """One line each."""
    message = refuse(tmp_path, "type: person\nrail: x\nheader_row: y\n")
    assert [line.split(":")[0] for line in message.splitlines()] == [
        "FILE, line 3, `header_row`",
        "FILE, line 1, `type`",
        "FILE, line 2, `rail`",
    ]


def test_a_file_that_is_not_there_or_no_mapping_is_said_so(tmp_path: Path) -> None:
    """Exit 2 with a sentence, never a traceback."""
    with pytest.raises(MappingError, match="there is no such mapping file"):
        load_mapping(tmp_path / "missing.yaml")
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)
    (tmp_path / "export.csv").write_bytes(b"a" * 200_001)
    with pytest.raises(MappingError, match="not a mapping file"):
        load_mapping(tmp_path / "export.csv")


@pytest.mark.parametrize("row", ["Tan Mei Ling,S8012345F,note", "Tan Mei Ling;S8012345F", "S8012345F" * 10])
def test_an_export_that_is_given_as_a_mapping_shows_none_of_its_values(tmp_path: Path, row: str) -> None:
    """Where a colon in a cell makes a key of the row in front of it."""
    message = refuse(tmp_path, f"{row}: vip\n")
    assert message.startswith("FILE, line 1: not a key of a mapping file.")
    assert ("Tan" in message, "S8012345F" in message) == (False, False)


def test_a_long_list_that_names_a_column_twice_is_told_so(tmp_path: Path) -> None:
    """And quickly: each column is looked at once."""
    columns = "".join(f"- column {place}\n" for place in range(9_000))
    assert "names the column `column 7` twice" in refuse(tmp_path, f"keep:\n{columns}- column 7\n")


def test_a_mapping_knows_where_its_keys_stand(tmp_path: Path) -> None:
    """Later messages name line and key."""
    mapping = load(tmp_path, "columns:\n\n  address:\n    street: A\n  placeofBiz: {from: B}\n")
    place = str(tmp_path / "users.mapping.yaml")
    assert mapping.name_place("columns", "address.street", "from") == f"{place}, line 4, `columns.address.street.from`"
    assert mapping.name_place("columns", "placeOfBiz", "from") == f"{place}, line 5, `columns.placeOfBiz.from`"
    assert Mapping().name_place("keep") == "mapping, `keep`"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="ac:{}[]-&*!#%@`'\"\\ \n\t,?|>", max_size=60))
def test_no_file_brings_anything_but_a_mapping_or_its_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    """Whatever the bytes."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        outcome = load_mapping(path).model_dump()["version"]
    except MappingError as error:
        outcome = str(error).startswith(str(path))
    assert outcome == 1


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15) | st.sampled_from(["NO", "1", "~", "on"])
)
def test_a_written_scalar_reads_back(text: str) -> None:
    """In a draft or a hint, whatever the header."""
    assert yaml.safe_load(f"from: [{write_scalar(text)}, x]") == {"from": [text, "x"]}
    assert yaml.safe_load(f"from: {write_scalar(text)}  # c") == {"from": text}


def test_the_json_schema_names_every_key() -> None:
    """An editor completes all that load_mapping takes, and it is plain JSON."""
    schema = json.loads(json.dumps(mapping_schema()))
    assert set(Mapping.model_fields) <= set(schema["properties"])
    assert set(schema["properties"]["columns"]["properties"]) == {*PARAMETER_NAMES, "address"}


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (CONTRACT, True),
        ("on-existing: skip\nmax-reject-share: 20\nreports: [results]\n", True),
        ("columns:\n  address: {from: A}\n", True),
        ("delimiter: ;\nencoding: cp1252\n", True),
        ("delimiter: ''\n", False),
        ("env: production\n", False),
        ("columns:\n  custmerName: X\n", False),
        ("columns:\n  customerName: {form: X}\n", False),
        ("columns:\n  customerName: {from: X, value: Y}\n", False),
        ("columns:\n  customerName: {from: X, format: '%d'}\n", False),
    ],
)
def test_the_json_schema_agrees_with_the_reader(tmp_path: Path, text: str, valid: bool) -> None:
    """What an editor accepts is what load_mapping accepts."""
    jsonschema = pytest.importorskip("jsonschema", reason="comes with Prefect")
    errors = list(jsonschema.Draft202012Validator(mapping_schema()).iter_errors(yaml.safe_load(text)))
    assert (not errors) is valid
    if valid:
        load(tmp_path, text)
    else:
        refuse(tmp_path, text)


SAMPLES = sorted((Path(__file__).parents[2] / "data_samples").glob("*.mapping.yaml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_json_schema_passes_the_sample_mappings(path: Path) -> None:
    """What the project itself gives as examples has no red line in an editor, and loads."""
    jsonschema = pytest.importorskip("jsonschema", reason="comes with Prefect")
    errors = list(jsonschema.Draft202012Validator(mapping_schema()).iter_errors(yaml.safe_load(path.read_text())))
    assert errors == []
    assert load_mapping(path) != Mapping()
