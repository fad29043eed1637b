"""Azure Communication Services on loopback: to try the channels, and to test them, without Azure."""
