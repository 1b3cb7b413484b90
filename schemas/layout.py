"""An input's layout: which columns a parameter comes from, once a mapping has met a sheet's headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ParameterSource:
    """Where one parameter's value comes from.

    Attributes:
        parameter: The API's name, nested ones with a dot: ``address.street``.
        headers: Source columns in order; empty for a constant.
        join: What stands between several columns' texts; empty texts are left out.
        values: The mapping's own words to the API's, compared with white space collapsed and case folded (the keys
            here are already so). With it, a word that it does not name stays as it is.
        formats: Declared date formats (``strptime`` codes, or ``excel-serial``), tried in order.
        constant: A fixed value, or None.
        override: In our own rejects files, the added column headed by the parameter's name: where its text is not
            empty, it is the value, in place of all the above (contract, "Reports"). None elsewhere.
        added: Whether the export has no column for it, but only our own rejects file. Left empty, it says no more than
            the export did.
    """

    parameter: str
    headers: tuple[str, ...] = ()
    join: str = " "
    values: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    constant: str | None = None
    override: str | None = None
    added: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A mapping that has met a sheet's headers: every name in it is a header of that sheet.

    Attributes:
        sources: One for each parameter that the input holds, in the parameter table's order. A whole ``address`` in one
            column stands under the name ``address``, before its parts; a part that has a source of its own beats, where
            it is not empty, what the whole address gives. ``registrationType`` is there too, as a constant where
            ``--type`` or the mapping's ``type`` says it.
        profile_id: Column of the customer_profile_id, or None.
        reference: Column of the caller's own key, or None.
        keep: Further columns to carry into results.csv.
        unused: Headers that nothing uses, to be named to the user.
        notices: Sentences for people on what was decided, such as a ``--type`` that a column made needless.
    """

    sources: tuple[ParameterSource, ...]
    profile_id: str | None = None
    reference: str | None = None
    keep: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def source_of(self, parameter: str) -> ParameterSource | None:
        """Find where a parameter comes from.

        Args:
            parameter: The API's name, or ``address`` for a whole address in one column.

        Returns:
            Its source, or None where the input does not hold it.
        """
        return next((source for source in self.sources if source.parameter == parameter), None)
