"""Masked values: the form of a text without the text."""

import unicodedata


def mask(text: str) -> str:
    """Hide a personal value and leave its form: ``O'Brien 12`` to ``X'Xxxxx 99``.

    Args:
        text: Any text.

    Returns:
        The text with every capital as ``X``, every other letter as ``x`` and every digit as ``9`` (of any script);
        spaces, punctuation and symbols stay, because they are what a check trips over.
    """
    return "".join(map(_mask_character, text))


def _mask_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Lu":
        return "X"
    if category[0] == "L" or category[0] == "M":
        return "x"
    return "9" if category[0] == "N" else character
