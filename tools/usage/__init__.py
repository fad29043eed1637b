"""The usage desk's tools."""

from types import ModuleType

from tools.usage import (
    appliances,
    audits,
    breakdown,
    efficiency,
    history,
    meters,
    neighbors,
    programs,
    rates,
    reading,
    solar,
)

MODULES: tuple[ModuleType, ...] = (
    history,
    breakdown,
    neighbors,
    meters,
    reading,
    efficiency,
    appliances,
    audits,
    rates,
    programs,
    solar,
)
