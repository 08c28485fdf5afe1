"""The first schema: journal, heads, sealed words, requests, addresses, promises, people.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, *, null: bool = False, key: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, primary_key=key, unique=unique or None)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False)


def _bytes(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=null)


def upgrade() -> None:
    """Make everything."""
    _truth()
    _words()
    _promises()
    _people()
    if op.get_bind().dialect.name == "postgresql":
        _postgres()


def downgrade() -> None:
    """Remove everything: below the first schema there is nothing."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_claim(integer)")
        op.execute("DROP SEQUENCE journal_position")
    for table in (
        "journal", "streams", "snapshots", "content", "content_keys", "requests", "addresses", "deliveries", "drafts",
        "numbers", "accounts", "tokens", "blobs", "leases", "meta",
    ):
        op.drop_table(table)


def _truth() -> None:
    op.create_table(
        "journal",
        sa.Column("position", Position, primary_key=True, autoincrement=False),
        _text("stream"), _int("seq"), _text("type"), _small("version"), _big("at_us"), _text("actor"), _text("cause"),
        _text("data"),
        sa.UniqueConstraint("stream", "seq", name="journal_stream_seq"),
    )
    op.create_table(
        "streams",
        _text("stream", key=True), _text("kind"), _int("seq"), _small("open"), _big("due_us", null=True),
        _big("created_us"), _big("updated_us"), _text("citizen", null=True), _text("session", null=True),
        _big("number", null=True), _text("facts"),
        sqlite_with_rowid=False,
    )
    for name, column, where in (
        ("streams_due", "due_us", "due_us IS NOT NULL"),
        ("streams_open", "kind", "open = 1"),
        ("streams_citizen", "citizen", "citizen IS NOT NULL"),
        ("streams_session", "session", "session IS NOT NULL"),
        ("streams_number", "number", "number IS NOT NULL"),
    ):
        op.create_index(name, "streams", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table("snapshots", _text("stream", key=True), _int("seq"), _text("shape"), _text("state"))


def _words() -> None:
    op.create_table(
        "content", _text("id", key=True), _text("key_id"), _text("kind"), _bytes("sealed"), sqlite_with_rowid=False
    )
    op.create_table(
        "content_keys",
        _text("key_id", key=True), _text("master"), _bytes("wrapped", null=True), _big("destroyed_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "drafts", _text("counselor", key=True), _text("session", key=True), _bytes("sealed"), sqlite_with_rowid=False
    )
    op.create_table(
        "blobs",
        _text("id", key=True), _text("session"), _text("media_type"), _big("size"), _text("sha256"), _text("file"),
    )
    op.create_index("ix_blobs_session", "blobs", ["session"])


def _promises() -> None:
    op.create_table(
        "requests",
        _text("principal", key=True), _text("request_id", key=True), _text("fingerprint"), _text("reply"),
        _big("at_us"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "addresses", _text("address", key=True), _text("service", key=True), _text("session"), sqlite_with_rowid=False
    )
    op.create_table(
        "deliveries",
        sa.Column("ordinal", Position, primary_key=True, autoincrement=True),
        _text("id", unique=True), _text("stream"), _text("endpoint"), _text("kind"), _text("key"), _text("payload"),
        _big("due_us"), _int("attempts"), _text("state"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_waiting", "deliveries", ["stream", "endpoint", "ordinal"],
        sqlite_where=waiting, postgresql_where=waiting,
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due_us"])
    op.create_table("numbers", _text("name", key=True), _big("value"), sqlite_with_rowid=False)
    op.create_table("leases", _text("name", key=True), _text("holder"), _big("until_us"), _big("fence"))
    op.create_table("meta", _text("name", key=True), _text("value"))


def _people() -> None:
    op.create_table(
        "accounts",
        _text("id", key=True), _text("name", unique=True), sa.Column("number", sa.Integer, nullable=False, unique=True),
        _text("shown"), _text("password"), _text("roles"), _text("languages"), _text("skills"), _small("disabled"),
        _int("failed"), _big("locked_until_us"),
    )
    op.create_table(
        "tokens",
        _text("sha256", key=True), _text("principal"), _text("data"), _big("expires_us"), _big("revoked_us", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_principal", "tokens", ["principal"])


def _postgres() -> None:
    """Positions that ascend with transaction ids.

    A reader who goes on by position must never meet a smaller one later. Transaction ids and positions are therefore
    taken together under one short lock, before the transaction has written anything: what has a smaller position has an
    older transaction, and below the oldest running one everything is settled.
    """
    op.execute("ALTER TABLE journal ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id()")
    op.execute("CREATE SEQUENCE journal_position AS bigint")
    op.execute("""
        CREATE FUNCTION journal_claim(count integer) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE first bigint;
        BEGIN
            PERFORM pg_advisory_lock(120, 1);
            PERFORM pg_current_xact_id();
            first := nextval('journal_position');
            IF count > 1 THEN
                PERFORM setval('journal_position', first + count - 1);
            END IF;
            PERFORM pg_advisory_unlock(120, 1);
            RETURN first - 1;
        END $$
    """)
