"""Settings of a project as `creme creme_start_project crm` makes it, and what the bench says."""

import os

from crm.settings import *  # noqa: F403
from peer_database import DATABASES as DATABASES

SECRET_KEY = os.environ["PEER_SECRET"]
TIME_ZONE = "Asia/Shanghai"
MEDIA_ROOT = os.environ["PEER_SCRATCH"]
JOBMANAGER_BROKER = f"unix_socket://{os.environ['PEER_SCRATCH']}/"
