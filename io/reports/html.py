"""HTML in which every text is escaped, because nothing else can be built from here."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup that is safe to put into a page as it is."""

    __slots__ = ()


_VOID = frozenset({"br", "meta", "wbr"})
"""Elements that have no end."""

Child = str | Iterable["Child"]


def join(*children: Child) -> Html:
    """Join texts, which are escaped, and markup, which is not."""
    return Html("".join(map(_render, children)))


def _render(child: Child) -> str:
    if isinstance(child, Html):
        return child
    return escape(child) if isinstance(child, str) else "".join(map(_render, child))


def tag(name: str, /, *children: Child, **attributes: str | int | float) -> Html:
    """Make an element.

    Args:
        name: Its name.
        children: Its content; plain texts are escaped.
        attributes: Its attributes, escaped; a trailing ``_`` falls away and other ``_`` become ``-`` (``class_``,
            ``aria_label``).

    Returns:
        The element's markup.
    """
    written = "".join(f' {_attribute(key)}="{escape(str(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
