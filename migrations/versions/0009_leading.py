"""Who leads a live space, and since when whom it misses."""

import sqlalchemy as sa
from alembic import op

revision = "leading"
down_revision = "library"


def upgrade():
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.add_column(sa.Column("leader_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("lost_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("leaderless_since", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("empty_since", sa.DateTime(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_spaces_leader_id_users"), "users", ["leader_id"], ["id"])
    op.execute("UPDATE spaces SET leader_id = host_id WHERE state = 'live'")


def downgrade():
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.drop_constraint(op.f("fk_spaces_leader_id_users"), type_="foreignkey")
        batch_op.drop_column("empty_since")
        batch_op.drop_column("leaderless_since")
        batch_op.drop_column("lost_at")
        batch_op.drop_column("leader_id")
