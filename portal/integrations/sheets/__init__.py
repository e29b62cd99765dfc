"""Reading uploaded files: workbooks and text, whatever is in them."""

from portal.integrations.sheets.reader import Sheet, SheetError, look, read

__all__ = ["Sheet", "SheetError", "look", "read"]
