"""Words that stand for nothing, and other people's words for the API's enums."""

import re
from functools import cache

from straitsx_bulk.schemas.parameters import BY_NAME, RegistrationType

PLACEHOLDERS = (
    *("n/a", "n.a.", "n.a", "n/a.", "na", "n\\a", "#n/a", "n / a", "n. a.", "nan", "nat", "nil", "nill"),
    *("undefined", "pending", "\\n", "<na>", "<nat>", "<nan>"),
    *("null", "<null>", "(null)", "[null]", "none", "<none>", "(none)", "[none]", "(blank)", "<blank>", "(empty)"),
    *(
        "unknown",
        "not known",
        "not available",
        "not applicable",
        "not provided",
        "no data",
        "tba",
        "tbc",
        "tbd",
        "pending",
    ),
    *("-", "--", "---", "----", ".", "..", "...", "/", "//", "_", "__", "*", "**", "?", "??", "???", "#", "'", '"'),
    *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00-00-0000"),
    *("#ref!", "#value!", "#name?", "#null!", "#num!", "#div/0!"),
)
"""What exports write for "nothing", lower case, as whole cells."""

PROPER_NAMES = ("Na", "Nan", "Nat")
"""Spelled like this they are names and a city in Thailand, not ``NA`` and what pandas writes for nothing."""

NAMIBIA = "NA"
"""In a country column the code of Namibia, and so no placeholder there."""

_TYPES = {
    "personal": "person individual individuals natural naturalperson privateperson consumer ind pers",
    "business": "biz corp corporate corporation company companies entity legalentity legalperson enterprise "
    "organisation organization institution commercial bus",
}
_ID_TYPES = {
    "passport": "passportno passportnumber passportnum ppt intlpassport internationalpassport foreignpassport paspor",
    "identity_card": "nric fin nricfin finnric nricno nricnumber finno finnumber ic icno idcard id identitycard "
    "identitycardno nationalid nationalidcard nationalidentitycard nik ktp ektp mykad pinkic blueic nricpink nricblue "
    "pinknric bluenric sgnric singaporenric hkid",
    "business_reg_no": "uen uenno uennumber acra acrano roc rocno rcb brn brnno regno registrationno "
    "registrationnumber businessregno businessregistrationno businessregistrationnumber businessregistration "
    "companyregno companyregistrationno companyregistrationnumber companyno companynumber nib ssm ssmno",
}
_GENDERS = {
    "MALE": "m man men boy gentleman lakilaki lelaki pria 男",
    "FEMALE": "f w woman women lady girl perempuan wanita 女",
}

_ALIASES = {"registrationType": _TYPES, "registrationIdType": _ID_TYPES, "gender": _GENDERS}
_SKIPPED = re.compile(r"[\s\W_]+")


def fold_word(word: str) -> str:
    """Fold a word to what aliases are compared by: case, spaces and punctuation aside."""
    return _SKIPPED.sub("", word).casefold()


@cache
def list_aliases(parameter: str) -> dict[str, str]:
    """Give an enum's folded aliases, its own words included, with the API's word for each."""
    own = {word for kind in RegistrationType for word in BY_NAME[parameter].choices_for(kind)}
    table = {fold_word(word): word for word in sorted(own)}
    for word, aliases in _ALIASES.get(parameter, {}).items():
        table |= dict.fromkeys(aliases.split(), word)
    return table


def resolve_word(parameter: str, word: str) -> str:
    """Give the API's word for a text, or the text itself where none is certain.

    Args:
        parameter: An enum parameter's name.
        word: What the export says, such as ``Individual`` or ``Passport No.``.
    """
    return list_aliases(parameter).get(fold_word(word), word) if word else word
