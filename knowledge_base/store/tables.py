"""The tables. Names carry a ``kb_`` prefix, so that an operator may put them beside others on one PostgreSQL."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

schema_step = Table("kb_schema", metadata, Column("step", Integer, nullable=False))

# one row; every transaction that changes what a reader could see takes the next number
revision = Table("kb_revision", metadata, Column("number", BigInteger, nullable=False))

articles = Table(
    "kb_articles",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("external_id", String(120), nullable=False, unique=True),
    Column("category", String(20), nullable=False),
    Column("district", String(20), nullable=False, default=""),
    Column("department", String(120), nullable=False, default=""),
    Column("phone", String(60), nullable=False, default=""),
    Column("source", String(400), nullable=False, default=""),
    Column("owner", String(120), nullable=False, default=""),
    Column("checked_on", String(10), nullable=False, default=""),
    Column("expires_on", String(10), nullable=False, default=""),
    Column("status", String(12), nullable=False),
    Column("example", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String(120), nullable=False, default=""),
)
Index("kb_articles_by_revision", articles.c.revision, articles.c.id)

wordings = Table(
    "kb_wordings",
    metadata,
    Column("article_id", String(40), ForeignKey("kb_articles.id"), primary_key=True),
    Column("language", String(5), primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
)

# every earlier version of an article, whole, as JSON: who changed what, and the way back
versions = Table(
    "kb_versions",
    metadata,
    Column("article_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String(120), nullable=False, default=""),
    Column("body", Text, nullable=False),
)

counts = Table(
    "kb_counts",
    metadata,
    Column("article_id", String(40), primary_key=True),
    Column("accepted", Integer, nullable=False, default=0),
    Column("edited", Integer, nullable=False, default=0),
    Column("ignored", Integer, nullable=False, default=0),
    Column("last_at", BigInteger, nullable=False, default=0),
)

# one row: up to which place in the service's journal the counts above are complete
counted = Table("kb_counted", metadata, Column("position", BigInteger, nullable=False))

# what counselors searched for and did not find; numbers hidden, never a citizen's own message
gaps = Table(
    "kb_gaps",
    metadata,
    Column("query", String(80), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("best_score", Float, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
