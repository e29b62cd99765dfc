"""Overlays of offices: documents laid over base and packs within one release, which tighten and add, never loosen."""

from portal.schema.layers import descents as descents
from portal.schema.layers.check import faults
from portal.schema.layers.overlay import Overlay, overlays, path_of, split
from portal.schema.layers.shapes import SHAPES
from portal.schema.layers.stack import catalog, union

__all__ = ["SHAPES", "Overlay", "catalog", "faults", "overlays", "path_of", "split", "union"]
