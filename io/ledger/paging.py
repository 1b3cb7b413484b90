"""Everything that the ledger knows of an account, a page at a time, each in a transaction of its own."""

from collections.abc import Iterator

from sqlalchemy import select

from straitsx_bulk.io.ledger.digests import Digests
from straitsx_bulk.io.ledger.keys import Scope, select_page
from straitsx_bulk.io.ledger.records import CrosswalkRow, Known
from straitsx_bulk.io.ledger.runs import PAGE_SIZE
from straitsx_bulk.io.ledger.schema import PROFILES


def read_profiles(scope: Scope) -> Iterator[Known]:
    """Read everything that the ledger knows of the account, the oldest first.

    Args:
        scope: The account.

    Yields:
        One entry per key.
    """
    after = 0
    while True:
        page = select_page(scope, after, PAGE_SIZE)
        yield from (known for _, known in page)
        if len(page) < PAGE_SIZE:
            return
        after = page[-1][0]


def read_crosswalk(scope: Scope, digests: Digests) -> Iterator[CrosswalkRow]:
    """Read the caller's own keys beside the API's ids, in the order it was done.

    Args:
        scope: The account.
        digests: Decrypts references.

    Yields:
        One row per profile of which a file has spoken.
    """
    columns = ("id", "key", "reference", "customer_profile_id", "rail", "verification_status")
    query = (
        select(*(PROFILES.c[name] for name in columns))
        .where(PROFILES.c.account_id == scope.account_id, PROFILES.c.customer_profile_id != "")
        .where(PROFILES.c.run_seq.is_not(None))
        .order_by(PROFILES.c.id)
        .limit(PAGE_SIZE)
    )
    after = 0
    while True:
        with scope.store.read() as connection:
            rows = connection.execute(query.where(PROFILES.c.id > after)).all()
        for row in rows:
            reference = digests.decrypt(row.key, row.reference)
            yield CrosswalkRow(reference, row.customer_profile_id, row.rail, row.verification_status)
        if len(rows) < PAGE_SIZE:
            return
        after = rows[-1].id
