"""The outage desk's tools: what is out and until when, news of it, credits, emergencies."""

from tools.outage import credits as outage_credits
from tools.outage import emergency, maps, pins, status, updates

MODULES = (status, maps, updates, pins, outage_credits, emergency)
