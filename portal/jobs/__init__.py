"""Long work: the database is the queue of record, RQ rings the bell, a table says what is due."""

from portal.jobs import retention as retention
from portal.jobs import schedules
from portal.jobs.kinds import register
from portal.jobs.model import Job
from portal.jobs.queue import cancel as cancel
from portal.jobs.queue import enqueue
from portal.jobs.queue import retry as retry
from portal.jobs.run import run_now
from portal.jobs.schedules import Schedule as Schedule
from portal.jobs.schedules import schedule as schedule
from portal.jobs.work import Cancelled, Work

__all__ = ["Cancelled", "Job", "Work", "enqueue", "register", "run_now", "schedules"]
