"""Defects of the program itself, told without the values that it held."""

from pathlib import Path


def describe_defect(error: BaseException) -> str:
    """Say where the program itself failed, without the values it held.

    Args:
        error: What was raised; its message may quote a row, so only its kind and place are told.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = (
        f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else "unknown place"
    )
    return f"A defect in straitsx-bulk itself stopped the run ({type(error).__name__} at {where}). Please report it."
