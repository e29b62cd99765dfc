"""Workflows and their runs: what they do, how far each is, and what to do with one that stands still."""

from portal.blueprints.workflows import moves, pages, runs, stuck
from portal.blueprints.workflows.blueprint import bp

__all__ = ["bp", "moves", "pages", "runs", "stuck"]
