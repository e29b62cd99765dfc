"""Workflows: steps that follow from a trigger, one after the other, each committed, shown and resumable."""

from portal.rules.workflows import engine, moving, picture, runs, sweep
from portal.rules.workflows import program as program
from portal.rules.workflows.models import WorkflowRun, WorkflowStep

__all__ = ["WorkflowRun", "WorkflowStep", "engine", "moving", "picture", "runs", "sweep"]
