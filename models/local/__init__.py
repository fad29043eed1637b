"""The embedded chat model: needs no key, no network and no language model."""
