"""Alerts know what of them was sent; visits of a source are found by when their run started"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sent', sa.String(length=8), nullable=True))
    with op.batch_alter_table('runs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_runs_started_at'), ['started_at'], unique=False)
    # What was open before there was anybody to tell is not news.
    op.execute("UPDATE alerts SET sent = 'over' WHERE closed_at IS NOT NULL")
