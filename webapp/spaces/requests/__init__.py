"""Requests to speak: who would like to, in which order, and what they are answered."""
