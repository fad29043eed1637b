"""`throughline operator`: who may use the pages at /config/."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console
from contracts.errors import BadInput

if TYPE_CHECKING:
    from rich.table import Table

    from app.build import App
    from app.operators import OperatorAccounts
    from contracts.records import Operator


class Action(StrEnum):
    LIST = "list"
    ADD = "add"
    PASSWORD = "password"
    ROLE = "role"
    OFF = "off"
    ON = "on"
    TOKEN = "token"


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


def command(
    ctx: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    name: Annotated[str, typer.Argument(help="Whose account.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    label: Annotated[str, typer.Option(help="What a token is for.")] = "a program",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List those who may use /config/, add one, or change one. A password is asked for on a
    terminal, and read from standard input elsewhere."""
    shell: Shell = ctx.obj
    if action is Action.LIST:
        _show(shell.run(lambda app: _accounts(app).all()), as_json)
        return
    if not name:
        raise BadInput(f"say whose account: throughline operator {action} NAME")
    password = _asked() if action in (Action.ADD, Action.PASSWORD) else ""
    print(shell.run(lambda app: _done(_accounts(app), action, name, role, label, password)))


async def _done(
    accounts: OperatorAccounts, action: Action, name: str, role: Role, label: str, password: str
) -> str:
    """Do it; what to print."""
    from contracts.records import Role as Granted

    match action:
        case Action.ADD:
            added = await accounts.add(name, Granted(role.value), password)
            return f"{added.name} may sign in at /config/ as {added.role}."
        case Action.PASSWORD:
            changed = await accounts.set_password(name, password)
            return f"{changed.name} has a new password, and is signed out everywhere."
        case Action.ROLE:
            changed = await accounts.set_role(name, Granted(role.value))
            return f"{changed.name} is {changed.role} now."
        case Action.TOKEN:
            return await accounts.new_token(name, label)
    changed = await accounts.set_active(name, action is Action.ON)
    return f"{changed.name} is switched {action}."


def _accounts(app: App) -> OperatorAccounts:
    from app.operators import OperatorAccounts

    return OperatorAccounts(app.records.operators, app.clock)


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _show(operators: list[Operator], as_json: bool) -> None:
    if as_json:
        for operator in operators:
            print(operator.model_dump_json(include={"name", "role", "active", "created"}))
        return
    nobody = "Nobody yet: throughline operator add NAME --role admin"
    console().print(_table(operators) if operators else nobody, markup=False)


def _table(operators: list[Operator]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("Name", "Role", "Active", "Tokens", "Since")
    for it in operators:
        since = it.created.strftime("%Y-%m-%d")
        tokens = ", ".join(token.label for token in it.tokens)
        cells = (it.name, it.role.value, "yes" if it.active else "no", tokens, since)
        table.add_row(*(Text(cell) for cell in cells))
    return table
