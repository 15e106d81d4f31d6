"""The vault: sealed copies, holds, accesses and receipts; where the files of a recording are."""

import sqlalchemy as sa
from alembic import op

revision = "vault"
down_revision = "0001"


def upgrade():
    op.create_table(
        "vault_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=22), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=70), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("heard_until", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("held_until", sa.DateTime(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(), nullable=True),
        sa.Column("purging_at", sa.DateTime(), nullable=True),
        sa.Column("purged_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_vault_copies_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_copies")),
        sa.UniqueConstraint("ref", name=op.f("uq_vault_copies_ref")),
    )
    with op.batch_alter_table("vault_copies") as batch_op:
        batch_op.create_index("ix_vault_copies_owner_id", ["owner_id"], unique=False)
        batch_op.create_index(
            "ix_vault_copies_purged_at_vault_copies_until", ["purged_at", "until"], unique=False
        )

    op.create_table(
        "vault_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["copy_id"],
            ["vault_copies.id"],
            name=op.f("fk_vault_files_copy_id_vault_copies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_files")),
        sa.UniqueConstraint("copy_id", "name", name=op.f("uq_vault_files_copy_id_name")),
    )
    op.create_table(
        "vault_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("placed_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["copy_id"],
            ["vault_copies.id"],
            name=op.f("fk_vault_holds_copy_id_vault_copies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_vault_holds_reviewer_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_holds")),
    )
    with op.batch_alter_table("vault_holds") as batch_op:
        batch_op.create_index("ix_vault_holds_copy_id", ["copy_id"], unique=False)

    op.create_table(
        "vault_accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["copy_id"],
            ["vault_copies.id"],
            name=op.f("fk_vault_accesses_copy_id_vault_copies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_vault_accesses_reviewer_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_accesses")),
        sa.UniqueConstraint("public_id", name=op.f("uq_vault_accesses_public_id")),
    )
    with op.batch_alter_table("vault_accesses") as batch_op:
        batch_op.create_index("ix_vault_accesses_copy_id", ["copy_id"], unique=False)

    op.create_table(
        "deletion_receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=22), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=70), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("heard_until", sa.DateTime(), nullable=False),
        sa.Column("kept_until", sa.DateTime(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("holds", sa.JSON(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_deletion_receipts_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_receipts")),
        sa.UniqueConstraint("ref", name=op.f("uq_deletion_receipts_ref")),
    )
    with op.batch_alter_table("deletion_receipts") as batch_op:
        batch_op.create_index("ix_deletion_receipts_owner_id", ["owner_id"], unique=False)

    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.execute(
        "INSERT INTO vault_copies (ref, owner_id, title, ended_at, heard_until, until)"
        " SELECT r.public_id, s.host_id, s.title, r.ended_at, coalesce(r.deleted_at, r.host_until),"
        " r.vault_until FROM recordings r JOIN spaces s ON s.id = r.space_id WHERE r.vault_until IS NOT NULL"
    )
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(sa.Column("shelved_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(), nullable=True))
        batch_op.drop_column("vault_until")
        batch_op.drop_column("purged_at")


def downgrade():
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(sa.Column("vault_until", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("purged_at", sa.DateTime(), nullable=True))
        for column in ("shelved_at", "withdrawn_at", "erased_at"):
            batch_op.drop_column(column)
    op.execute(
        "UPDATE recordings SET vault_until ="
        " (SELECT c.until FROM vault_copies c WHERE c.ref = recordings.public_id)"
    )
    for table in (
        "findings",
        "deletion_receipts",
        "vault_accesses",
        "vault_holds",
        "vault_files",
        "vault_copies",
    ):
        op.drop_table(table)
