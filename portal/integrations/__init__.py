"""Bringing data in and taking it out."""
