"""Moderation: reports, and those who review them."""
