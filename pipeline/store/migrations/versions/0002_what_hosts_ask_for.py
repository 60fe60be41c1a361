"""What hosts ask for: a rest, and their reservation against mining; how often a page was visited"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    with op.batch_alter_table('hosts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('resting_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('tdm', sa.LargeBinary(), nullable=True))
        batch_op.drop_column('robots_status')
    with op.batch_alter_table('urls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('visits', sa.Integer(), nullable=False, server_default='0'))
