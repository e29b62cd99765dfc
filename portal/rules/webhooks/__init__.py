"""Webhooks: tell another system of a record, only one that the operator has named, and again until it says yes."""

from portal.rules.webhooks import deliveries, keys
from portal.rules.webhooks import outgoing as outgoing
from portal.rules.webhooks.calls import JOB, WebhookCall, deliver
from portal.rules.webhooks.outgoing import host_of
from portal.rules.webhooks.step import Webhook

__all__ = ["JOB", "Webhook", "WebhookCall", "deliver", "deliveries", "host_of", "keys"]
