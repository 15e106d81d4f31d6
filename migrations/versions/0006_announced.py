"""Recordings that are stopped early, and every answer about a voice."""

import sqlalchemy as sa
from alembic import op

revision = "announced"
down_revision = "rights"


def upgrade():
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(sa.Column("stopped_at", sa.DateTime(), nullable=True))

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("wording", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_consents_space_id_spaces"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents") as batch_op:
        batch_op.create_index("ix_consents_space_id_consents_user_id", ["space_id", "user_id"], unique=False)
        batch_op.create_index("ix_consents_user_id", ["user_id"], unique=False)

    op.execute(
        "INSERT INTO consents (space_id, user_id, answer, at, wording)"
        " SELECT space_id, user_id, consent, consent_at, consent_wording FROM memberships"
        " WHERE consent IS NOT NULL"
    )
    # Copying the table would lose its checks, which SQLite's own way to drop a column leaves alone.
    with op.batch_alter_table("memberships", recreate="never") as batch_op:
        batch_op.drop_column("consent_at")
        batch_op.drop_column("consent_wording")


def downgrade():
    with op.batch_alter_table("memberships") as batch_op:
        batch_op.add_column(sa.Column("consent_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("consent_wording", sa.String(length=300), nullable=True))
    op.execute(
        "UPDATE memberships SET (consent_at, consent_wording) = (SELECT at, wording FROM consents"
        " WHERE consents.space_id = memberships.space_id AND consents.user_id = memberships.user_id"
        " ORDER BY id DESC LIMIT 1)"
    )
    op.drop_table("consents")
    with op.batch_alter_table("recordings", recreate="never") as batch_op:
        batch_op.drop_column("stopped_at")
