"""Reports of posts, which posts were removed, and an index for whose spaces somebody wants to see."""

import sqlalchemy as sa
from alembic import op

revision = "post_reports"
down_revision = "discovery"


def upgrade():
    with op.batch_alter_table("reports") as batch_op:
        batch_op.alter_column("space_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("post_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_reports_post_id_posts"), "posts", ["post_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index("ix_reports_post_id", ["post_id"], unique=False)
    op.create_table(
        "removals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=22), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hateful",
                "harassment",
                "violence",
                "minors",
                "self_harm",
                "private",
                "scam",
                "other",
                name="kind",
                native_enum=False,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_removals_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_removals_reviewer_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
        sa.UniqueConstraint("post", name=op.f("uq_removals_post")),
    )
    with op.batch_alter_table("removals") as batch_op:
        batch_op.create_index("ix_removals_author_id", ["author_id"], unique=False)
        batch_op.create_index("ix_removals_reviewer_id", ["reviewer_id"], unique=False)
    with op.batch_alter_table("memberships") as batch_op:
        batch_op.create_index(
            "ix_memberships_on_stage",
            ["user_id", "space_id", "seat"],
            unique=False,
            sqlite_where=sa.text("seat IS NOT NULL"),
            postgresql_where=sa.text("seat IS NOT NULL"),
        )


def downgrade():
    with op.batch_alter_table("memberships") as batch_op:
        batch_op.drop_index("ix_memberships_on_stage")
    op.drop_table("removals")
    op.execute("DELETE FROM reports WHERE space_id IS NULL")
    with op.batch_alter_table("reports") as batch_op:
        batch_op.drop_index("ix_reports_post_id")
        batch_op.drop_constraint(op.f("fk_reports_post_id_posts"), type_="foreignkey")
        batch_op.drop_column("post_id")
        batch_op.alter_column("space_id", existing_type=sa.Integer(), nullable=False)
