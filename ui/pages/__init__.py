"""The pages around the chat: signing in, links, outages, paying."""
