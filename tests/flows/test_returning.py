"""Rows that come back: the formats of the original export hold."""

from straitsx_bulk.flows.check.returning import hold_formats


def test_a_carried_format_comes_first_and_no_other_order_beside_it() -> None:
    """What an analyst typed in words or year first is read all the same."""
    found: dict[str, tuple[str, ...]] = {"DOB": ("%m/%d/%Y", "%d %b %Y", "%Y/%m/%d"), "Joined": ("%m/%d/%Y",)}
    assert hold_formats(found, {"DOB": ("%d/%m/%Y",), "Other": ("%Y%m%d",)}) == {
        "DOB": ("%d/%m/%Y", "%d %b %Y", "%Y/%m/%d"),
        "Joined": ("%m/%d/%Y",),
    }
    assert hold_formats({"DOB": ()}, {"DOB": ("%d/%m/%Y",)}) == {"DOB": ("%d/%m/%Y",)}
