"""The portal beside others of its kind, each doing the same in the same run; see README.md."""
