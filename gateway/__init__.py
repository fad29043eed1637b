"""The one gateway: `gateway.Gateway.receive(inbound)`."""
