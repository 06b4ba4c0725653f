"""`!voice join`."""

from dataclasses import replace

from haos_voice_bridge.core.effects import RevokeLinks, SendLink
from haos_voice_bridge.service.links import codes
from tests.fakes.people import ANA, SITE, lounge
from tests.unit.commands.typing import said, typed


def test_a_link_is_owed_under_a_key_of_the_command():
    (link,) = typed("join")
    assert link == SendLink("link:$c", ANA, "Ana", "Lounge", "$c")


def test_links_are_taken_back():
    (back,) = typed("join cancel")
    assert back == RevokeLinks("unlink:$c", ANA, "$c")


def test_no_link_leads_into_a_call_that_is_encrypted_from_end_to_end():
    sealed = replace(lounge(), encrypted=True)
    told = said(typed("join", room=sealed))
    assert "a link cannot take part" in told
    assert "!voice settings encryption off" in told
    assert f"log in at {SITE.public_url}/." in told
    in_clear = replace(lounge(media_encryption=False), encrypted=True)
    assert isinstance(typed("join", room=in_clear)[0], SendLink)


def test_anything_else_is_explained():
    assert "join cancel" in said(typed("join now"))


def test_who_may_not_join_gets_no_link():
    assert "it takes power level 10" in said(typed("join", events={"io.haos.voice.join": 10}))


def test_a_code_is_the_same_again_and_another_for_another_key_or_secret():
    code = codes("secret")("link:$1")
    assert len(code) == 43
    assert code == codes("secret")("link:$1")
    assert len({code, codes("secret")("link:$2"), codes("other")("link:$1")}) == 3
