"""The tables of the broker's database, the same on SQLite and on PostgreSQL.

Promises: everything a command changes lies in these tables and is written in one transaction. ``journal`` is the
truth; ``streams`` and ``snapshots`` can be made again from it (admin.verify proves it). What people say lies in
``content`` and ``drafts`` alone, sealed; no other column may hold text, a name, an address or a coordinate. A snapshot
has a row of its own, because ``streams`` is rewritten with every event and a snapshot only with every 32nd.

Left out: articles (knowledge_base.store) and tickets (dasan.eungdapso.desk) have databases of their own. PostgreSQL's
``journal.txid`` is added by the migration and read by dasan/store/postgres.py alone.
"""

from __future__ import annotations

import sqlalchemy as sa

# The newest migration; a database at another revision is not opened (dasan/store/admin.py brings it here).
REVISION = "0002"

metadata = sa.MetaData()

# SQLite stores a bare INTEGER PRIMARY KEY as the row id itself.
Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("version", sa.SmallInteger, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.UniqueConstraint("stream", "seq", name="journal_stream_seq"),
)

streams = sa.Table(
    "streams",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("open", sa.SmallInteger, nullable=False),
    sa.Column("due_us", sa.BigInteger),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("updated_us", sa.BigInteger, nullable=False),
    # What named reads look for; the rest of a head's facts is in the JSON beside them.
    sa.Column("citizen", sa.Text),
    sa.Column("session", sa.Text),
    sa.Column("number", sa.BigInteger),
    sa.Column("facts", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
sa.Index("streams_due", streams.c.due_us, sqlite_where=streams.c.due_us.is_not(None),
         postgresql_where=streams.c.due_us.is_not(None))
sa.Index("streams_open", streams.c.kind, sqlite_where=streams.c.open == sa.literal_column("1"),
         postgresql_where=streams.c.open == sa.literal_column("1"))
for _name in ("citizen", "session", "number"):
    _column = streams.c[_name]
    sa.Index(f"streams_{_name}", _column, sqlite_where=_column.is_not(None), postgresql_where=_column.is_not(None))

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    # A fingerprint of the state's classes: a snapshot of another shape is not read, the journal is folded instead.
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)

content = sa.Table(
    "content",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

content_keys = sa.Table(
    "content_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("master", sa.Text, nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("destroyed_at", sa.BigInteger),
    sqlite_with_rowid=False,
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    # Order within a stream and endpoint.
    sa.Column("ordinal", Position, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("due_us", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)
_waiting = deliveries.c.state == sa.literal_column("'waiting'")
sa.Index("deliveries_waiting", deliveries.c.stream, deliveries.c.endpoint, deliveries.c.ordinal,
         sqlite_where=_waiting, postgresql_where=_waiting)
sa.Index("deliveries_due", deliveries.c.state, deliveries.c.due_us)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("counselor", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

numbers = sa.Table(
    "numbers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    # How she is called before citizens; never the account's name.
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("languages", sa.Text, nullable=False),
    sa.Column("skills", sa.Text, nullable=False),
    sa.Column("disabled", sa.SmallInteger, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("locked_until_us", sa.BigInteger, nullable=False),
    # The telephone that rings for her; "" the centre's own way (dasan/server/phones.py).
    sa.Column("phone", sa.Text, nullable=False, server_default=""),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, nullable=False, index=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    sa.Column("revoked_us", sa.BigInteger),
    sqlite_with_rowid=False,
)

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False, index=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    # Of the sealed file, so that a backup can be checked without any key.
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until_us", sa.BigInteger, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
