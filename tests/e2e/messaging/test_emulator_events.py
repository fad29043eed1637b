"""Event Grid as the emulator plays it, and its SMS and e-mail."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contracts.messages import Channel
from emulator.api import Chaos
from emulator.config import NUMBERS
from emulator.eventgrid import SCHEDULE_S
from tests.acs import MARIA, Azure, OpenAzure

pytestmark = pytest.mark.e2e

SMS, EMAIL = NUMBERS[1].number, NUMBERS[2].number


def contents(azure: Azure) -> list[str]:
    return [data["content"] for data in azure.hook.of_type("AdvancedMessageReceived")]


class Waits:
    """Notes how long was to be waited, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_nothing_comes_before_the_handshake(open_azure: OpenAzure) -> None:
    async with open_azure() as azure:
        azure.hook.shakes.extend([False, False])
        azure.say("Hi")
        await azure.emulator.settled()
        first, *_ = azure.hook.requests
        shaken = [it.is_handshake for it in azure.hook.requests]
    assert first.body[0]["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert sorted(shaken, reverse=True) == shaken
    assert shaken.count(False) == 1


async def test_an_event_is_an_array_with_its_secret(azure: Azure) -> None:
    azure.say("Hi")
    await azure.emulator.settled()
    posted = azure.hook.requests[-1]
    assert posted.headers["aeg-event-type"] == "Notification"
    assert posted.headers["x-throughline-secret"] == "s3cret"
    (event,) = posted.body
    assert event["eventTime"] == "2026-01-15T18:00:00.000Z"
    assert {"id", "topic", "subject", "eventType", "data", "dataVersion"} <= set(event)


async def test_cloud_events_shake_hands_by_options(open_azure: OpenAzure) -> None:
    async with open_azure(grid={"schema": "cloudevents"}) as azure:
        azure.say("Hi")
        await azure.emulator.settled()
        shake, posted = azure.hook.requests
    assert shake.method == "OPTIONS"
    assert shake.headers["webhook-request-origin"] == "eventgrid.azure.net"
    assert posted.headers["content-type"].startswith("application/cloudevents-batch+json")
    (event,) = posted.body
    assert (event["specversion"], event["data"]["content"]) == ("1.0", "Hi")


async def test_it_tries_again_on_event_grids_schedule(open_azure: OpenAzure) -> None:
    waits = Waits()
    async with open_azure(wait=waits) as azure:
        azure.hook.answers.extend([500, 503, 404, 429])
        azure.say("Hi")
        await azure.emulator.settled()
        assert contents(azure) == ["Hi"] * 5
        assert azure.emulator.grid.standing.delivered == 1
        counts = [it.headers["aeg-delivery-count"] for it in azure.hook.requests[1:]]
    assert counts == ["0", "1", "2", "3", "4"]
    waited = [seconds for seconds in waits.seconds if seconds]
    assert len(waited) == 4
    for seconds, due in zip(waited, SCHEDULE_S, strict=False):
        assert due <= seconds <= due * 1.1


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_what_can_never_work_is_not_tried_again(azure: Azure, status: int) -> None:
    azure.hook.answers.append(status)
    azure.say("Hi")
    await azure.emulator.settled()
    assert contents(azure) == ["Hi"]
    assert [event.data["content"] for event in azure.emulator.grid.dead] == ["Hi"]


async def test_an_event_dies_after_its_last_attempt(open_azure: OpenAzure) -> None:
    async with open_azure(grid={"attempts": 3}) as azure:
        azure.hook.answers.extend([500] * 3)
        azure.say("Hi")
        azure.say("Still there?")
        await azure.emulator.settled()
        standing = azure.emulator.grid.standing
        came = contents(azure)
    assert (came.count("Hi"), came.count("Still there?")) == (3, 1)
    assert (standing.dead, standing.delivered, standing.waiting) == (1, 1, 0)


async def test_chaos_doubles_shuffles_and_batches_the_same_way_each_time(
    open_azure: OpenAzure,
) -> None:
    chaos = Chaos(duplicates=0.5, shuffle=True, batch=10)
    orders = []
    for _ in range(2):
        async with open_azure(grid={"chaos": chaos}, seed=7) as azure:
            for number in range(40):
                azure.say(f"{number}")
            await azure.emulator.settled()
            sizes = [len(it.body) for it in azure.hook.requests if not it.is_handshake]
            orders.append(contents(azure))
        assert max(sizes) == 10
        assert set(orders[-1]) == {f"{number}" for number in range(40)}
        assert 50 <= len(orders[-1]) <= 70
        assert orders[-1] != sorted(orders[-1], key=int)
    assert orders[0] == orders[1]


# SMS


async def test_a_text_message_gets_its_report(azure: Azure) -> None:
    (result,) = await azure.sms.send(
        SMS, MARIA, "Your power is back.", enable_delivery_report=True, tag="t-1"
    )
    await azure.emulator.settled()
    (report,) = azure.hook.of_type("SMSDeliveryReportReceived")
    assert (result.successful, result.http_status_code) == (True, 202)
    assert (report["messageId"], report["deliveryStatus"]) == (result.message_id, "Delivered")
    assert (report["from"], report["to"], report["tag"]) == (SMS, MARIA, "t-1")
    assert azure.shown(str(result.message_id)).text == "Your power is back."


async def test_each_recipient_has_an_answer_of_its_own(azure: Azure) -> None:
    good, bad, nobody = await azure.sms.send(
        SMS, [MARIA, "5550101", "+12065550100"], "Hello", enable_delivery_report=True
    )
    await azure.emulator.settled()
    assert (good.successful, bad.successful, nobody.successful) == (True, False, True)
    assert (bad.http_status_code, bad.message_id) == (400, None)
    reports = azure.hook.of_type("SMSDeliveryReportReceived")
    assert {it["messageId"]: it["deliveryStatus"] for it in reports} == {
        good.message_id: "Delivered",
        nobody.message_id: "Failed",
    }


@pytest.mark.parametrize(("reports", "word"), [(True, "OptedOut"), (False, "Delivered")])
async def test_who_said_stop_has_opted_out(open_azure: OpenAzure, reports: bool, word: str) -> None:
    async with open_azure(report_stopped=reports) as azure:
        azure.say("Stop", Channel.SMS)
        await azure.sms.send(SMS, MARIA, "Hello", enable_delivery_report=True)
        await azure.emulator.settled()
        azure.say("START", Channel.SMS)
        await azure.sms.send(SMS, MARIA, "Hello", enable_delivery_report=True)
        await azure.emulator.settled()
        told = azure.hook.of_type("SMSDeliveryReportReceived")
        received = azure.hook.of_type("SMSReceived")
    assert [it["deliveryStatus"] for it in told] == [word, "Delivered"]
    assert [it["message"] for it in received] == ["Stop", "START"]
    assert {(it["from"], it["to"]) for it in received} == {(MARIA, SMS)}


# E-mail


def mail(to: str = "maria@example.com", **content: str) -> dict[str, Any]:
    return {
        "senderAddress": EMAIL,
        "recipients": {"to": [{"address": to}]},
        "content": {"subject": "Your bill", "plainText": "It is here.", **content},
        "attachments": [
            {"name": "bill.pdf", "contentType": "application/pdf", "contentInBase64": "JVBERg=="}
        ],
    }


async def test_an_email_is_an_operation_with_a_report(open_azure: OpenAzure) -> None:
    async with open_azure(mail_polls=1) as azure:
        polls: list[str] = []
        poller = await azure.email.begin_send(
            mail(), raw_response_hook=lambda it: polls.append(it.http_request.url)
        )
        result = await poller.result()
        await azure.emulator.settled()
        shown = azure.shown(result["id"])
        (report,) = azure.hook.of_type("EmailDeliveryReportReceived")
    assert result["status"] == "Succeeded"
    assert (shown.subject, shown.text) == ("Your bill", "It is here.")
    assert [(it.name, it.size) for it in shown.files] == [("bill.pdf", 4)]
    assert (report["messageId"], report["status"]) == (result["id"], "Delivered")
    assert [url.split("/emails")[1].partition("?")[0] for url in polls] == [
        ":send",
        f"/operations/{result['id']}",
        f"/operations/{result['id']}",
    ]


async def test_the_same_operation_is_sent_once(azure: Azure) -> None:
    same = "5f0f4c0a-2c3d-4f24-9b1a-6b0d7f3f5a10"
    for _ in range(2):
        await azure.email.begin_send(mail(), operation_id=same, polling=False)
    await azure.emulator.settled()
    assert [it.id for it in azure.emulator.state.messages(MARIA)] == [same]


async def test_an_address_of_nobody_bounces(azure: Azure) -> None:
    await azure.email.begin_send(mail(to="nobody@example.com"), polling=False)
    await azure.emulator.settled()
    (report,) = azure.hook.of_type("EmailDeliveryReportReceived")
    assert report["status"] == "Bounced"


async def test_a_customers_email_is_posted_with_its_file(azure: Azure) -> None:
    file = azure.emulator.state.keep_file(b"%PDF", name="a.pdf", content_type="application/pdf")
    azure.hook.answers.append(503)
    said = azure.say("See the attached.", Channel.EMAIL, subject="My bill", file=file.id)
    await azure.emulator.settled()
    posted = [it for it in azure.hook.requests if it.path.endswith("/mail")]
    assert len(posted) == 2
    assert posted[0].body == posted[1].body
    assert posted[1].headers["x-throughline-secret"] == "s3cret"
    body = posted[1].body
    assert (body["from"], body["to"]) == ("maria@example.com", EMAIL)
    assert body["message_id"] == f"<{said.id}@emulator.example>"
    assert body["attachments"] == [
        {"name": "a.pdf", "content_type": "application/pdf", "content": "JVBERg=="}
    ]


# The door


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
async def test_it_is_of_this_machine_alone(
    idle: Azure, headers: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient(base_url=idle.url, trust_env=False) as client:
        answer = await client.post("/emulator/api/chaos", json={}, headers=headers)
    assert answer.status_code == status
