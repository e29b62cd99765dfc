"""Workflows and their runs: what they do, how far each is, and what to do with one that stands still."""

from portal.blueprints.workflows import pages, runs
from portal.blueprints.workflows.blueprint import bp

__all__ = ["bp", "pages", "runs"]
