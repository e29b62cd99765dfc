"""`python -m portal.cli` is the same as `portal`."""

from portal.cli import main

main()
