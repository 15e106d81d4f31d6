"""Who came as a guest, who may replay a recording, and who has listened to it."""

import sqlalchemy as sa
from alembic import op

revision = "library"
down_revision = "moderation"


def upgrade():
    op.create_table(
        "guests",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("guest", sa.String(length=22), nullable=False),
        sa.Column("came_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_guests_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "guest", name=op.f("pk_guests")),
    )
    op.execute(
        "INSERT INTO guests (space_id, guest, came_at, removed_at)"
        " SELECT space_id, guest, removed_at, removed_at FROM removed_guests"
    )
    op.drop_table("removed_guests")

    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(
            sa.Column("guests_allowed", sa.Boolean(), server_default=sa.true(), nullable=False)
        )

    op.create_table(
        "plays",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("listener", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("position_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name=op.f("fk_plays_recording_id_recordings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_plays_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recording_id", "listener", name=op.f("pk_plays")),
    )
    with op.batch_alter_table("plays") as batch_op:
        batch_op.create_index("ix_plays_user_id", ["user_id"], unique=False)


def downgrade():
    op.drop_table("plays")
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.drop_column("guests_allowed")

    op.create_table(
        "removed_guests",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("guest", sa.String(length=22), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_removed_guests_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "guest", name=op.f("pk_removed_guests")),
    )
    op.execute(
        "INSERT INTO removed_guests (space_id, guest, removed_at)"
        " SELECT space_id, guest, removed_at FROM guests WHERE removed_at IS NOT NULL"
    )
    op.drop_table("guests")
