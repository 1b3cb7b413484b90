"""Words for Singapore's residents that are codes of other countries: ``SC`` and ``PR`` in a column of nationalities.

Exports of Singapore write ``SC`` for a citizen and ``PR`` for a permanent resident; ISO 3166-1 has Seychelles and
Puerto Rico under these codes. A code beats every other reading, so such rows pass: somebody has to be told of them.
"""

from collections import Counter
from collections.abc import Iterator

from straitsx_bulk.schemas.batch import Batch
from straitsx_bulk.schemas.layout import Layout
from straitsx_bulk.schemas.wording import count_words, list_names, make_printable

_NATIONALITY = "nationality"
_MEANT = {"PR": ("Puerto Rico", "permanent residents"), "SC": ("Seychelles", "Singapore citizens")}
_SPELLINGS = [spelling for word in _MEANT for spelling in (word, word.lower(), word.title())]


class ResidentCount:
    """Counts the rows of an export that say ``PR`` or ``SC`` for a nationality, by column and word."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def observe(self, batch: Batch, layout: Layout) -> None:
        """Take note of a batch; words that the mapping gives a meaning are left out."""
        source = layout.source_of(_NATIONALITY)
        if source is None or len(source.headers) != 1:
            return
        header, cells = source.headers[0], batch.cells[source.headers[0]]
        wanted = [spelling for spelling in _SPELLINGS if spelling.casefold() not in source.values]
        found = cells[cells.isin(wanted)]
        if len(found):
            self._counts.setdefault(header, Counter()).update(found.str.upper().tolist())

    def describe(self, source: str) -> Iterator[str]:
        """Say for each column what its rows are taken for, and what to write if they mean something else.

        Args:
            source: The export as the user named it.
        """
        for header, counts in self._counts.items():
            words = sorted(counts)
            said = list_names(tuple(f"{count_words(counts[word], 'row says', 'rows say')} {word}" for word in words))
            read = list_names(tuple(_MEANT[word][0] for word in words))
            meant = list_names(tuple(_MEANT[word][1] for word in words))
            values = ", ".join(f"{word}: {'SG' if word == 'SC' else chr(34) * 2}" for word in words)
            yield (
                f"{source}: in the column {make_printable(header)} {said}, which {'is' if len(words) == 1 else 'are'} "
                f"read as {read}. If {meant} are meant, say so in the mapping file, under `nationality`: "
                f"`values: {{{values}}}`."
            )
