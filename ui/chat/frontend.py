"""Chainlit made ours: its folder, its settings, its page without outside requests, its mount.

Chainlit takes its settings from a folder and from the environment, when it is imported. The
folder is written below the data folder, from the files under `static/chat`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from html import escape as html_escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.language import speaking, spoken, t
from tools.speech import listed
from ui.assets import Assets
from ui.chat.uploads import forget_files
from ui.chat.words import CHAINLIT, OVERRIDES
from ui.gate import CHAT
from ui.health import models_of
from ui.pages.brand import brand_icon, brand_style

if TYPE_CHECKING:
    from chainlit.config import ChainlitConfig

    from app.build import App

STATIC = Path(__file__).parents[1] / "static" / "chat"
LOOK = Path(__file__).parents[1] / "static" / "pages" / "look.css"
TARGET = Path(__file__).parent / "handlers.py"
_WORDED = (f"{CHAT}/project/translations", f"{CHAT}/project/settings")
_ROOT = '<div id="root"></div>'  # where Chainlit's page is put by its scripts
# What Chainlit's page would fetch from elsewhere: fonts, and styles for formulas.
_OUTSIDE = re.compile(r"<link\b[^>]*\bhref=\"https?://[^>]*>\s*")


def load(data_dir: Path) -> None:
    """Import Chainlit, which takes seconds, with its folder below the data folder.

    Blocks; may run in a thread while the stores start. Raises RuntimeError if Chainlit was imported
    without it: it has taken the working directory for its folder then.
    """
    root = (data_dir / "chat").resolve()
    loaded = sys.modules.get("chainlit.config")
    if loaded is not None and Path(loaded.APP_ROOT).name != root.name:
        raise RuntimeError("chainlit was imported before ui.chat.frontend.load")
    root.mkdir(parents=True, exist_ok=True)
    # The one place that writes the environment: Chainlit reads nothing else.
    os.environ.update(
        CHAINLIT_APP_ROOT=str(root),
        CHAINLIT_ENV_FILE=os.devnull,
        TRACELOOP_TELEMETRY="false",
    )
    _write_config(root)
    importlib.import_module("chainlit.server")


def mount(web: FastAPI, path: str, app: App, secret: str) -> None:
    """Mount the chat. `secret` signs Chainlit's own tokens."""
    load(app.settings.data_dir)
    from chainlit import server
    from chainlit.config import APP_ROOT, config, load_module
    from chainlit.utils import mount_chainlit

    os.environ["CHAINLIT_AUTH_SECRET"] = secret
    _write_files(Path(APP_ROOT), app)
    forget_files(Path(APP_ROOT))
    _apply(config, app)
    if not getattr(server.get_html_template, "is_ours", False):
        server.get_html_template = _made_ours(server.get_html_template)
    scripts = Path(server.build_dir) / "assets"
    packed = app.settings.data_dir / "packed"
    web.mount(f"{path}/assets", Assets(scripts, packed=packed, hashed=True))
    if server.app.middleware_stack is None:
        mount_chainlit(web, str(TARGET), path)
    else:  # it has been served before, by another site of this process
        load_module(str(TARGET))
        web.mount(path, server.app)
    web.add_middleware(InPageLanguage)


def token_of(identifier: str) -> str:
    """Chainlit's own token for one of its users."""
    import chainlit as cl
    from chainlit.auth import create_jwt

    return str(create_jwt(cl.User(identifier=identifier, display_name="You")))


def page_of(path: str) -> str:
    """The HTML of the chat's page, mounted at `path`."""
    from chainlit import server

    return str(server.get_html_template(path))  # type: ignore[no-untyped-call]


def describe(app: App) -> str:
    """Which model answers, in a plain sentence."""
    models = {it["model"]: it["where"] for it in models_of(app)}
    if not models:
        return t("Answers come from a scripted model.")
    if set(models) == {"local"}:
        return t(
            "Answers come from the embedded model: a classifier with templates, no language model."
        )
    names = listed([f"{name} ({where})" for name, where in models.items()])
    return t("Answers come from {models}.", models=names)


class InPageLanguage:
    """Chainlit's page asks for words in the browser's language, and is answered in the page's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _WORDED:
            scope = {**scope, "query_string": f"language={CHAINLIT[spoken()]}".encode()}
        await self._app(scope, receive, send)


def _write_config(root: Path) -> None:
    folder = root / ".chainlit"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(STATIC / "config.toml", folder / "config.toml")


def _write_files(root: Path, app: App) -> None:
    """What the page loads: theme, styles, widgets, avatars, its words, its read-me."""
    public = root / "public"
    for folder in ("elements", "avatars"):
        shutil.copytree(STATIC / folder, public / folder, dirs_exist_ok=True)
    for name in ("theme.json", "chat.js"):
        shutil.copyfile(STATIC / name, public / name)
    (public / "favicon.svg").write_text(brand_icon(app.scenario.brand), "utf-8")
    _write_style(public / "chat.css", app)
    for language, name in CHAINLIT.items():
        with speaking(language):
            _write_words(root / ".chainlit" / "translations" / f"{name}.json", app)
            about = Template((STATIC / f"about.{language}.md").read_text("utf-8"))
            (root / f"chainlit_{name}.md").write_text(about.substitute(_values(app)), "utf-8")


def _write_style(path: Path, app: App) -> None:
    """The look that pages and chat share, the chat's own, and the brand's name for its header."""
    name_in_css = json.dumps(app.scenario.brand.name, ensure_ascii=False)
    style = "\n".join(file.read_text("utf-8") for file in (LOOK, STATIC / "chat.css"))
    colours = brand_style(app.scenario.brand)
    path.write_text(f"{style}\n{colours}:root {{ --tl-brand: {name_in_css}; }}\n", "utf-8")


def _write_words(path: Path, app: App) -> None:
    """Chainlit's own words, with ours in the place of those that don't fit."""
    from chainlit.config import TRANSLATIONS_DIR

    words = json.loads((Path(TRANSLATIONS_DIR) / path.name).read_text("utf-8"))
    values = _values(app)
    for key, text in OVERRIDES.items():
        *branches, leaf = key.split(".")
        place = words
        for branch in branches:
            place = place[branch]
        place[leaf] = t(text, **values) if text else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(words, ensure_ascii=False, indent=1), "utf-8")


def _values(app: App) -> dict[str, str]:
    """What our texts may name."""
    brand = app.scenario.brand
    return {
        "brand": brand.name,
        "phone": brand.phone,
        "emergency_phone": brand.emergency_phone,
        "model": describe(app),
    }


def _apply(config: ChainlitConfig, app: App) -> None:
    base_url = app.settings.base_url
    config.project.allow_origins = [base_url]
    config.ui.logo_file_url = "/static/favicon.svg"
    config.ui.name = app.scenario.brand.name
    config.ui.description = f"Chat with {app.scenario.brand.name}"
    config.ui.custom_meta_url = base_url
    config.ui.custom_meta_image_url = f"{base_url}/static/favicon.svg"


def _opening() -> str:
    """Whose chat it is: seen at once, until the chat's scripts put themselves in its place."""
    from chainlit.config import config

    name = html_escape(config.ui.name)
    return f'<div class="tl-opening"><img src="{config.ui.logo_file_url}" alt="">{name}</div>'


def _made_ours(template: Callable[[str], str]) -> Callable[[str], str]:
    """Chainlit's page, less its links to other sites, in the language that is spoken."""

    def ours(root_path: str) -> str:
        html = _OUTSIDE.sub("", template(root_path))
        html = html.replace(_ROOT, _ROOT.replace("><", f">{_opening()}<"), 1)
        return html.replace('<html lang="en">', f'<html lang="{spoken()}">', 1)

    ours.is_ours = True  # type: ignore[attr-defined]
    return ours
