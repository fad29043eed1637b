"""Pure types, ports, errors and settings. Imports nothing else of this project."""
