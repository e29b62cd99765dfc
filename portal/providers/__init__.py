"""Providers: values of records that another system knows, kept beside ours with their source."""

from portal.providers import asking, beside, deciding, listing
from portal.providers.models import OutsideFetch, OutsideValue

__all__ = ["OutsideFetch", "OutsideValue", "asking", "beside", "deciding", "listing"]
