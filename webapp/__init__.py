"""Parley's web application: who may enter, speak, keep and delete. What carries the sound is ``mediacore``."""
