"""What Alembic runs: the connection comes from dasan.store.admin; a migration is one transaction."""

from alembic import context

from dasan.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
