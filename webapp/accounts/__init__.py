"""Accounts: who somebody is. Everything above builds on this feature; it knows of none of them."""
