"""Insight: measures, charts and printed reports, each showing only what its reader may see.

Further nouns are reached through the door: archive, drawing, lens, making, periods, weekly.
"""

from portal.insights import archive, lens, making, measures, periods, weekly
from portal.insights import drawing as drawing
from portal.insights.home import home_charts as home_charts

__all__ = ["archive", "home_charts", "lens", "making", "measures", "periods", "weekly"]
