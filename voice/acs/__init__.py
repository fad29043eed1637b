"""Calls over Azure Communication Services: answered, placed, heard and spoken in."""
