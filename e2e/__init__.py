"""Journeys of real people in real browsers against the real server."""
