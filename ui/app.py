"""The web application: the HTTP API with the page mounted beside it, in one process.

Nothing that it serves asks another host for anything.
"""

import asyncio
import re
import sys
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.routing import Mount

from chat.api import create_api
from chat.problems import handle
from chat.service import Service
from chat.settings import Settings
from ui.evaluations import latest_reports
from ui.page import create_page

_CSS = Path(__file__).with_name("page.css")
_SCRIPT = Path(__file__).with_name("page.js")
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def create_app(service: Service, settings: Settings | None = None) -> FastAPI:
    """The API and the page of a service; paths that the API does not know are the page's.

    Args:
        settings: name the limit of uploads and the folder of reports; the defaults if left out.
    """
    settings = settings or Settings.load()
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # without one the framework makes one for every lock, and closes none
        return asyncio.run(_built(service, settings))
    return _build(service, settings)


async def _built(service: Service, settings: Settings) -> FastAPI:
    return _build(service, settings)


def _build(service: Service, settings: Settings) -> FastAPI:
    api = create_api(service)
    _serve_reports(api, settings.reports)
    page = create_page(service, settings)
    # After every event the queue would load pandas and count all events since the start, for a
    # page of statistics that is off.
    page._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
    app: FastAPI = gr.mount_gradio_app(
        api,
        page,
        path="/",
        theme=_theme(),
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        head=page_head(),
        max_file_size=f"{settings.max_upload_mb}mb",
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
    )
    _answer_with_problems(app)
    return app


def page_head() -> str:
    """The page's own style and script, in one piece with the page: no request of its own.

    The framework's own way for a style puts every rule below its container, so that none could
    depend on what the script notes on the body.
    """
    style = _compact(_CSS.read_text(encoding="utf-8"))
    # Blanks around these mean nothing in a style sheet that has no texts with them.
    style = re.sub(r"\s*([{};,>!])\s*|(:)\s+", r"\1\2", style).replace(";}", "}")
    script = _compact(_SCRIPT.read_text(encoding="utf-8"))
    return f'<style id="pc-style">{style}</style><script>{script}</script>'


def _compact(text: str) -> str:
    """A style sheet or a script without what only its authors read: indents and comment lines."""
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def _serve_reports(app: FastAPI, folder: Path) -> None:
    """The pages of reports, which may hold words of documents: nothing in them may run."""

    def report(name: str) -> Response:
        known = {saved.html.name: saved.html for saved in latest_reports(folder) if saved.html}
        if name not in known:
            raise HTTPException(404, "there is no such report")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
        return FileResponse(
            known[name], media_type="text/html", headers={"Content-Security-Policy": policy}
        )

    app.add_api_route("/reports/{name}", report, include_in_schema=False)


def _answer_with_problems(app: FastAPI) -> None:
    """A path that neither knows is the page's to refuse; it does so in the API's words."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            route.app.add_exception_handler(HTTPException, handle)


def _theme() -> gr.themes.Base:
    """Plain, and with the system's own fonts: Gradio's are fetched from another host."""
    theme = gr.themes.Base(
        primary_hue="teal", neutral_hue="slate", radius_size="lg", font=_SANS, font_mono=_MONO
    )
    # Darker than Gradio's, so that white on a button and grey on white can be read (WCAG AA).
    return theme.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
    )
