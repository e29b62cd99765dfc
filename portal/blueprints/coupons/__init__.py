"""Coupons in the browser: batches and codes, the till, one code, and codes for a record."""

from portal.blueprints.coupons import codes as codes
from portal.blueprints.coupons import pages as pages
from portal.blueprints.coupons import taking as taking
from portal.blueprints.coupons.blueprint import bp

__all__ = ["bp"]
