"""Staged roll-out: a feature reaches a few people first, then all."""
