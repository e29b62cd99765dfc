"""Quality of data in the browser: the board, what is mine to mend, tasks for owners, the board as a file."""

from portal.blueprints.quality import acts as acts
from portal.blueprints.quality import board as board
from portal.blueprints.quality import mine as mine
from portal.blueprints.quality.blueprint import bp

__all__ = ["bp"]
