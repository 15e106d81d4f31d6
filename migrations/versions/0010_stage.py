"""Invitations to the stage, requests to speak, and how long everybody spoke."""

import sqlalchemy as sa
from alembic import op

revision = "stage"
down_revision = "leading"


def upgrade():
    op.create_table(
        "invitations",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["users.id"],
            name=op.f("fk_invitations_invited_by_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_invitations_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "user_id", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.create_index("ix_invitations_invited_by_id", ["invited_by_id"], unique=False)
        batch_op.create_index("ix_invitations_user_id", ["user_id"], unique=False)

    op.create_table(
        "speak_requests",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=140), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_speak_requests_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_speak_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "user_id", name=op.f("pk_speak_requests")),
    )
    with op.batch_alter_table("speak_requests") as batch_op:
        batch_op.create_index("ix_speak_requests_user_id", ["user_id"], unique=False)

    with op.batch_alter_table("spaces") as batch_op:
        batch_op.add_column(
            sa.Column("requests_open", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    with op.batch_alter_table("memberships") as batch_op:
        batch_op.add_column(sa.Column("spoken_ms", sa.Integer(), server_default="0", nullable=False))


def downgrade():
    # Copying the tables would lose their checks, which SQLite's own way to drop a column leaves alone.
    with op.batch_alter_table("memberships", recreate="never") as batch_op:
        batch_op.drop_column("spoken_ms")
    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.drop_column("requests_open")
    op.drop_table("speak_requests")
    op.drop_table("invitations")
