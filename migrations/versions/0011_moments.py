"""How people reacted in a space, what was pinned there, and what each remembers of it."""

import sqlalchemy as sa
from alembic import op

revision = "moments"
down_revision = "stage"

KINDS = ("heart", "clap", "laugh", "wow", "cheer", "agree")


def upgrade():
    op.create_table(
        "reactions",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, length=9),
            nullable=False,
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_reactions_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "kind", name=op.f("pk_reactions")),
    )

    op.create_table(
        "pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Enum("link", name="pinkind", native_enum=False, length=9), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("title", sa.String(length=70), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("at_ms", sa.Integer(), nullable=True),
        sa.Column("pinned_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("place BETWEEN 0 AND 4", name=op.f("ck_pins_place")),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_pins_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pins_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sa.UniqueConstraint("space_id", "place", name=op.f("uq_pins_space_id_place")),
    )
    with op.batch_alter_table("pins") as batch_op:
        batch_op.create_index("ix_pins_user_id", ["user_id"], unique=False)

    op.create_table(
        "marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_marks_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_marks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    with op.batch_alter_table("marks") as batch_op:
        batch_op.create_index("ix_marks_space_id_marks_user_id", ["space_id", "user_id"], unique=False)
        batch_op.create_index("ix_marks_user_id", ["user_id"], unique=False)


def downgrade():
    op.drop_table("marks")
    op.drop_table("pins")
    op.drop_table("reactions")
