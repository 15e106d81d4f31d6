"""The second factor of accounts, and reports."""

import sqlalchemy as sa
from alembic import op

revision = "moderation"
down_revision = "announced"


def upgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("tf_primary_method", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("tf_totp_secret", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("tf_last_counter", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("mf_recovery_codes", sa.JSON(), nullable=True))
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest", sa.String(length=22), nullable=True),
        sa.Column("at_ms", sa.Integer(), nullable=True),
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
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("reporter_guest", sa.String(length=22), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_reports_space_id_spaces")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_reports_person_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["users.id"], name=op.f("fk_reports_reporter_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("once", name=op.f("uq_reports_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reports_public_id")),
    )
    with op.batch_alter_table("reports") as batch_op:
        batch_op.create_index("ix_reports_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_reports_reporter_id", ["reporter_id"], unique=False)
        batch_op.create_index("ix_reports_space_id", ["space_id"], unique=False)
        batch_op.create_index("ix_reports_state_reports_id", ["state", "id"], unique=False)


def downgrade():
    op.drop_table("reports")
    # Copying the table would lose that no number is given twice.
    with op.batch_alter_table("users", recreate="never") as batch_op:
        for column in ("mf_recovery_codes", "tf_last_counter", "tf_totp_secret", "tf_primary_method"):
            batch_op.drop_column(column)
