"""Words around counts and reasons, so that every sentence for people is one."""


def count_words(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: ``1 row``, ``4,210 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def end_sentence(text: str) -> str:
    """Write a reason as a sentence: a capital letter in front, a full stop behind."""
    text = text.strip()
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?' else '.'}"


def list_names(names: tuple[str, ...], most: int = 3) -> str:
    """List names as people do: ``a``, ``a and b``, ``a, b and 4 more``."""
    over = len(names) > most
    shown = [*names[: most - 1], f"{len(names) - most + 1:,} more"] if over else names
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def make_printable(text: str) -> str:
    """Show control and direction characters as what they are: a header or a file name must not steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def name_character(character: str) -> str:
    """Write a character so that a person can tell which one it is: one that is not seen by its number, ``U+200B``."""
    return character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"


def show_cell(text: str, longest: int = 40) -> str:
    """Write what stands in a cell, short enough for a sentence: on one line; nothing where nothing is seen.

    Only for the reports that go to the input's owner: it may be a personal value.
    """
    words = " ".join(text.split())
    if not any(character.isprintable() for character in words.replace(" ", "")):
        return ""
    seen = "".join(" " if character == " " else name_character(character) for character in words)
    return seen if len(seen) <= longest else f"{seen[: longest - 1].rstrip()}…"
