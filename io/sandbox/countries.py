"""The sandbox's own list of countries: ISO 3166-1, from pycountry.

The vendor points to https://www.iban.com/country-codes, which is that list.
"""

from functools import cache

import pycountry


@cache
def list_country_names() -> dict[str, str]:
    """Names by code, alpha-2 and alpha-3, upper case."""
    names: dict[str, str] = {}
    for country in pycountry.countries:
        names[country.alpha_2] = country.name
        names[country.alpha_3] = country.name
    return names


def is_country_code(text: str) -> bool:
    """Whether a text is an alpha-2 code in upper case."""
    return len(text) == 2 and text in list_country_names()


def is_country_or_name(text: str) -> bool:
    """Whether a text can stand for a country where the vendor takes names as well as codes.

    Two or three letters must be a code. Anything longer counts as a name: the vendor's own samples say
    ``SINGAPOREAN``, which is no country's name, so its list of names is not known.
    """
    text = text.strip()
    return text.upper() in list_country_names() if len(text) <= 3 else True


def name_country(text: str) -> str:
    """The country's name for a code; anything else as it is (vendor samples: ``SG`` comes back as ``Singapore``)."""
    return list_country_names().get(text.strip().upper(), text)
