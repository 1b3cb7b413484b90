"""Hypothesis strategies for rows: clean ones, and text as dirty as exports get."""

from datetime import date

from hypothesis import strategies as st

from straitsx_bulk.schemas.parameters import PARAMETERS, Kind, Parameter, RegistrationType

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DIRT = " \t\n\r\u00a0\u2003\u3000\u200b\ufeff\u00ad\u200d#&'’`\"“.,;:/\\-–—_@()*?!+<>=%éüßøŁđæñçộ１Ａｂ½²①ﬁ陳大அИأ😀́️0Ｅ"
PLACEHOLDERS = ("N/A", "null", "-", "None", "nil", "#N/A", "NA", "unknown", "  ")
DATES = (
    "1990-02-30",
    "01/02/1990",
    "21/01/1990",
    "21.1.90",
    "1990-01-21 00:00:00",
    "2100-01-01",
    "32894",
    "21 Jan 1990",
)
WORDS = (
    "Individual",
    "Corp",
    "NRIC",
    "passport no.",
    "F",
    "male",
    "Singapore",
    "Korea",
    "SGP",
    "sg",
    "British",
    "Narnia",
)
IDS = ("S1234567D", "s1234567d", "1.23E+14", "20141166.0", "201912345R", "900121-14-5678")

dirty_texts = st.one_of(
    st.text(alphabet=LATIN[:8] + "01 " + DIRT, max_size=12),
    st.text(max_size=8),
    st.sampled_from((*PLACEHOLDERS, *DATES, *WORDS, *IDS)),
    st.builds(
        lambda text, pad: f"{pad}{text}{pad}", st.sampled_from((*PLACEHOLDERS, *WORDS, *IDS)), st.sampled_from(DIRT)
    ),
)
"""Cells of any kind, made of what goes wrong in exports."""


def clean_texts(parameter: Parameter, registration_type: str) -> st.SearchStrategy[str]:
    """Give values that the API takes and that no repair changes."""
    match parameter.kind:
        case Kind.ENUM:
            return st.sampled_from(parameter.choices_for(registration_type))
        case Kind.COUNTRY:
            return st.sampled_from(("SG", "TH", "MY", "NA", "US"))
        case Kind.DATE:
            return st.dates(min_value=date(1910, 1, 1), max_value=date(2026, 2, 3)).map(lambda day: day.isoformat())
        case Kind.EMAIL:
            return st.from_regex(r"\A[a-z]{3,8}(\.[a-z]{3,8})?@[a-z]{2,10}\.com\Z")
        case Kind.PHONE:
            return st.from_regex(r"\A\+?[1-9][0-9]{5,12}\Z")
        case Kind.REGISTRATION_ID:
            return st.from_regex(r"\A[ABK][0-9]{6,9}\Z")
        case _:
            words = st.lists(
                st.text(LATIN, min_size=2, max_size=5).map(lambda word: f"x{word}"), min_size=1, max_size=3
            )
            return words.map(" ".join).map(lambda text: text[: parameter.maximum].strip())


@st.composite
def clean_rows(draw: st.DrawFn) -> dict[str, str]:
    """Draw a row complete for USD."""
    kind = draw(st.sampled_from(list(RegistrationType)))
    place = st.fixed_dictionaries({p.name: clean_texts(p, kind) for p in PARAMETERS if kind in p.types})
    return draw(place) | {"registrationType": str(kind)}


@st.composite
def any_rows(draw: st.DrawFn) -> dict[str, str]:
    """Draw a clean row with some of its cells replaced by dirt."""
    row = draw(clean_rows())
    names = draw(st.lists(st.sampled_from([p.name for p in PARAMETERS]), max_size=5, unique=True))
    return row | {name: draw(dirty_texts) for name in names}
