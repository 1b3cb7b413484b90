"""How a delimited text may be written: the names that people give delimiters and encodings."""

import codecs

_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_NEVER = "\r\n\"'\0"
_OF_HOST_NAMES = {"idna", "punycode"}
"""Codecs that Python calls encodings and no export is written in."""
_USUAL = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "iso8859-1": "latin-1"}
"""Codecs by the name that this program gives them; a byte order mark beats the order of bytes."""


def read_delimiter(text: str) -> str:
    r"""Read a delimiter as people write it.

    Args:
        text: One ASCII character that is no letter, digit, quote or line end; or ``tab`` (``\t``), ``comma``,
            ``semicolon``, ``pipe``, ``space``.

    Returns:
        The character.

    Raises:
        ValueError: It cannot be a delimiter; says what can.
    """
    delimiter = _DELIMITERS.get(text.lower(), text)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in _NEVER or delimiter.isalnum():
        raise ValueError(f"{text!r} cannot be a delimiter; give one character such as ; or |, or the word tab")
    return delimiter


def read_encoding(name: str) -> str:
    """Read an encoding's name.

    Args:
        name: As Python knows it, in whatever case: ``utf-8``, ``cp1252``, ``latin-1``, ``shift_jis``, …

    Returns:
        The codec's name.

    Raises:
        ValueError: There is no such encoding of text; says which are common.
    """
    refusal = ValueError(f"There is no encoding {name!r}; try utf-8, utf-16, cp1252 or latin-1")
    try:
        known = codecs.lookup(name.strip())
        "".encode(known.name)
    except (LookupError, TypeError, ValueError):
        raise refusal from None
    if known.name in _OF_HOST_NAMES:
        raise refusal
    return _USUAL.get(known.name, known.name)
