"""What a customer's own session may fetch: figures, files, receipts, calendar entries."""
