"""Recordings that are stopped early, and every answer about a voice."""

import sqlalchemy as sa
from alembic import op

revision = "announced"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(sa.Column("stopped_at", sa.DateTime(), nullable=True))


def downgrade():
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.drop_column("stopped_at")
