"""Realtime models as what hears and speaks: each call is one connection, which does both."""
