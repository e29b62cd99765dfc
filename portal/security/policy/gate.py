"""The gate in front of every view: a view that names no policy is refused."""
