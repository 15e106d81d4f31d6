"""Tables of staged roll-outs."""

import sqlalchemy as sa
from alembic import op

revision = "rollout"
down_revision = "notifications"


def upgrade():
    op.create_table(
        "features",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("paused_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_features")),
    )
    op.create_table(
        "rollout_stages",
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("permille", sa.Integer(), nullable=False),
        sa.Column("platforms", sa.JSON(), nullable=False),
        sa.CheckConstraint("permille BETWEEN 0 AND 1000", name=op.f("ck_rollout_stages_permille")),
        sa.ForeignKeyConstraint(
            ["feature"],
            ["features.name"],
            name=op.f("fk_rollout_stages_feature_features"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("feature", "number", name=op.f("pk_rollout_stages")),
    )
    op.create_table(
        "rollout_listed",
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feature"],
            ["features.name"],
            name=op.f("fk_rollout_listed_feature_features"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_rollout_listed_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feature", "user_id", name=op.f("pk_rollout_listed")),
    )
    with op.batch_alter_table("rollout_listed") as batch_op:
        batch_op.create_index("ix_rollout_listed_user_id", ["user_id"], unique=False)

    op.create_table(
        "rollout_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "started",
                "began",
                "paused",
                "resumed",
                "jumped",
                "changed",
                "opened",
                "listed",
                "unlisted",
                name="eventkind",
                native_enum=False,
                length=9,
            ),
            nullable=False,
        ),
        sa.Column("stage", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_rollout_events_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["feature"],
            ["features.name"],
            name=op.f("fk_rollout_events_feature_features"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout_events")),
        sa.UniqueConstraint(
            "feature", "kind", "stage", "at", name=op.f("uq_rollout_events_feature_kind_stage_at")
        ),
    )
    with op.batch_alter_table("rollout_events") as batch_op:
        batch_op.create_index("ix_rollout_events_by_id", ["by_id"], unique=False)


def downgrade():
    op.drop_table("rollout_events")
    op.drop_table("rollout_listed")
    op.drop_table("rollout_stages")
    op.drop_table("features")
