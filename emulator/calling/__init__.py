"""Calls of Azure Communication Services on loopback: Call Automation, its events, its media, and
the phones at the other end."""
