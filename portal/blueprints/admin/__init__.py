"""The system tables for administrators, read through Flask-Admin."""

from portal.blueprints.admin.site import install

__all__ = ["install"]
