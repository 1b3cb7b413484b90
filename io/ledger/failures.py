"""What databases say when they fail, in words for people, each with the mend."""

import sqlite3

from sqlalchemy.exc import DBAPIError

PUT_BACK = "Put back a copy of it; without one, move it away and run `straitsx-bulk reconcile`."
_SQLITE_FAILURES = {
    3: "may not be opened. Give yourself the right to read and write it and its folder.",
    5: "is locked by another program. Let that end, or end it.",
    6: "is locked by another program. Let that end, or end it.",
    8: "cannot be written: it, its folder or its disk is read-only. Make them writable.",
    10: "cannot be read or written: the disk reports an error. Check the disk.",
    11: f"is damaged. {PUT_BACK}",
    13: "cannot grow: the disk is full. Make room.",
    14: "cannot be opened: it or its folder is missing or closed to you. Put it back, or open it.",
    26: "is not a ledger, or is damaged. Put back a copy of it, or name another file with --ledger.",
}
_POSTGRESQL_FAILURES = {
    "53": "has no room or no connections left on its server. Make room.",
    "28": "does not let you in. Check the user, PGPASSWORD or .pgpass.",
    "3D": "does not exist on its server. Create the database.",
    "25": "cannot be written: its server is read-only. Name the primary.",
    "42": "does not let you use its tables. Give the user the right to create and use tables.",
    "55": "is locked by another program. Let that end, or end it.",
    "XX": f"is damaged, says its server. {PUT_BACK}",
}


def describe_failure(error: Exception) -> str:
    """Say in words for people what failed and how to mend it; never the statement or its values.

    Args:
        error: From SQLAlchemy or a driver.

    Returns:
        The rest of a sentence that begins with the ledger's name, and the mend.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        name = getattr(original, "sqlite_errorname", type(original).__name__)
        return _SQLITE_FAILURES.get(code, f"failed ({name}). Look at its disk.")
    state = str(getattr(original, "sqlstate", None) or "")
    if not state or state.startswith(("08", "57P")):
        # What the driver says of a connection names host, user and database, never the password.
        reason = str(original).strip().splitlines() or [type(original).__name__]
        if "password" in reason[-1].lower():  # missing or wrong: such a failure has no SQLSTATE
            return _POSTGRESQL_FAILURES["28"]
        said = " ".join(" ".join(reason).split()).rstrip(".")  # it comes in lines with tabs between
        return f"cannot be reached ({said[:300]}). Check the host, the network, the user and the server."
    return _POSTGRESQL_FAILURES.get(state[:2], f"failed (SQLSTATE {state}). Ask who runs the server.")
