"""Who wants to be told what and how, browsers that are sent word, and of what followers were told."""

import sqlalchemy as sa
from alembic import op

revision = "told"
down_revision = "people"


def upgrade():
    with op.batch_alter_table("notifications", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("shown", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.create_index("ix_notifications_key", ["key"], unique=False)

    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=4), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "way", name=op.f("pk_notification_choices")),
    )
    with op.batch_alter_table("notification_choices") as batch_op:
        batch_op.create_index("ix_notification_choices_kind", ["kind"], unique=False)

    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sign_in", sa.String(length=64), nullable=False),
        sa.Column("server_key", sa.String(length=87), nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("p256dh", sa.String(length=87), nullable=False),
        sa.Column("auth", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_push_subscriptions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_subscriptions_public_id")),
    )
    with op.batch_alter_table("push_subscriptions") as batch_op:
        batch_op.create_index("ix_push_subscriptions_user_id", ["user_id"], unique=False)

    op.create_table(
        "pushes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_pushes_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscriptions.id"],
            name=op.f("fk_pushes_subscription_id_push_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint(
            "subscription_id", "notification_id", name=op.f("uq_pushes_subscription_id_notification_id")
        ),
    )
    with op.batch_alter_table("pushes") as batch_op:
        batch_op.create_index("ix_pushes_due_at", ["due_at"], unique=False)
        batch_op.create_index("ix_pushes_notification_id", ["notification_id"], unique=False)

    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("plan_told_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("start_told_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("memberships", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("voice_told_at", sa.DateTime(), nullable=True))
    # What was planned before is no news; who follows the host of what is live was told when it started.
    op.execute("UPDATE spaces SET plan_told_at = created_at WHERE scheduled_for IS NOT NULL")
    op.execute("UPDATE spaces SET start_told_at = started_at WHERE started_at IS NOT NULL")

    op.execute(
        "INSERT INTO notification_choices (user_id, kind, way, wanted)"
        " SELECT id, 'reminder', 'mail', mails FROM users WHERE NOT mails"
    )
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.drop_column("mails")


def downgrade():
    with op.batch_alter_table("users", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("mails", sa.Boolean(), server_default=sa.true(), nullable=False))
    unwanted = (
        "SELECT user_id FROM notification_choices WHERE kind = 'reminder' AND way = 'mail' AND NOT wanted"
    )
    op.execute(f"UPDATE users SET mails = {sa.false().compile(op.get_bind())} WHERE id IN ({unwanted})")  # noqa: S608
    with op.batch_alter_table("memberships", recreate="never") as batch_op:
        batch_op.drop_column("voice_told_at")
    with op.batch_alter_table("spaces", recreate="never") as batch_op:
        batch_op.drop_column("start_told_at")
        batch_op.drop_column("plan_told_at")
    op.drop_table("pushes")
    op.drop_table("push_subscriptions")
    op.drop_table("notification_choices")
    with op.batch_alter_table("notifications", recreate="never") as batch_op:
        batch_op.drop_index("ix_notifications_key")
        batch_op.drop_column("shown")
