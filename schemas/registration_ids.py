"""Shapes and check letters of the registration ids that Singapore and Indonesia issue, and Excel's ruined numbers.

All functions take a text column without missing values and give a bool column with the same index. ``looks_like_…`` is
about the shape alone, case and outer white space aside; ``…_ok`` is the check behind it, ``False`` where the shape does
not fit. Check digits are computed over whole columns here, because python-stdnum takes one number at a time (a million
UENs: 4.4 s against 0.4 s); the tests hold them against python-stdnum.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

NRIC = r"[STFGM][0-9]{7}[A-Z]"
UEN_BUSINESS = r"[0-9]{8}[A-Z]"
UEN_COMPANY = r"[0-9]{9}[A-Z]"
UEN_OTHER = r"[RST][0-9]{2}[A-Z]{2}[0-9]{4}[A-Z]"
NIK = r"[0-9]{16}"
NPWP = r"0?[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}\.?[0-9][-.]?[0-9]{3}\.?[0-9]{3}"
SCIENTIFIC = r"[+-]?[0-9]{1,3}(?:[.,][0-9]+ ?E ?[+-]?[0-9]{1,3}| ?E ?[+-][0-9]{1,3})"

_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_NRIC_SERIES = (("S", 0, "JZIHGFEDCBA"), ("T", 4, "JZIHGFEDCBA"), ("F", 0, "XWUTRQPNMLK"), ("G", 4, "XWUTRQPNMLK"),
                ("M", 3, "XWUTRQPNJLK"))  # fmt: skip
_UEN_ALPHABET = b"ABCDEFGHJKLMNPQRSTUVWX0123456789"
_PROVINCES = (
    *range(11, 20),
    21,
    *range(31, 37),
    *range(51, 54),
    *range(61, 66),
    *range(71, 77),
    81,
    82,
    *range(91, 97),
)
_DAYS_IN_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

_Text = npt.NDArray[np.uint8]  # one row a text, one column a character
_Numbers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


def looks_like_nric(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts have the shape of an NRIC or FIN: S, T, F, G or M, seven digits, a letter."""
    return _match(_tidy(texts), NRIC)


def nric_checksum_ok(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which NRICs and FINs end in the letter that their series (M is that of 2022) and digits give."""
    return _check(_tidy(texts), NRIC, 9, _fits_nric)


def looks_like_uen(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts have one of the three shapes of a UEN: business, local company, other entity."""
    return _match(_tidy(texts), f"{UEN_BUSINESS}|{UEN_COMPANY}|{UEN_OTHER}")


def uen_checksum_ok(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which UENs end in the letter that the rest gives.

    The letter alone is judged: kinds of entity are added over the years (VCC in 2020), and python-stdnum refuses those
    that it does not list.
    """
    tidy = _tidy(texts)
    return (
        _check(tidy, UEN_BUSINESS, 9, _fits_business)
        | _check(tidy, UEN_COMPANY, 10, _fits_company)
        | _check(tidy, UEN_OTHER, 10, _fits_other)
    )


def looks_like_nik(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts have the shape of an Indonesian NIK: 16 digits."""
    return _match(_tidy(texts), NIK)


def nik_ok(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which NIKs name a province, a birth date (the day plus 40 for women) and a serial other than 0000."""
    return _check(_tidy(texts), NIK, 16, _fits_nik)


def looks_like_npwp(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts have the shape of an Indonesian NPWP: 15 digits, with or without its dots and dash, or 16."""
    return _match(_tidy(texts), f"{NIK}|{NPWP}")


def npwp_ok(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which NPWPs hold: 15 digits by their check digit; 16 digits are such a one after a zero, or a NIK."""
    digits = _tidy(texts).where(looks_like_npwp(texts), "").str.replace(r"[.-]", "", regex=True)
    old = digits.str.replace(r"^0([0-9]{15})$", r"\1", regex=True)
    return _check(old, r"[0-9]{15}", 15, _fits_npwp) | _check(digits, r"[1-9][0-9]{15}", 16, _fits_nik)


def looks_scientific(texts: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell which texts are numbers that a spreadsheet has ruined.

    Those have a mantissa with decimals and any exponent (``1.23E+14``, ``1,23e14``), or a whole one and an exponent
    with its sign (``1E+14``). ``1E12345`` and ``12E4`` are left alone: document numbers look like that.
    """
    return _match(_tidy(texts), SCIENTIFIC)


def _tidy(texts: "pd.Series[str]") -> "pd.Series[str]":
    return texts.str.strip().str.upper()


def _match(texts: "pd.Series[str]", pattern: str) -> "pd.Series[bool]":
    return texts.str.fullmatch(f"(?:{pattern})").astype(bool)


def _check(texts: "pd.Series[str]", pattern: str, width: int, fits: Callable[[_Text], _Flags]) -> "pd.Series[bool]":
    """Judge the texts that match a pattern of ``width`` ASCII characters; all others are ``False``."""
    shaped = _match(texts, pattern)
    verdict = shaped.to_numpy(copy=True)
    characters = texts[shaped].to_numpy().astype(f"S{width}").view(np.uint8).reshape(-1, width)
    verdict[verdict] = fits(characters)
    return pd.Series(verdict, index=texts.index, name=texts.name)


def _digits(characters: _Text) -> _Numbers:
    return characters.astype(np.int64) - ord("0")


def _ends_in(letters: str, remainders: _Numbers, characters: _Text) -> _Flags:
    """Compare the last character with the check letter at each remainder."""
    expected: _Text = np.frombuffer(letters.encode(), dtype=np.uint8)[remainders]
    verdict: _Flags = np.equal(expected, characters[:, -1])
    return verdict


def _fits_nric(characters: _Text) -> _Flags:
    """Judge by the published weights 2, 7, 6, 5, 4, 3, 2, the series' offset and its letters."""
    total = _digits(characters[:, 1:8]) @ np.array(_NRIC_WEIGHTS)
    verdict = np.zeros(len(characters), dtype=np.bool_)
    for series, offset, letters in _NRIC_SERIES:
        verdict |= (characters[:, 0] == ord(series)) & _ends_in(letters, (total + offset) % 11, characters)
    return verdict


def _fits_business(characters: _Text) -> _Flags:
    total = _digits(characters[:, :8]) @ np.array((10, 4, 9, 3, 8, 2, 7, 1))
    return _ends_in("XMKECAWLJDB", total % 11, characters)


def _fits_company(characters: _Text) -> _Flags:
    total = _digits(characters[:, :9]) @ np.array((10, 8, 6, 4, 9, 7, 5, 3, 1))
    return _ends_in("ZKCMDNERGWH", total % 11, characters)


def _fits_other(characters: _Text) -> _Flags:
    """Judge by places in an alphabet without I, O, Y and Z; a UEN with one of those in its kind does not fit."""
    places = np.full(256, -1, dtype=np.int64)
    places[np.frombuffer(_UEN_ALPHABET, dtype=np.uint8)] = np.arange(len(_UEN_ALPHABET))
    values = places[characters[:, :9]]
    total = values @ np.array((4, 3, 5, 3, 10, 2, 2, 5, 7)) - 5
    known: _Flags = np.all(values >= 0, axis=1)
    return known & _ends_in(_UEN_ALPHABET.decode(), total % 11, characters)


def _fits_nik(characters: _Text) -> _Flags:
    """Judge place, birth date and serial.

    The places are the codes of Indonesia's Ministry of Home Affairs: provinces as of 2022, regencies 01 to 69 and
    cities 71 to 99 (Permendagri 137/2017). python-stdnum has the statistics office's provinces instead, and so refuses
    people of North Kalimantan (65) and of Papua's newer provinces (92, 93, 95, 96).
    """
    numbers = _digits(characters).reshape(-1, 8, 2) @ np.array((10, 1))
    province, regency, district, day, month, year = numbers[:, :6].T
    is_place = np.isin(province, _PROVINCES) & ~np.isin(regency, (0, 70)) & (district > 0)
    serial = numbers[:, 6] + numbers[:, 7]
    verdict: _Flags = is_place & _is_date(np.where(day > 40, day - 40, day), month, year) & (serial > 0)
    return verdict


def _is_date(day: _Numbers, month: _Numbers, year: _Numbers) -> _Flags:
    """Tell which days exist in a century that is not told: the year 00 may be 2000, so every fourth is a leap year."""
    longest = _DAYS_IN_MONTH[np.where(month <= 12, month, 0)]
    verdict: _Flags = (day >= 1) & (day <= longest) & ~((month == 2) & (day == 29) & (year % 4 != 0))
    return verdict


def _fits_npwp(characters: _Text) -> _Flags:
    """Judge by the Luhn digit over the first nine of the 15-digit form."""
    digits = _digits(characters[:, :9])
    doubled = digits[:, 1::2] * 2
    total = digits[:, 0::2].sum(axis=1) + np.where(doubled > 9, doubled - 9, doubled).sum(axis=1)
    verdict: _Flags = total % 10 == 0
    return verdict
