"""What accounts know of their second factor."""

import sqlalchemy as sa
from alembic import op

revision = "moderation"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("tf_primary_method", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("tf_totp_secret", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("tf_last_counter", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("mf_recovery_codes", sa.JSON(), nullable=True))


def downgrade():
    with op.batch_alter_table("users") as batch_op:
        for column in ("mf_recovery_codes", "tf_last_counter", "tf_totp_secret", "tf_primary_method"):
            batch_op.drop_column(column)
