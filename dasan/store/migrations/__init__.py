"""The schema's history, for SQLite and PostgreSQL alike (Alembic). Run through dasan.store.admin, never by hand."""
