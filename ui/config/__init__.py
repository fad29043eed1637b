"""The operators' pages at /config/: which number belongs to which agent, and who may say so."""
