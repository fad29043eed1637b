"""What customers are told unasked: of outages, of a bill that is due, of tomorrow's visit.

By consent (their alerts, the channels they agreed to, STOP), never in quiet hours, each once, and
on the channel they last chose. Their thread knows of it, so that they can answer.
"""
