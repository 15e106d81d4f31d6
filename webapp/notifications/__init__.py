"""Notifications: what somebody should hear of, kept until they have read it."""
