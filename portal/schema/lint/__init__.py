"""What is allowed and yet probably not meant: warnings with line and hint, that never forbid publishing."""

from portal.schema.lint.faults import faults
from portal.schema.lint.unused import unused

__all__ = ["faults", "unused"]
