"""Azure Communication Services on loopback: to try and to test the channels without Azure."""
