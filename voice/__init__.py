"""Calls: the adapter between a call's audio and the gateway. Comes with the voice channel."""
