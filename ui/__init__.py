"""The web app: sign-in pages, and the chat, which is Chainlit mounted at /chat."""
