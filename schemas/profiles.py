"""The pandera models: what a personal and a business profile must look like for SGD and for USD.

They run the rules of ``check_rules`` over the parameter table, as the fast check does. USD is SGD and more. Each check
bears the finding's code, so that pandera's failure cases read like our findings.

A column that the rail does not need may be absent, and empty cells in it are fine, ``""`` or missing. Values are text,
dtype ``str``; a column without any value may be of another. Types and countries are compared as the API wants them:
mend first, or let the check do it.
"""

import re
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandas.api.types import is_string_dtype
from pandera.typing import Series

from straitsx_bulk.schemas.check_arrow import find_empty, to_texts
from straitsx_bulk.schemas.check_rules import RULES, Setting
from straitsx_bulk.schemas.dates import today_in_singapore
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.parameters import BY_NAME, PARAMETERS, Rail, RegistrationType

__all__ = ["MODELS", "BusinessSgd", "BusinessUsd", "PersonalSgd", "PersonalUsd", "Profile"]


def _column(name: str) -> Any:  # a pandera field; pandera ships no types
    """Declare a parameter's column under the API's name."""
    parameter = BY_NAME[name]
    return pa.Field(alias=name, nullable=True, title=parameter.label, description=parameter.allowed)


def _check(code: Code) -> Any:  # a pandera check; pandera ships no types
    """Make the check of one code, on every column whose kind has that rule."""
    (rule,) = (rule for rule in RULES if rule.code is code)

    def run(cls: "type[Profile]", column: "pd.Series[str]") -> "pd.Series[bool]":
        if not is_string_dtype(column):  # the failure of its dtype says it all
            return pd.Series(True, index=column.index)
        setting = Setting(today_in_singapore(), cls.registration_type())
        texts = to_texts(column)
        holds = find_empty(texts) | ~rule.broken(BY_NAME[str(column.name)], texts, setting)
        return pd.Series(holds, index=column.index)

    run.__name__ = str(code)
    names = "|".join(re.escape(p.name) for p in PARAMETERS if p.kind in rule.kinds)
    return pa.check(f"^(?:{names})$", regex=True)(run)


class Profile(pa.DataFrameModel):
    """What all four models share."""

    customerName: Series[str] = _column("customerName")
    registrationType: Series[str] = _column("registrationType")
    registrationId: Series[str] = _column("registrationId")
    registrationIdType: Series[str] | None = _column("registrationIdType")
    registrationIdCountry: Series[str] | None = _column("registrationIdCountry")
    address_street: Series[str] | None = _column("address.street")
    address_city: Series[str] | None = _column("address.city")
    address_state: Series[str] | None = _column("address.state")
    address_postalCode: Series[str] | None = _column("address.postalCode")
    address_country: Series[str] | None = _column("address.country")

    too_long = _check(Code.TOO_LONG)
    too_short = _check(Code.TOO_SHORT)
    bad_characters = _check(Code.BAD_CHARACTERS)
    id_scientific = _check(Code.ID_SCIENTIFIC)
    not_allowed = _check(Code.NOT_ALLOWED)
    unknown_country = _check(Code.UNKNOWN_COUNTRY)
    ambiguous_country = _check(Code.AMBIGUOUS_COUNTRY)
    bad_date = _check(Code.BAD_DATE)
    date_in_future = _check(Code.DATE_IN_FUTURE)
    date_too_old = _check(Code.DATE_TOO_OLD)
    bad_email = _check(Code.BAD_EMAIL)
    bad_phone = _check(Code.BAD_PHONE)

    @pa.dataframe_parser
    @classmethod
    def read_blank_columns(cls, table: pd.DataFrame) -> pd.DataFrame:
        """Take columns without any value for text, of whatever dtype: pandas reads an empty one as numbers."""
        blank = [name for name in table.columns[table.isna().all().to_numpy()] if name in BY_NAME]
        return table.astype(dict.fromkeys(blank, "str")) if blank else table

    @pa.check("^.*$", regex=True, ignore_na=False)
    def missing(cls, column: "pd.Series[str]") -> "pd.Series[bool]":  # noqa: N805 - pandera makes it a class method
        """Require a value where the rail needs one."""
        parameter = BY_NAME.get(str(column.name))
        needed = parameter is not None and parameter.needed_for(cls.registration_type(), cls.rail())
        if not is_string_dtype(column):
            return pd.Series(column.notna() | (not needed), index=column.index)
        return pd.Series(~find_empty(to_texts(column)) | (not needed), index=column.index)

    @classmethod
    def registration_type(cls) -> RegistrationType:
        """Say whose profiles the model is for."""
        raise NotImplementedError

    @classmethod
    def rail(cls) -> Rail:
        """Say which rail the model is for."""
        return Rail.SGD


class PersonalSgd(Profile):
    """A person's profile for SGD transactions."""

    countryOfResidence: Series[str] | None = _column("countryOfResidence")
    dateOfBirth: Series[str] | None = _column("dateOfBirth")
    nationality: Series[str] | None = _column("nationality")
    gender: Series[str] | None = _column("gender")
    email: Series[str] | None = _column("email")
    phoneNo: Series[str] | None = _column("phoneNo")
    customerNativeName: Series[str] | None = _column("customerNativeName")

    @classmethod
    def registration_type(cls) -> RegistrationType:
        """Say whose profiles the model is for."""
        return RegistrationType.PERSONAL


class BusinessSgd(Profile):
    """A business's profile for SGD transactions."""

    placeOfBiz: Series[str] | None = _column("placeOfBiz")
    placeOfBizCountry: Series[str] | None = _column("placeOfBizCountry")
    countryOfIncorporation: Series[str] | None = _column("countryOfIncorporation")
    dateOfIncorporation: Series[str] | None = _column("dateOfIncorporation")
    tradingName: Series[str] | None = _column("tradingName")

    @classmethod
    def registration_type(cls) -> RegistrationType:
        """Say whose profiles the model is for."""
        return RegistrationType.BUSINESS


class PersonalUsd(PersonalSgd):
    """A person's profile for USD transactions: SGD's, and more."""

    registrationIdType: Series[str] = _column("registrationIdType")
    registrationIdCountry: Series[str] = _column("registrationIdCountry")
    address_street: Series[str] = _column("address.street")
    address_city: Series[str] = _column("address.city")
    address_country: Series[str] = _column("address.country")
    countryOfResidence: Series[str] = _column("countryOfResidence")
    dateOfBirth: Series[str] = _column("dateOfBirth")
    nationality: Series[str] = _column("nationality")

    @classmethod
    def rail(cls) -> Rail:
        """Say which rail the model is for."""
        return Rail.USD


class BusinessUsd(BusinessSgd):
    """A business's profile for USD transactions: SGD's, and more."""

    registrationIdType: Series[str] = _column("registrationIdType")
    registrationIdCountry: Series[str] = _column("registrationIdCountry")
    address_street: Series[str] = _column("address.street")
    address_city: Series[str] = _column("address.city")
    address_country: Series[str] = _column("address.country")
    placeOfBiz: Series[str] = _column("placeOfBiz")
    placeOfBizCountry: Series[str] = _column("placeOfBizCountry")
    countryOfIncorporation: Series[str] = _column("countryOfIncorporation")
    dateOfIncorporation: Series[str] = _column("dateOfIncorporation")

    @classmethod
    def rail(cls) -> Rail:
        """Say which rail the model is for."""
        return Rail.USD


MODELS: dict[tuple[RegistrationType, Rail], type[Profile]] = {
    (model.registration_type(), model.rail()): model for model in (PersonalSgd, BusinessSgd, PersonalUsd, BusinessUsd)
}
"""Each type and rail to its model."""
