"""Parley's web application: who may enter, speak, keep and delete. ``mediacore`` carries the sound."""
