"""Sales: tasks, follow-ups and what a salesperson does today."""

from portal.sales import follow_ups, mending, phrases, tasks
from portal.sales.task_action import CreateTask

__all__ = ["CreateTask", "follow_ups", "mending", "phrases", "tasks"]
