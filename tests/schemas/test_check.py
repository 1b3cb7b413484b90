"""The check of a batch: rails, what is sent, gaps, upgrades, readers' notes, layouts."""

import numpy as np
import pandas as pd
import pytest
from check_help import BUSINESS, PERSON, TODAY, check_rows, list_labels, make_batch, make_layout

from straitsx_bulk.schemas.batch import CellNote, Note
from straitsx_bulk.schemas.check import Checker, CheckSettings
from straitsx_bulk.schemas.checked import FACT_COLUMNS, FINDING_COLUMNS
from straitsx_bulk.schemas.layout import Layout, ParameterSource
from straitsx_bulk.schemas.parameters import ADDRESS_PARTS, PARAMETER_NAMES, SGD_NAMES

THREE = {name: PERSON[name] for name in SGD_NAMES}


def test_tables_have_the_agreed_columns_and_types() -> None:
    checked = check_rows([PERSON, BUSINESS | {"customerName": ""}])
    assert list(checked.values) == list(PARAMETER_NAMES)
    assert list(checked.facts) == list(FACT_COLUMNS)
    assert list(checked.findings) == list(FINDING_COLUMNS)
    assert checked.findings["position"].dtype == np.int64
    texts = [checked.values, checked.facts, checked.findings.drop(columns="position")]
    assert {str(dtype) for table in texts for dtype in table.dtypes} == {"str"}
    assert {str(flags.dtype) for flags in (checked.accepted, checked.full_would_pass, checked.mended)} == {"bool"}


def test_batch_without_rows_is_checked() -> None:
    checked = Checker(make_layout(PARAMETER_NAMES), CheckSettings("import", "auto", "safe", TODAY)).check(
        make_batch([], headers=PARAMETER_NAMES)
    )
    assert (len(checked), len(checked.findings), len(checked.values)) == (0, 0, 0)


@pytest.mark.parametrize("rail", ["auto", "usd"])
@pytest.mark.parametrize("row", [PERSON, BUSINESS], ids=["person", "business"])
def test_complete_row_sends_everything_for_usd(rail: str, row: dict[str, str]) -> None:
    checked = check_rows([row], rail=rail, headers=PARAMETER_NAMES)
    assert checked.facts.at[0, "rail"] == "usd"
    assert {name: value for name, value in checked.values.iloc[0].items() if value} == row


def test_sgd_sends_the_three_and_says_nothing_of_the_rest() -> None:
    checked = check_rows([PERSON | {"dateOfBirth": "x", "email": "x"}], rail="sgd")
    assert checked.facts.iloc[0][["rail", "usd_gaps", "warnings"]].tolist() == ["sgd", "", ""]
    assert {name: value for name, value in checked.values.iloc[0].items() if value} == THREE


def test_input_of_three_columns_goes_in_for_sgd_without_a_warning() -> None:
    checked = check_rows([THREE])
    assert list_labels(checked) == []
    assert checked.facts.at[0, "rail"] == "sgd"
    expected = (
        "registrationIdType;registrationIdCountry;address.street;address.city;address.country;countryOfResidence;"
        "dateOfBirth;nationality"
    )
    assert checked.facts.at[0, "usd_gaps"] == expected


def test_gaps_name_the_missing_and_the_malformed() -> None:
    checked = check_rows([PERSON | {"dateOfBirth": "", "nationality": "Narnia", "email": "x"}])
    assert checked.facts.at[0, "usd_gaps"] == "dateOfBirth;nationality"
    assert checked.facts.at[0, "warnings"] == "dateOfBirth:missing;nationality:unknown_country;email:bad_email"
    assert checked.values.at[0, "email"] == ""
    assert checked.values.at[0, "countryOfResidence"] == "SG"


def test_usd_rejects_what_is_not_complete_and_only_warns_of_the_optional() -> None:
    checked = check_rows([PERSON | {"dateOfBirth": "", "email": "x"}, PERSON | {"email": "x"}], rail="usd")
    assert checked.facts["errors"].tolist() == ["dateOfBirth:missing", ""]
    assert checked.facts["warnings"].tolist() == ["email:bad_email"] * 2
    assert checked.facts["rail"].tolist() == ["", "usd"]
    assert checked.facts["usd_gaps"].tolist() == ["", ""]


def test_usd_names_what_is_missing_though_there_is_no_column() -> None:
    assert "nationality:missing" in list_labels(check_rows([THREE], rail="usd"))


@pytest.mark.parametrize("part", ["address.street", "address.city", "address.country"])
@pytest.mark.parametrize("cell", ["", "{}"])
def test_address_is_sent_whole_or_not_at_all(part: str, cell: str) -> None:
    checked = check_rows([PERSON | {part: cell}])
    assert checked.values[list(ADDRESS_PARTS)].iloc[0].tolist() == [""] * len(ADDRESS_PARTS)
    assert checked.facts.at[0, "usd_gaps"] == part


@pytest.mark.parametrize("part", ["address.state", "address.postalCode"])
def test_optional_part_of_an_address_is_left_out_alone(part: str) -> None:
    checked = check_rows([PERSON | {part: "{}"}])
    assert checked.values.at[0, part] == ""
    assert checked.values.at[0, "address.street"] == PERSON["address.street"]
    assert checked.facts.at[0, "rail"] == "usd"


def test_rejected_row_keeps_what_could_be_read() -> None:
    checked = check_rows([PERSON | {"customerName": "Tan!", "nationality": "Singaporean", "email": "x"}])
    assert checked.values[["customerName", "nationality", "email"]].iloc[0].tolist() == ["Tan!", "SG", "x"]
    assert checked.facts.at[0, "repairs"] == "nationality:country_code"


def test_repairs_and_findings_stand_in_the_tables_order() -> None:
    row = {
        "email": "x",
        "customerName": " Tan! ",
        "gender": "F",
        "registrationType": "Individual",
        "registrationId": "#",
    }
    checked = check_rows([PERSON | row], headers=tuple(reversed(PARAMETER_NAMES)))
    assert checked.facts.at[0, "repairs"] == (
        "customerName:trimmed;registrationType:alias;registrationId:emptied;gender:alias"
    )
    assert checked.facts.at[0, "errors"] == "customerName:bad_characters;registrationId:missing"


def test_full_would_pass_and_the_suggestion_is_what_it_would_send() -> None:
    checked = check_rows([PERSON | {"customerName": "Conor O’Brien"}, PERSON | {"customerName": "陈"}])
    assert checked.full_would_pass.tolist() == [True, False]
    assert checked.findings["suggestion"].tolist() == ["Conor OBrien", ""]
    assert checked.findings["detail"].tolist() == ["'", "陈"]


def test_suggestion_comes_from_safe_where_none_was_mended() -> None:
    checked = check_rows([BUSINESS | {"registrationIdType": "", "placeOfBizCountry": "Singapore"}], repair="none")
    told = dict(zip(checked.findings["parameter"], checked.findings["suggestion"], strict=True))
    assert told == {"registrationIdType": "business_reg_no", "placeOfBizCountry": "SG"}


def test_full_leaves_nothing_to_suggest() -> None:
    checked = check_rows([PERSON | {"customerName": "陈!", "email": "x"}], repair="full")
    assert checked.findings["suggestion"].tolist() == ["", ""]
    assert checked.full_would_pass.tolist() == [False]


class TestUpgrade:
    """``upgrade`` checks a row only in what it holds."""

    def test_empty_is_no_finding(self) -> None:
        row = {"registrationType": "personal", "registrationId": "S8012345J", "nationality": "SG"}
        checked = check_rows([row], command="upgrade", headers=PARAMETER_NAMES)
        assert list_labels(checked) == []
        assert checked.accepted.tolist() == [True]

    def test_malformed_is_a_finding(self) -> None:
        row = {"registrationType": "personal", "registrationId": "S8012345J", "nationality": "Narnia"}
        assert list_labels(check_rows([row], command="upgrade")) == ["nationality:unknown_country"]
        checked = check_rows([row], command="upgrade", rail="usd")
        assert checked.facts.at[0, "errors"] == "nationality:unknown_country"

    def test_needs_the_key_or_the_profile_id(self) -> None:
        rows = [{"id": "customer_profile_1", "nationality": "SG"}, {"id": " n/a ", "nationality": "SG"}]
        layout = Layout((ParameterSource("nationality", ("nationality",)),), profile_id="id")
        checked = check_rows(rows, command="upgrade", layout=layout)
        assert checked.facts["errors"].tolist() == ["", "registrationType:missing;registrationId:missing"]
        assert checked.facts["profile_id"].tolist() == ["customer_profile_1", ""]

    def test_part_of_an_address_is_not_sent_and_named(self) -> None:
        row = {"registrationType": "personal", "registrationId": "S8012345J", "address.city": "Singapore"}
        checked = check_rows([row], command="upgrade", headers=PARAMETER_NAMES)
        assert checked.facts.at[0, "warnings"] == "address.street:missing;address.country:missing"
        assert checked.values.at[0, "address.city"] == ""


class TestNotes:
    """What a reader saw beside the text."""

    def test_ragged_row_has_that_one_finding_and_no_values(self) -> None:
        notes = (CellNote(0, None, Note.RAGGED_ROW, "19 cells, the header has 18"),)
        checked = check_rows([PERSON | {"customerName": "Tan!"}, PERSON], notes=notes)
        assert checked.facts["errors"].tolist() == ["row:ragged_row", ""]
        assert checked.facts[["repairs", "warnings"]].iloc[0].tolist() == ["", ""]
        assert set(checked.values.iloc[0]) == {""}
        assert checked.findings.iloc[0][["header", "detail"]].tolist() == ["", "19 cells, the header has 18"]

    @pytest.mark.parametrize(("rail", "column"), [("auto", "warnings"), ("usd", "errors")])
    def test_undecodable_cell_is_the_one_finding_of_its_value(self, rail: str, column: str) -> None:
        notes = (CellNote(0, "address.city", Note.UNDECODABLE), CellNote(0, "customerName", Note.UNDECODABLE))
        row = PERSON | {"customerName": "T\ufffdn", "address.city": "Singap\ufffdre"}
        checked = check_rows([row], notes=notes, rail=rail)
        assert "customerName:undecodable" in checked.facts["errors"].iloc[0]
        assert "address.city:undecodable" in checked.facts[column].iloc[0]
        assert sorted(list_labels(checked)) == ["address.city:undecodable", "customerName:undecodable"]
        assert checked.findings["suggestion"].tolist() == ["", ""]
        assert checked.full_would_pass.tolist() == [False]

    def test_undecodable_cell_that_would_pass_is_not_sent(self) -> None:
        notes = (CellNote(0, "email", Note.UNDECODABLE),)
        assert check_rows([PERSON], notes=notes).values.at[0, "email"] == ""

    def test_whole_address_that_cannot_be_decoded_is_named_once(self) -> None:
        layout = Layout((*make_layout(SGD_NAMES).sources, ParameterSource("address", ("addr",))))
        notes = (CellNote(0, "addr", Note.UNDECODABLE),)
        checked = check_rows([THREE | {"addr": "1 R\ufffdad Singapore 238840"}], layout=layout, notes=notes)
        assert list_labels(checked) == ["address.street:undecodable"]

    def test_error_cells_and_hidden_rows_are_warnings(self) -> None:
        notes = (CellNote(0, "email", Note.ERROR_CELL, "#N/A"), CellNote(1, None, Note.HIDDEN_ROW))
        checked = check_rows([PERSON | {"email": ""}, PERSON], notes=notes)
        assert checked.facts["warnings"].tolist() == ["email:error_cell", "row:hidden_row"]
        assert checked.accepted.tolist() == [True, True]
        assert checked.facts["rail"].tolist() == ["usd", "usd"]

    def test_error_cell_in_a_needed_column_is_missing_too(self) -> None:
        notes = (CellNote(0, "customerName", Note.ERROR_CELL, "#REF!"),)
        checked = check_rows([PERSON | {"customerName": ""}], notes=notes)
        assert list_labels(checked) == ["customerName:missing", "customerName:error_cell"]

    def test_notes_on_columns_that_nothing_reads_concern_nobody(self) -> None:
        notes = (CellNote(0, "remarks", Note.UNDECODABLE), CellNote(0, "remarks", Note.ERROR_CELL))
        assert list_labels(check_rows([PERSON | {"remarks": "\ufffd"}], notes=notes)) == []


class TestLayouts:
    """From the export's columns to parameters."""

    def test_columns_are_joined_and_empty_ones_left_out(self) -> None:
        address = ParameterSource("address.street", ("a", "b", "c"), join=", ")
        rows = [
            PERSON | {"a": "Blk 1", "b": "", "c": "Robinson Road"},
            PERSON | {"a": " Blk 2 ", "b": "N/A", "c": "#01-02"},
            PERSON | {"a": "", "b": "", "c": ""},
        ]
        layout = Layout((*make_layout([n for n in PERSON if n != "address.street"]).sources, address))
        checked = check_rows(rows, layout=layout)
        assert checked.values["address.street"].tolist() == ["Blk 1, Robinson Road", "Blk 2, 01-02", ""]
        assert checked.facts["repairs"].tolist() == ["", "address.street:emptied;address.street:hash_dropped", ""]
        assert checked.findings["header"].tolist() == ["a"]

    def test_mappings_words_come_before_ours(self) -> None:
        kind = ParameterSource("registrationType", ("kind",), values={"p": "personal", "my corp": "business"})
        layout = Layout((*make_layout([n for n in PERSON if n != "registrationType"]).sources, kind))
        rows = [PERSON | {"kind": word} for word in ("P", " p ", "Individual", "My  Corp", "X")]
        checked = check_rows(rows, layout=layout)
        expected = ["personal", "personal", "personal", "business", "X"]
        assert checked.identity is not None
        assert checked.identity["registrationType"].tolist() == expected
        assert checked.facts["repairs"].tolist() == ["", "", "registrationType:alias", "", ""]

    def test_constant_stands_in_every_row(self) -> None:
        sources = make_layout([n for n in PERSON if n != "nationality"]).sources
        layout = Layout((*sources, ParameterSource("nationality", constant="SG")))
        checked = check_rows([PERSON, PERSON], layout=layout)
        assert checked.values["nationality"].tolist() == ["SG", "SG"]
        assert checked.headers["nationality"] == ()

    def test_reference_and_kept_columns_are_carried_as_they_are(self) -> None:
        rows = [PERSON | {"user": " 007 ", "segment": "N/A"}]
        checked = check_rows(rows, layout=make_layout(PARAMETER_NAMES[:3], reference="user", keep=("segment",)))
        assert checked.facts.at[0, "reference"] == " 007 "
        assert checked.keep.to_dict("records") == [{"segment": "N/A"}]

    def test_place_of_business_can_be_read_from_the_address(self) -> None:
        sources = make_layout([n for n in BUSINESS if n != "placeOfBiz"]).sources
        layout = Layout((*sources, ParameterSource("placeOfBiz", ("address.street", "address.city"), join=", ")))
        checked = check_rows([BUSINESS], layout=layout)
        assert checked.values.at[0, "placeOfBiz"] == "71 Ayer Rajah Crescent, Singapore"

    def test_index_of_the_cells_does_not_matter(self) -> None:
        batch = make_batch([PERSON, PERSON])
        checked = Checker(make_layout(batch.origin.headers), CheckSettings("import", "auto", "safe", TODAY)).check(
            batch
        )
        for table in (checked.values, checked.facts, checked.accepted, checked.mended):
            assert table.index.equals(pd.RangeIndex(2))


class TestWholeAddress:
    """An address in one column."""

    @staticmethod
    def _check(row: dict[str, str], *more: str, repair: str = "safe") -> "pd.Series[str]":
        layout = Layout((*make_layout((*SGD_NAMES, *more)).sources, ParameterSource("address", ("addr",))))
        checked = check_rows([THREE | row], layout=layout, repair=repair)
        told: pd.Series[str] = pd.concat([checked.values.iloc[0], checked.facts.iloc[0]])
        return told

    def test_certain_shape_is_taken_apart(self) -> None:
        row = self._check({"addr": "Blk 123 Ang Mo Kio Ave 3 #05-678 Singapore 560123"})
        expected = ["Blk 123 Ang Mo Kio Ave 3 05-678", "Singapore", "", "560123", "SG"]
        assert row[list(ADDRESS_PARTS)].tolist() == expected
        assert row["repairs"] == "address:split;address.street:hash_dropped"

    def test_uncertain_shape_is_the_street_and_the_rest_is_missing(self) -> None:
        row = self._check({"addr": "12 Jalan Sudirman Jakarta 10220"})
        assert row["repairs"] == ""
        assert row["warnings"] == "address.city:missing;address.country:missing"

    def test_country_of_its_own_makes_the_shape_certain(self) -> None:
        row = self._check({"addr": "1 Robinson Road 048542", "address.country": "Singapore"}, "address.country")
        assert row[["address.street", "address.postalCode"]].tolist() == ["1 Robinson Road", "048542"]
        assert row["repairs"] == "address:split;address.country:country_code"

    def test_columns_of_their_own_go_first(self) -> None:
        cells = {"addr": "1 Robinson Road Singapore 048542", "address.city": "Raffles Place"}
        assert self._check(cells, "address.city")["address.city"] == "Raffles Place"

    def test_a_street_of_its_own_takes_the_streets_place_and_the_rest_is_still_told(self) -> None:
        cells = {"addr": "1/3 Robinson Road Singapore 048542", "address.street": "1 to 3 Robinson Road"}
        row = self._check(cells, "address.street")
        assert row[list(ADDRESS_PARTS)].tolist() == ["1 to 3 Robinson Road", "Singapore", "", "048542", "SG"]
        assert row["repairs"] == "address:split"

    def test_nothing_is_mended_of_a_whole_address_that_is_not_used(self) -> None:
        cells = {"addr": "1 O\u2019Connor Road", "address.street": "1 Robinson Road"}
        assert self._check(cells, "address.street")["repairs"] == ""

    def test_none_leaves_it_whole(self) -> None:
        row = self._check({"addr": "1 Robinson Road Singapore 048542"}, repair="none")
        assert (row["repairs"], row["warnings"]) == ("", "address.city:missing;address.country:missing")


class TestAdvice:
    """Warnings that never reject a row and never keep a value back."""

    def test_advice_leaves_nothing_out(self) -> None:
        checked = check_rows([PERSON | {"registrationId": "S8012345A", "dateOfBirth": "1900-01-01"}])
        assert checked.facts.at[0, "warnings"] == "registrationId:checksum;dateOfBirth:over_120_years"
        assert checked.facts.at[0, "rail"] == "usd"
        assert checked.values[["registrationId", "dateOfBirth"]].iloc[0].tolist() == ["S8012345A", "1900-01-01"]

    @pytest.mark.parametrize(("born", "old"), [("1906-02-03", False), ("1906-02-02", True)])
    def test_a_person_is_over_120_the_day_after_the_birthday(self, born: str, old: bool) -> None:
        labels = list_labels(check_rows([PERSON | {"dateOfBirth": born}]))
        assert ("dateOfBirth:over_120_years" in labels) is old

    def test_foreign_ids_and_passports_are_not_held_to_singapores_check_letters(self) -> None:
        for change in ({"registrationIdCountry": "MY"}, {"registrationIdType": "passport"}):
            assert list_labels(check_rows([PERSON | {"registrationId": "S8012345A"} | change])) == []

    def test_npwp_of_an_indonesian_business_is_held_to_its_check_digit(self) -> None:
        rows = [
            BUSINESS | {"registrationIdCountry": "ID", "registrationId": i}
            for i in ("013000666091000", "013000667091000")
        ]
        checked = check_rows(rows)
        assert checked.facts["warnings"].tolist() == ["", "registrationId:checksum"]

    def test_faulty_id_gets_no_advice(self) -> None:
        assert list_labels(check_rows([PERSON | {"registrationId": "S8012345A#"}])) == ["registrationId:bad_characters"]
