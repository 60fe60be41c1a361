"""Further pages of a thread know the address that starts it"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    with op.batch_alter_table('urls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('thread_key', sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f('ix_urls_source_thread_key'), ['source', 'thread_key'], unique=False)
