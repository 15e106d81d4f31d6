"""When spaces are planned for, who waits for them, and mails that wait to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "scheduling"
down_revision = "moments"


def upgrade():
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("mails", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("spaces") as batch_op:
        batch_op.add_column(sa.Column("scheduled_for", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("zone", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("edited_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("nudges", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(), nullable=True))
        batch_op.create_index(
            "ix_spaces_state_spaces_scheduled_for", ["state", "scheduled_for"], unique=False
        )

    op.create_table(
        "reminders",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("known_for", sa.DateTime(), nullable=True),
        sa.Column("near_for", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_reminders_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reminders_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "user_id", name=op.f("pk_reminders")),
    )
    with op.batch_alter_table("reminders") as batch_op:
        batch_op.create_index("ix_reminders_user_id", ["user_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=22), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("posted_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.create_index("ix_outbox_address", ["address"], unique=False)
        batch_op.create_index("ix_outbox_due_at", ["due_at"], unique=False)


def downgrade():
    op.drop_table("outbox")
    op.drop_table("reminders")
    # Copying a table would lose its checks, which SQLite's own way to drop a column leaves alone.
    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.drop_index("ix_spaces_state_spaces_scheduled_for")
        for column in ("cancelled_at", "nudges", "sequence", "edited_at", "zone", "scheduled_for"):
            batch_op.drop_column(column)
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.drop_column("mails")
