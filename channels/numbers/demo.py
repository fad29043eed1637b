"""The demo utility's own configuration, for development."""

from __future__ import annotations

from channels.numbers.service import NumbersService
from contracts.demo import (
    EMAIL_ADDRESS,
    SMS_NUMBER,
    VOICE_NUMBER,
    WHATSAPP_NUMBER,
    WHATSAPP_REGISTRATION,
)
from contracts.messages import Channel
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping
from contracts.scenario import Scenario

WHO = "demo"  # in the audit trail


async def ensure_numbers(service: NumbersService, scenario: Scenario) -> None:
    """Our own agents, and a number on each channel, where nothing was ever configured."""
    await service.begin(demo_configuration(scenario), who=WHO)


def demo_configuration(scenario: Scenario) -> Configuration:
    agents = tuple(
        AgentEntry(
            agent_id=name,
            name=spec.title.capitalize() or name,
            own=name,
            description=" ".join(spec.description.split())[:500],
        )
        for name, spec in scenario.agents.items()
    )
    channels = (
        _channel(scenario, Channel.WHATSAPP, WHATSAPP_NUMBER, WHATSAPP_REGISTRATION),
        _channel(scenario, Channel.SMS, SMS_NUMBER, SMS_NUMBER),
        _channel(scenario, Channel.EMAIL, EMAIL_ADDRESS, EMAIL_ADDRESS),
        _channel(scenario, Channel.VOICE, VOICE_NUMBER, VOICE_NUMBER),
    )
    mappings = tuple(
        Mapping(
            mapping_id=channel.channel_id,
            channel_id=channel.channel_id,
            agent_id=scenario.first_agent,
            primary=True,
        )
        for channel in channels
    )
    return Configuration(agents=agents, channels=channels, mappings=mappings)


def _channel(scenario: Scenario, kind: Channel, number: str, registration_id: str) -> ChannelEntry:
    names = {
        Channel.WHATSAPP: "WhatsApp",
        Channel.SMS: "SMS",
        Channel.EMAIL: "E-mail",
        Channel.VOICE: "Phone",
    }
    return ChannelEntry(
        channel_id=kind.value,
        registration_id=registration_id,
        name=names[kind],
        type=kind,
        number=number,
        business_name=scenario.brand.name,
        scenario=scenario.name,
    )
