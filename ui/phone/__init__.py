"""The softphone: calls from a browser, to try the product without a telephone."""
