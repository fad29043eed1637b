"""A language model on this machine, served as OpenAI's API. An extra: nothing else needs it.

A small model does not write tool calls by itself. `prompt` shows it the tools as a short list and
binds its answer to a schema, `answer` reads that as it is written, `grounding` drops what nobody
said from a call's arguments, and `server` speaks OpenAI's protocol to the outside.
"""
