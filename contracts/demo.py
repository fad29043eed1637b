"""The demo utility's numbers. Development is seeded with them; the emulator serves them."""

from __future__ import annotations

WHATSAPP_NUMBER = "+15035550100"
WHATSAPP_REGISTRATION = "9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c01"  # ACS's channel registration id
SMS_NUMBER = "+15035550101"  # its own registration id, as with ACS
EMAIL_ADDRESS = "care@cascade.example"
VOICE_NUMBER = "+18005550142"  # the brand's own, which bills and letters have
AGENTS_NUMBER = "+15035550190"  # where people take calls
