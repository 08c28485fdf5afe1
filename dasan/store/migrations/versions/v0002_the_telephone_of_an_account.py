"""The telephone of an account: what rings for a counselor.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody has the centre's own way at first."""
    op.add_column("accounts", sa.Column("phone", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """What somebody chose is forgotten."""
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("phone")
