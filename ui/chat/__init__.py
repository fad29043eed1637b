"""The chat: Chainlit's handlers, one conversation a page, and Chainlit made ours."""
