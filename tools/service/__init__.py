"""The service agent's tools: moves, appointments, addresses, deposits, contacts, enrolments."""

from tools.service import (
    addresses,
    appointments,
    changes,
    contacts,
    deposits,
    enrolments,
    moves,
    stopping,
)

MODULES = (
    moves,
    stopping,
    appointments,
    changes,
    addresses,
    deposits,
    contacts,
    enrolments,
)
