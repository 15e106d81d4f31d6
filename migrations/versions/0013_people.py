"""Who follows and who blocks whom, what people say of themselves, and who may join a space."""

import sqlalchemy as sa
from alembic import op

revision = "people"
down_revision = "scheduling"


def upgrade():
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("bio", sa.String(length=160), server_default="", nullable=False))
        batch_op.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(length=16), nullable=True))

    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column(
                "open_to",
                sa.Enum("anyone", "followed", "link", name="opento", native_enum=False, length=9),
                server_default="anyone",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column("guests_allowed", sa.Boolean(), server_default=sa.true(), nullable=False)
        )

    for table, one, other in (("follows", "follower", "followed"), ("blocks", "blocker", "blocked")):
        op.create_table(
            table,
            sa.Column(f"{one}_id", sa.Integer(), nullable=False),
            sa.Column(f"{other}_id", sa.Integer(), nullable=False),
            sa.Column("since", sa.DateTime(), nullable=False),
            sa.CheckConstraint(f"{one}_id <> {other}_id", name=op.f(f"ck_{table}_another")),
            sa.ForeignKeyConstraint(
                [f"{one}_id"], ["users.id"], name=op.f(f"fk_{table}_{one}_id_users"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [f"{other}_id"], ["users.id"], name=op.f(f"fk_{table}_{other}_id_users"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint(f"{one}_id", f"{other}_id", name=op.f(f"pk_{table}")),
        )
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_index(f"ix_{table}_{other}_id", [f"{other}_id"], unique=False)


def downgrade():
    op.drop_table("blocks")
    op.drop_table("follows")
    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.drop_column("guests_allowed")
        batch_op.drop_column("open_to")
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.drop_column("language")
        batch_op.drop_column("time_zone")
        batch_op.drop_column("bio")
