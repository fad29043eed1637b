"""Adapters: each turns a wire format into `Inbound` and `Outbound` parts into what it can show."""
