"""`make bench`: what the portal costs beside the smallest program that does the same work, in one run.

Every file here that begins with a figure's id holds the measures of that figure; `frame.measure` registers them.
"""
