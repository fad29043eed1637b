"""identity: who is speaking, on which rung, in which session; and the verification dialogue.

Verification is the graph's, not a model's: a model never sees what was given, and cannot
be talked into believing it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Command

from contracts.clock import Clock
from contracts.errors import Overloaded, RecordsUnavailable
from contracts.identity import Identity, Proof, Rung, is_anonymous
from contracts.language import speaking, t
from contracts.messages import Channel, ToolRun
from contracts.thread import CustomerFacts, Deferred, Verification
from contracts.tooling import AskAgain, Cannot, Result, Services, Verified
from nodes import wording
from nodes.beside import has_signal
from nodes.calls import call_of
from nodes.consent import consent
from nodes.desk import at_desk
from nodes.language import language_of, only_asks
from nodes.masking import DETAIL_MASK
from nodes.media import handed_over
from nodes.sessions import open_session
from nodes.speaker import speaker
from nodes.state import (
    State,
    TurnState,
    asked_of,
    of_turn,
    open_offer,
    pending_of,
    rung_of,
    with_text,
    with_tool,
)
from nodes.verification import (
    ACCOUNT_DIGITS,
    Answer,
    courtesy,
    of_a_phone,
    only_details,
    read_answer,
    wish_of,
)
from stores.directory import Directory
from tools.toolbox import Toolbox

FACTS_LAST = timedelta(minutes=10)
MAX_ASKED = 3  # turns in which an answer is awaited
CHECK = "verify_customer_identity"

Next = Literal["tools", "settle", "channel_router", "remember", "signals"]


class IdentityNode:
    def __init__(
        self, directory: Directory, toolbox: Toolbox, services: Services, clock: Clock
    ) -> None:
        self._directory = directory
        self._toolbox = toolbox
        self._services = services
        self._clock = clock
        self._policy = services.scenario.identity

    async def __call__(self, state: State) -> Command[Next]:
        turn = state["turn"]
        who = await speaker(self._directory, turn)
        turn = {**turn, "customer_id": who.customer_id, "rung": int(who.rung)}
        if turn.get("reaction"):  # opens no session
            return Command(update={"turn": turn}, goto="signals")
        idle = timedelta(minutes=self._policy.session_idle_minutes)
        sessions, turn["session_id"], fresh = open_session(state, turn, idle)
        facts = await self._facts(state, who)
        update: dict[str, Any] = {"sessions": sessions, "customer": facts}
        language = state.get("language")
        if not language:  # the words alone didn't tell
            language = facts.get("language") or language_of(turn["said"])
            update |= {"language": language} if language else {}
        with speaking(language):
            return await self._goes_on(state, update, turn, fresh=fresh)

    async def _goes_on(
        self, state: State, update: dict[str, Any], turn: TurnState, *, fresh: bool
    ) -> Command[Next]:
        update |= at_desk(state, turn, update["sessions"], self._services.scenario, fresh=fresh)
        if turn.get("call"):
            if turn.get("carried"):
                first_name = update["customer"].get("first_name", "")
                turn = with_text(turn, wording.thanks_verified(first_name))
            return Command(update={**update, "turn": turn}, goto="tools")
        if turn.get("carried"):
            return self._carried(state, update, turn)
        if has_signal(_with(state, update, turn)):
            return Command(update={**update, "turn": turn}, goto="signals")
        if handed_over(turn):
            return Command(update={**update, "turn": turn}, goto="remember")
        return await self._verify(_with(state, update, turn), update)

    @staticmethod
    def _carried(state: State, update: dict[str, Any], turn: TurnState) -> Command[Next]:
        """Who they are is known now. Where that was for their photos alone, nothing else waits."""
        said = next((m.text for m in state["messages"] if m.id == turn["key"]), "")
        if state.get("photos") and only_details(said):
            first_name = update["customer"].get("first_name", "")
            turn = with_text(turn, wording.thanks_verified(first_name))
            return Command(update={**update, "turn": turn}, goto="remember")
        return Command(update={**update, "turn": turn}, goto="channel_router")

    async def _facts(self, state: State, who: Identity) -> CustomerFacts:
        """What the records say, looked up again when it is old; the old while they are down."""
        facts = state.get("customer") or {}
        now = self._clock.now()
        if is_anonymous(who.customer_id):
            return {}
        same = facts.get("customer_id") == who.customer_id
        if same and now - datetime.fromisoformat(facts["refreshed_at"]) < FACTS_LAST:
            return facts
        try:
            return await self._look_up(who.customer_id)
        except RecordsUnavailable:
            return facts if same else {}

    async def _look_up(self, customer_id: str) -> CustomerFacts:
        records = self._services.records
        customer = await records.customers.get(customer_id)
        if customer is None:
            return {}
        facts: CustomerFacts = {
            "customer_id": customer_id,
            "name": customer.name,
            "first_name": customer.first_name,
            "language": customer.language,
            "account_number": customer.account_number,
            "refreshed_at": self._clock.now().isoformat(),
        }
        account = await records.accounts.get(customer.account_number)
        if account is not None:
            facts["rate_plan"] = account.rate_plan
            facts["premise_id"] = account.premise_id
            premise = await records.accounts.premise(account.premise_id)
            if premise is not None:
                facts["service_address"] = premise.address
        return facts

    # --- verification -----------------------------------------------------------------------

    async def _verify(self, state: State, update: dict[str, Any]) -> Command[Next]:
        """Take up what the message gives towards a verification, if anything."""
        turn, asked = state["turn"], asked_of(state)
        phones = await self._phones(turn)
        awaited = asked is not None or not of_a_phone(_told_last(state))
        answer = read_answer(turn["said"], phones=phones, asked=awaited)
        complete = bool(answer.account_number and answer.value)
        own = {**(state.get("customer") or {}), **(update.get("customer") or {})}
        is_theirs = answer.account_number == own.get("account_number")
        if asked is None and complete and is_theirs and rung_of(turn) >= Rung.VERIFIED:
            turn = {**turn, "said": answer.masked}  # told once more, or by a replay
            update["messages"] = [HumanMessage(answer.masked, id=turn["key"])]
            return self._on(state, update, turn)
        if asked is None and not complete:
            account = answer.account_number
            if account and rung_of(turn) < Rung.VERIFIED:
                return self._opened(update, turn, account, answer.masked)
            return self._unprompted(state, update, turn)
        if answer.empty or (asked is not None and _beside_the_code(asked, answer)):
            return self._unanswered(state, update, turn, asked)
        # An answer to our question holds nothing else that matters; a first message may.
        said = DETAIL_MASK if asked else answer.masked
        turn = {**turn, "said": said}
        update["messages"] = [HumanMessage(said, id=turn["key"])]
        return await self._answered({**state, "turn": turn}, update, asked or {}, answer)

    async def _phones(self, turn: TurnState) -> list[str]:
        """Numbers that are a phone's and no account's: the customer's own and the one they use.
        Looked up only where a message holds so many digits."""
        if sum(character.isdigit() for character in turn["said"]) < ACCOUNT_DIGITS:
            return []
        try:
            customer = await self._services.records.customers.get(turn["customer_id"])
        except RecordsUnavailable:
            customer = None
        on_file = [c.value for c in customer.contacts if c.kind == "phone"] if customer else []
        return [*on_file, turn["address"]]

    def _opened(
        self, update: dict[str, Any], turn: TurnState, account: str, masked: str
    ) -> Command[Next]:
        """An account number given unasked begins a check: only the factor is asked for."""
        update["verification"] = {
            "rung": int(Rung.VERIFIED),
            "address": turn["address"],
            "asked": 0,
            "account_number": account,
        }
        update["messages"] = [HumanMessage(masked, id=turn["key"])]
        text = wording.ask_for_factor(account, Channel(turn["channel"]))
        return self._say(update, {**turn, "said": masked}, text)

    def _unanswered(
        self, state: State, update: dict[str, Any], turn: TurnState, asked: Verification | None
    ) -> Command[Next]:
        """Something else was said: the question lapses when declined, or after a few turns."""
        if asked is not None and only_asks(turn["said"]):
            return self._say(update, turn, self._asked_again(turn, asked))
        count = (asked or {}).get("asked", 0) + 1
        declined = consent(turn["said"]) == "no"
        lapsed = declined or asked is None or count > MAX_ASKED
        update["verification"] = None if lapsed else {**(asked or {}), "asked": count}
        heard = courtesy(turn["said"])
        if asked is not None and heard and not lapsed and not _told_last(state).endswith("?"):
            opening = wording.WELCOME if heard == "thanks" else wording.TAKE_YOUR_TIME
            return self._say(update, turn, f"{t(opening)} {still_needed(asked)}")
        return self._on(state, update, turn)

    @staticmethod
    def _asked_again(turn: TurnState, asked: Verification) -> str:
        """The question that waits, in the language that somebody has just asked for."""
        if sent_to := asked.get("code_sent_to"):
            return wording.still_needed(sent_to=sent_to)
        if account := asked.get("account_number"):
            return wording.ask_for_factor(account, Channel(turn["channel"]))
        return wording.ask_to_verify(can_send_code=not is_anonymous(turn["customer_id"]))

    def _unprompted(self, state: State, update: dict[str, Any], turn: TurnState) -> Command[Next]:
        """No check is under way. Who asks for a language is answered in it at once; what waits for
        a yes is read back in it."""
        now: State = {**state, "turn": turn}
        if not only_asks(turn["said"]) or open_offer(now):
            return self._on(state, update, turn)
        if pending := pending_of(now):
            call: Deferred = {
                "tool": pending["tool"],
                "args": pending["args"],
                "agent": pending["agent"],
                "key": pending["key"],
            }
            return Command(update={**update, "turn": {**turn, "call": call}}, goto="tools")
        return self._say(update, turn, t(wording.SPOKEN))

    async def _answered(
        self, state: State, update: dict[str, Any], asked: Verification, answer: Answer
    ) -> Command[Next]:
        turn = state["turn"]
        if answer.wants_code or (answer.code and asked.get("code_sent_to")):
            return await self._by_code(state, update, asked, answer)
        account = answer.account_number or asked.get("account_number")
        if not answer.value or not account:
            update["verification"] = {**asked, **({"account_number": account} if account else {})}
            text = (
                wording.ask_for_factor(account, Channel(turn["channel"]))
                if account
                else t(wording.ASK_FOR_ACCOUNT)
            )
            return self._say(update, turn, text)
        result = await self._check(state, account, answer)
        turn = with_tool(turn, _run_of(CHECK, result))
        if isinstance(result, Verified):
            return await self._passed(state, update, turn, asked, result.customer_id, result.rung)
        again: Verification = {"rung": int(Rung.VERIFIED), "address": turn["address"], "asked": 0}
        update["verification"] = {**again, **asked} if isinstance(result, AskAgain) else None
        return self._say(update, turn, _say_of(result))

    async def _check(self, state: State, account: str, answer: Answer) -> Result:
        args = {
            "account_number": account,
            "verification_method": answer.method,
            "verification_value": answer.value,
        }
        spec = self._toolbox.by_name[CHECK]
        parsed = self._toolbox.parse(spec, args)
        if isinstance(parsed, AskAgain):
            return parsed
        call = call_of(state, self._services, key=f"{state['turn']['key']}:{CHECK}")
        return await self._toolbox.run(spec, call, parsed)

    async def _by_code(
        self, state: State, update: dict[str, Any], asked: Verification, answer: Answer
    ) -> Command[Next]:
        """Send a code to the contact on file, or check the one given."""
        turn, customer_id = state["turn"], state["turn"]["customer_id"]
        if is_anonymous(customer_id):
            update["verification"] = asked
            return self._say(update, turn, t(wording.ASK_FOR_ACCOUNT))
        if not answer.code:
            return await self._send_code(update, turn, asked)
        locked = await self._services.attempts.locked_until(f"customer:{customer_id}")
        if locked is None and await self._services.codes.check(customer_id, answer.code):
            await self._services.attempts.right(f"customer:{customer_id}")
            return await self._passed(state, update, turn, asked, customer_id, Proof.CODE.rung)
        left = await self._services.attempts.wrong(f"customer:{customer_id}") if not locked else 0
        update["verification"] = asked if left else None
        lockout = wording.locked_out(self._policy.lockout_minutes, self._services.scenario.brand)
        return self._say(update, turn, t(wording.WRONG_CODE) if left else lockout)

    async def _send_code(
        self, update: dict[str, Any], turn: TurnState, asked: Verification
    ) -> Command[Next]:
        try:
            sent_to = await self._services.codes.send(turn["customer_id"])
        except Overloaded:
            update["verification"] = asked
            return self._say(update, turn, t(wording.TOO_MANY_CODES))
        if sent_to is None:
            update["verification"] = None
            brand = self._services.scenario.brand
            return self._say(update, turn, wording.no_contact_for_code(brand))
        update["verification"] = {**asked, "code_sent_to": sent_to}
        return self._say(update, turn, wording.ask_for_code(sent_to))

    async def _passed(
        self,
        state: State,
        update: dict[str, Any],
        turn: TurnState,
        asked: Verification,
        customer_id: str,
        rung: Rung,
    ) -> Command[Next]:
        """Up the ladder: the address is bound, and what waited for it may run."""
        channel = Channel(turn["channel"])
        await self._directory.raise_to(channel, turn["address"], customer_id, rung)
        moved = customer_id != turn["customer_id"]
        waiting = asked.get("call")
        if waiting and not moved and int(rung) < asked.get("rung", 0):
            return await self._send_code(update, {**turn, "rung": int(rung)}, asked)
        turn = {**turn, "rung": int(rung), "call": _for_whom(waiting, moved=moved)}
        update["verification"] = None
        if not waiting and (wish := wish_of(state["messages"], turn["key"])):
            update["messages"] = [HumanMessage(wish, id=turn["key"])]
        if moved:
            turn = {**turn, "move_to": customer_id, "over": True}
            return Command(update={**update, "turn": turn}, goto="remember")
        if waiting:
            first_name = (state.get("customer") or {}).get("first_name", "")
            turn = with_text(turn, wording.thanks_verified(first_name))
            return Command(update={**update, "turn": turn}, goto="tools")
        return self._on(state, update, turn)

    @staticmethod
    def _on(state: State, update: dict[str, Any], turn: TurnState) -> Command[Next]:
        goto: Next = "settle" if state.get("pending") else "channel_router"
        return Command(update={**update, "turn": turn}, goto=goto)

    @staticmethod
    def _say(update: dict[str, Any], turn: TurnState, text: str) -> Command[Next]:
        messages = [*update.get("messages", []), of_turn(AIMessage(text), turn)]
        turn = {**with_text(turn, text), "over": True}
        return Command(update={**update, "messages": messages, "turn": turn}, goto="remember")


def _beside_the_code(asked: Verification, answer: Answer) -> bool:
    """Whether a figure that stands in other words is no factor: a code is awaited, not one."""
    waits = bool(asked.get("code_sent_to")) and not asked.get("account_number")
    return waits and answer.offhand and not (answer.code or answer.wants_code)


def still_needed(asked: Verification) -> str:
    return wording.still_needed(
        sent_to=asked.get("code_sent_to"), account_number=asked.get("account_number")
    )


def _told_last(state: State) -> str:
    told = (m.text for m in reversed(state["messages"]) if isinstance(m, AIMessage) and m.text)
    return next(told, "").rstrip()


def _with(state: State, update: dict[str, Any], turn: TurnState) -> State:
    return {**state, **update, "turn": turn}  # type: ignore[typeddict-item]


def _for_whom(call: Deferred | None, *, moved: bool) -> Deferred | None:
    """The call that waited. A yes given as somebody else does not come along."""
    if call is None or not moved:
        return call
    return {"tool": call["tool"], "args": call["args"], "agent": call["agent"]}


def _run_of(tool: str, result: Result) -> ToolRun:
    status: Literal["done", "ask_again", "cannot"] = "done"
    if isinstance(result, AskAgain):
        status = "ask_again"
    elif isinstance(result, Cannot):
        status = "cannot"
    return ToolRun(name=tool, args={}, status=status)


def _say_of(result: Result) -> str:
    """What a refused check is answered with."""
    next_step = result.next if isinstance(result, Cannot) else ""
    return " ".join(part for part in (getattr(result, "say", ""), next_step) if part)
