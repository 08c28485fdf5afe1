"""Articles in SQL: the truth of the knowledge base, in a database of its own (SQLite file or PostgreSQL).

The schema is created and upgraded by numbered steps in ``schema`` (a ``kb_schema`` table holds the number), not by
alembic: the package must be able to make its database by itself, from a child process or a test, without the
application's migration environment. Everything here is synchronous. Times come in as arguments (UTC microseconds).
"""

from knowledge_base.store.articles import (
    all_articles,
    article_by_id,
    changed_after,
    current_revision,
    history,
    put_articles,
    retire,
    stored_by_external_id,
)
from knowledge_base.store.database import Database, NotOpenedError, SchemaTooNewError, open_database
from knowledge_base.store.feedback import article_counts, count_outcomes, gaps, record_gap

__all__ = [
    "Database",
    "NotOpenedError",
    "SchemaTooNewError",
    "all_articles",
    "article_by_id",
    "article_counts",
    "changed_after",
    "count_outcomes",
    "current_revision",
    "gaps",
    "history",
    "open_database",
    "put_articles",
    "record_gap",
    "retire",
    "stored_by_external_id",
]
