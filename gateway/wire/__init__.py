"""What programs post to us over HTTP: who may, how events are written, and how we answer."""
