"""Printed reports: ask for one, watch it being made, open it, find it again."""

from portal.blueprints.reports.pages import bp

__all__ = ["bp"]
