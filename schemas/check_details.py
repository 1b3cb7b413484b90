"""What a finding's sentence needs beyond parameter and code: candidates, lengths, the word that was not understood."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from straitsx_bulk.schemas.check_arrow import Flags, replace_all
from straitsx_bulk.schemas.countries import resolve_country
from straitsx_bulk.schemas.findings import Code
from straitsx_bulk.schemas.parameters import Parameter
from straitsx_bulk.schemas.repair import Mended
from straitsx_bulk.schemas.wording import count_words, name_character, show_cell

_NAMED_CHARACTERS = 10
"""So many refused characters are named; more would hide the sentence."""


def say_details(parameter: Parameter, code: Code, flags: Flags, mended: Mended) -> list[str]:
    """Say, for each flagged text, what the sentence needs beyond parameter and code."""
    texts = mended.texts.filter(pa.array(flags))
    positions = np.flatnonzero(flags).tolist()
    match code:
        case Code.TOO_LONG | Code.TOO_SHORT:
            return [count_words(length, "character") for length in pc.utf8_length(texts).to_pylist()]
        case Code.BAD_CHARACTERS:
            refused = replace_all(texts, parameter.characters or ".", "").to_pylist()
            return [" ".join(map(name_character, list(dict.fromkeys(text))[:_NAMED_CHARACTERS])) for text in refused]
        case Code.UNKNOWN_COUNTRY:
            return [_name_country(text) for text in texts.to_pylist()]
        case Code.NOT_ALLOWED:
            return [_name_word(parameter, text) for text in texts.to_pylist()]
        case Code.AMBIGUOUS_COUNTRY:
            return [" or ".join(resolve_country(text).candidates) for text in texts.to_pylist()]
        case Code.AMBIGUOUS_DATE:
            return [" or ".join(mended.verdicts[i].candidates) for i in positions]
        case Code.BAD_DATE:
            return [mended.verdicts[i].hint if i in mended.verdicts else "" for i in positions]
        case _:
            return [""] * len(positions)


def _name_country(text: str) -> str:
    """Name the word of an unknown country; one that only ``--repair none`` left unmended with its code."""
    code = resolve_country(text).code
    return f"{show_cell(text)}; the code is {code}" if code else show_cell(text)


def _name_word(parameter: Parameter, text: str) -> str:
    """Name a word that is not allowed; one that the API knows of the other type only with that."""
    known = any(text in words for _, words in parameter.choices)
    return f"{text} does not go with the row's registrationType" if known else show_cell(text)
