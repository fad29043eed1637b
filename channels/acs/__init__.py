"""Azure Communication Services: one file a channel."""
