"""The checkpointer under a real graph: right, fenced, and bounded."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Send, interrupt

from contracts.errors import StaleWriter
from stores.memory import Memory
from tests.conformance.conftest import Backend

pytestmark = pytest.mark.conformance

Graph = CompiledStateGraph[Any, Any, Any, Any]


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]
    messages: Annotated[list[AnyMessage], add_messages]
    facts: dict[str, Any]


def config(thread_id: str = "t", **more: Any) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id, **more}}


def ask(state: State) -> dict[str, Any]:
    answer = interrupt({"question": len(state["log"])})
    return {"log": [f"answered {answer}"], "messages": [AIMessage(f"You said {answer}")]}


def ask_twice(state: State) -> dict[str, Any]:
    return {"log": [f"{interrupt('first?')} {interrupt('second?')}"]}


def close(state: State) -> dict[str, Any]:
    return {"log": ["closed"]}


def chain(memory: Memory, *nodes: Any) -> Graph:
    builder = StateGraph(State)
    builder.add_sequence(nodes)
    builder.add_edge(START, nodes[0].__name__)
    return builder.compile(checkpointer=memory.checkpointer)


async def run(graph: Graph, given: Any, where: RunnableConfig) -> Mapping[str, Any]:
    result: Mapping[str, Any] = await graph.ainvoke(given, where, durability="exit")
    return result


async def test_state_goes_on_from_turn_to_turn(memory: Memory, backend: Backend) -> None:
    facts = {"rung": 2, "rate": "TOU-D", "nested": {"list": [1, 2.5, None, True], "text": "“é”"}}
    call = AIMessage("", tool_calls=[{"name": "pay", "args": {"amount": "142.37"}, "id": "c1"}])
    said = [HumanMessage("Pay it", id="h1"), call, ToolMessage("{}", tool_call_id="c1")]
    await run(chain(memory, close), {"log": ["one"], "messages": said, "facts": facts}, config())
    async with backend.open() as other:
        graph = chain(other, close)
        state = (await graph.aget_state(config())).values
        assert state["log"] == ["one", "closed"]
        assert state["facts"] == facts
        assert state["messages"] == said
        result = await run(graph, {"log": ["two"]}, config())
    assert result["log"] == ["one", "closed", "two", "closed"]
    assert (await chain(memory, close).aget_state(config("other"))).values == {}


async def test_a_hundred_interrupts_leave_a_bounded_thread(
    memory: Memory, backend: Backend
) -> None:
    graph = chain(memory, ask, close)
    expected: list[str] = []
    for n in range(100):
        await run(graph, {"log": [f"asked {n}"]}, config())
        expected.append(f"asked {n}")
        snapshot = await graph.aget_state(config())
        assert snapshot.next == ("ask",)
        assert [i.value for i in snapshot.interrupts] == [{"question": len(expected)}]
        assert backend.kept() <= 3
        resumed = await run(graph, Command(resume=f"yes {n}"), config())
        expected += [f"answered yes {n}", "closed"]
        assert resumed["log"] == expected
        assert backend.kept() == 1
    assert not (await graph.aget_state(config())).interrupts


async def test_an_unanswered_question_is_left_behind(memory: Memory, backend: Backend) -> None:
    graph = chain(memory, ask, close)
    for n in range(20):
        await run(graph, {"log": [f"asked {n}"]}, config())
    snapshot = await graph.aget_state(config())
    assert snapshot.values["log"] == [f"asked {n}" for n in range(20)]
    assert [i.value for i in snapshot.interrupts] == [{"question": 20}]
    assert backend.kept() <= 3


async def test_an_answer_on_another_channel_at_another_process(
    memory: Memory, backend: Backend
) -> None:
    await run(chain(memory, ask, close), {"log": ["asked"]}, config(channel="voice"))
    async with backend.open() as other:
        done = await run(chain(other, ask, close), Command(resume="yes"), config(channel="sms"))
    assert done["log"] == ["asked", "answered yes", "closed"]


async def test_two_questions_of_one_node(memory: Memory, backend: Backend) -> None:
    graph = chain(memory, ask_twice, close)
    for _ in range(10):
        halted = await run(graph, {"log": ["go"]}, config())
        assert [i.value for i in halted["__interrupt__"]] == ["first?"]
        halted = await run(graph, Command(resume="a"), config())
        assert [i.value for i in halted["__interrupt__"]] == ["second?"]
        assert (await run(graph, Command(resume="b"), config()))["log"][-2:] == ["a b", "closed"]
    assert backend.kept() == 1


async def test_parallel_tasks_keep_what_is_done_while_one_asks(memory: Memory) -> None:
    ran: list[str] = []

    def split(state: State) -> list[Send]:
        return [Send("part", {"facts": {"name": name}}) for name in "abc"]

    def part(state: State) -> dict[str, Any]:
        name = state["facts"]["name"]
        ran.append(name)
        return {"log": [f"{name} {interrupt(name) if name == 'b' else 'done'}"]}

    builder = StateGraph(State)
    builder.add_node("part", part)
    builder.add_conditional_edges(START, split, ["part"])
    graph: Graph = builder.compile(checkpointer=memory.checkpointer)
    await run(graph, {"log": []}, config())
    result = await run(graph, Command(resume="answered"), config())
    assert result["log"] == ["a done", "b answered", "c done"]
    assert ran == ["a", "b", "c", "b"]


async def test_an_interrupted_subgraph(memory: Memory, backend: Backend) -> None:
    inner = StateGraph(State)
    inner.add_node("first", lambda state: {"log": ["inner"]})
    inner.add_node("ask", ask)
    inner.add_edge(START, "first")
    inner.add_edge("first", "ask")
    builder = StateGraph(State)
    builder.add_node("inner", inner.compile())
    builder.add_edge(START, "inner")
    builder.add_edge("inner", END)
    graph: Graph = builder.compile(checkpointer=memory.checkpointer)
    for n in range(10):
        where = config(str(n % 2))
        await run(graph, {"log": ["go"]}, where)
        assert (await graph.aget_state(where)).interrupts
        result = await run(graph, Command(resume=n), where)
        assert result["log"][-1] == f"answered {n}"
    assert backend.kept() == 2


async def test_a_stale_writer_is_refused(memory: Memory) -> None:
    graph = chain(memory, close)
    async with memory.lock.hold("t", wait_s=1) as old:
        await run(graph, {"log": ["first"]}, config(fence=old.fence))
    async with memory.lock.hold("t", wait_s=1) as new:
        with pytest.raises(StaleWriter):
            await run(graph, {"log": ["late"]}, config(fence=old.fence))
        await run(graph, {"log": ["second"]}, config(fence=new.fence))
    async with memory.lock.hold("other", wait_s=1):
        await run(graph, {"log": ["third"]}, config(fence=new.fence))
    state = await graph.aget_state(config())
    assert state.values["log"] == ["first", "closed", "second", "closed", "third", "closed"]


async def test_a_stale_question_is_refused(memory: Memory) -> None:
    graph = chain(memory, ask, close)
    async with memory.lock.hold("t", wait_s=1) as old:
        await run(graph, {"log": ["asked"]}, config(fence=old.fence))
    async with memory.lock.hold("t", wait_s=1):
        with pytest.raises(StaleWriter):
            await run(graph, Command(resume="late"), config(fence=old.fence))
        with pytest.raises(StaleWriter):
            await run(graph, {"log": ["later"]}, config(fence=old.fence))
        snapshot = await graph.aget_state(config())
    assert snapshot.values["log"] == ["asked"]
    assert [i.value for i in snapshot.interrupts] == [{"question": 1}]


async def test_writes_of_another_checkpoint_are_not_taken_for_current(memory: Memory) -> None:
    """A process that died between a turn's checkpoint and its writes, or a late one."""
    graph = chain(memory, ask, close)
    await run(graph, {"log": ["asked"]}, config())
    found = await memory.checkpointer.aget_tuple(config())
    assert found is not None
    assert found.pending_writes
    place = {**found.config["configurable"], "checkpoint_id": "1f000000-dead"}
    await memory.checkpointer.aput_writes(
        {"configurable": place}, [("log", ["late"])], "some task", "~path"
    )
    again = await memory.checkpointer.aget_tuple(config())
    assert again is not None
    assert again.pending_writes == found.pending_writes


async def test_a_cancelled_write_leaves_nothing_open(memory: Memory) -> None:
    graph = chain(memory, close)
    await run(graph, {"log": ["first"]}, config())
    found = await memory.checkpointer.aget_tuple(config())
    assert found is not None
    for steps in range(20):  # cancelled at differing points of the write
        checkpoint = {**found.checkpoint, "id": f"{found.checkpoint['id'][:-4]}{steps:04}"}
        writing = asyncio.create_task(
            memory.checkpointer.aput(found.config, checkpoint, found.metadata, {})  # type: ignore[arg-type]
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert (await run(graph, {"log": ["second"]}, config()))["log"][-2:] == ["second", "closed"]


async def test_two_processes_write_different_threads_at_once(
    memory: Memory, backend: Backend
) -> None:
    async with backend.open() as other:
        graphs = [chain(memory, ask, close), chain(other, ask, close)]
        await asyncio.gather(
            *(run(graphs[n % 2], {"log": [str(n)]}, config(str(n))) for n in range(20))
        )
        results = await asyncio.gather(
            *(run(graphs[(n + 1) % 2], Command(resume=n), config(str(n))) for n in range(20))
        )
    assert [result["log"] for result in results] == [
        [str(n), f"answered {n}", "closed"] for n in range(20)
    ]


async def test_state_can_be_updated_from_outside(memory: Memory, backend: Backend) -> None:
    graph = chain(memory, ask, close)
    await run(graph, {"log": ["asked"]}, config())
    await graph.aupdate_state(config(), {"log": ["updated"]}, as_node="ask")
    snapshot = await graph.aget_state(config())
    assert snapshot.values["log"] == ["asked", "updated"]
    assert snapshot.next == ("close",)
    assert not snapshot.interrupts
    assert (await run(graph, None, config()))["log"] == ["asked", "updated", "closed"]
    await graph.aupdate_state(config("new"), {"log": ["made"]}, as_node="close")
    assert (await graph.aget_state(config("new"))).values["log"] == ["made"]
    assert backend.kept() == 2


async def test_history_is_the_last_checkpoint(memory: Memory) -> None:
    graph = chain(memory, close)
    for n in range(3):
        await run(graph, {"log": [str(n)]}, config())
    history = [snapshot async for snapshot in graph.aget_state_history(config())]
    assert [len(snapshot.values["log"]) for snapshot in history] == [6]
    saver = memory.checkpointer
    assert [t async for t in saver.alist(config(), filter={"source": "update"})] == []
    assert [t async for t in saver.alist(config("nobody"))] == []
    everyone = [found.config["configurable"]["thread_id"] async for found in saver.alist(None)]
    assert everyone == ["t"]


async def test_deleting_a_thread(memory: Memory, backend: Backend) -> None:
    graph = chain(memory, ask, close)
    for thread_id in ("t", "u"):
        await run(graph, {"log": ["asked"]}, config(thread_id))
    kept = backend.kept()
    await memory.checkpointer.adelete_thread("t")
    assert backend.kept() == kept / 2
    assert (await graph.aget_state(config("t"))).values == {}
    assert (await graph.aget_state(config("u"))).values["log"] == ["asked"]
    await memory.checkpointer.adelete_thread("u")
    assert backend.kept() == 0
