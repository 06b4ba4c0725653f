"""Our web client as the bridge serves it, hosted as a widget by a Matrix client."""

from pathlib import Path

import pytest

from tests.e2e.element_call.conftest import call, chromium, element_call, host_url
from tests.e2e.web_widget.voice_widget import VoiceWidget

__all__ = ["call", "chromium", "element_call", "host_url"]

DIST = Path(__file__).parents[3] / "web" / "dist"


@pytest.fixture
def widget(stack, chromium, host_url, request):
    """`await widget(alice, room_id)`: their widget, opened and not in the call yet."""
    shared = []

    async def opened(person, room_id, *, browser=None, size=(900, 700), **parameters):
        if not (DIST / "index.html").is_file():
            pytest.fail("web/dist is missing: run `make web` first")
        if browser is None and not shared:
            shared.append(await chromium())
        width, height = size
        context = await (browser or shared[0]).new_context(
            viewport={"width": width, "height": height}
        )
        made = await VoiceWidget.at(context, host_url, person, room_id, stack.info, parameters)
        made.test = request.node.name
        return made

    return opened
