"""The vault: sealed copies that wait for review, until their time has come."""
