"""The stage of a space: who is on it, as what, and who may turn whose microphone off."""
