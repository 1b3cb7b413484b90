"""Defects of the program itself, told without the values that it held."""

import errno
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


def describe_disk_error(error: OSError) -> str:
    """Say what the system refused: most often the disk is full.

    Args:
        error: Its file name is a report's or the spool's, never a row's.
    """
    if error.errno is None:
        return describe_defect(error)
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return (
            f"{where}the disk is full. Make room, or name another place with --out; the same command goes on, and "
            "writes this run's reports first."
        )
    return f"{where}{(error.strerror or 'the system refused').lower()}. Mend that; the same command goes on."
