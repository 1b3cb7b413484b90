"""The ledger's tables as of the newest migration, for queries; ``migrations`` makes them.

Times are seconds since 1970 in UTC on the ledger's own clock.
"""

from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

META = Table("ledger_meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text))

MIGRATIONS = Table(
    "ledger_migrations",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("applied_at", Double),
)

ACCOUNTS = Table(
    "ledger_accounts",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("host", Text),
    Column("name", Text),
    Column("state_id", Text),
)

ACCOUNT_KEYS = Table(
    "ledger_account_keys",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, primary_key=True),
    Column("added_at", Double),
)

OWNERS = Table(
    "ledger_owners",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("run_seq", BigInteger),
    Column("machine", Text),
    Column("boot", Text),
    Column("pid", BigInteger),
    Column("started", Text),
    Column("lease_until", Double),
)

RUNS = Table(
    "ledger_runs",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("run_id", Text),
    Column("account_id", BigInteger),
    Column("command", Text),
    Column("folder", Text),
    Column("facts", Text),
    Column("owner_id", BigInteger),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("stopped", Text),
    Column("limit_used", BigInteger),
    Column("counters", Text),
    Column("counts", Text),
)

PROFILES = Table(
    "ledger_profiles",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("account_id", BigInteger),
    Column("key", LargeBinary),
    Column("state", Text),
    Column("version", BigInteger),
    Column("customer_profile_id", Text),
    Column("verification_status", Text),
    Column("rail", Text),
    Column("held", LargeBinary),
    Column("reference", LargeBinary),
    Column("http_status", Integer),
    Column("api_code", Text),
    Column("row_digest", LargeBinary),
    Column("run_seq", BigInteger),
    Column("owner_id", BigInteger),
    Column("action", Text),
    Column("before", Text),
    Column("intent", LargeBinary),
    Column("intent_at", Double),
    Column("created_at", Double),
    Column("updated_at", Double),
)

ROWS = Table(
    "ledger_rows",
    METADATA,
    Column("run_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("outcome", Text),
    Column("key", LargeBinary),
    Column("customer_profile_id", Text),
    Column("verification_status", Text),
    Column("http_status", Integer),
    Column("api_code", Text),
    Column("api_calls", Integer),
    Column("finished_at", Double),
)

RATE = Table(
    "ledger_rate",
    METADATA,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("clock", Text),
    Column("next_slot", Double),
)
