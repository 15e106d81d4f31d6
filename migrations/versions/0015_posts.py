"""Posts, what they are about, and who likes and reposts them."""

import sqlalchemy as sa
from alembic import op

revision = "posts"
down_revision = "told"


def upgrade():
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("once", sa.String(length=22), nullable=False),
        sa.Column("is_reply", sa.Boolean(), nullable=False),
        sa.Column("reply_to_id", sa.Integer(), nullable=True),
        sa.Column("is_quote", sa.Boolean(), nullable=False),
        sa.Column("quote_of_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("start_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_posts_author_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["posts.id"], name=op.f("fk_posts_reply_to_id_posts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["quote_of_id"], ["posts.id"], name=op.f("fk_posts_quote_of_id_posts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_posts_space_id_spaces"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_posts_public_id")),
        sa.UniqueConstraint("author_id", "once", name=op.f("uq_posts_author_id_once")),
    )
    with op.batch_alter_table("posts") as batch_op:
        batch_op.create_index(
            "ix_posts_author_id_posts_created_at", ["author_id", "created_at"], unique=False
        )
        batch_op.create_index("ix_posts_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_posts_quote_of_id", ["quote_of_id"], unique=False)
        batch_op.create_index(
            "ix_posts_reply_to_id_posts_created_at", ["reply_to_id", "created_at"], unique=False
        )
        batch_op.create_index("ix_posts_space_id", ["space_id"], unique=False)

    op.create_table(
        "post_topics",
        sa.Column("topic", sa.String(length=50), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_topics_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("topic", "post_id", name=op.f("pk_post_topics")),
    )
    with op.batch_alter_table("post_topics") as batch_op:
        batch_op.create_index("ix_post_topics_post_id", ["post_id"], unique=False)

    _create("likes")
    with op.batch_alter_table("likes") as batch_op:
        batch_op.create_index("ix_likes_user_id", ["user_id"], unique=False)

    _create("reposts")
    with op.batch_alter_table("reposts") as batch_op:
        batch_op.create_index("ix_reposts_user_id_reposts_at", ["user_id", "at"], unique=False)


def _create(table):
    op.create_table(
        table,
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f(f"fk_{table}_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f(f"pk_{table}")),
    )


def downgrade():
    op.drop_table("reposts")
    op.drop_table("likes")
    op.drop_table("post_topics")
    op.drop_table("posts")
