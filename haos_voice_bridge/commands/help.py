"""`!voice help`: what this person may do here; `help <command>`: one of them in full."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.rights import may_run
from haos_voice_bridge.core.text import clipped

_RIGHTS = {
    "anyone": "everybody",
    "join": "who may join calls",
    "start": "who may start calls",
    "moderate": "who moderates calls here",
    "set_up": "who may change this room's settings",
    "admin": "admins of the bridge",
}


def answer(request: Request, commands: Sequence[Command]) -> tuple[Answer, ...]:
    """The list, or the command that was asked about."""
    wanted = request.line.words[:1]
    if not wanted:
        return (_listed(request, [c for c in commands if _is_shown(request, c)]),)
    name = wanted[0].lower().removeprefix(request.prefix.lower())
    for command in commands:
        if name in command.names:
            return (_in_full(request, command),)
    return (request.reply(f"There is no command “{clipped(wanted[0])}”. Type: {request.lead}help"),)


def _is_shown(request: Request, command: Command) -> bool:
    return may_run(request, command) and (command.works_in_direct or not request.is_direct)


def _listed(request: Request, commands: Sequence[Command]) -> Answer:
    text, html = [], []
    for section, group in groupby(commands, lambda command: command.section):
        lines = [(f"{request.lead}{command.usage}", command.summary) for command in group]
        text += [f"{section}", *(f"  {usage}: {summary}" for usage, summary in lines)]
        items = "".join(f"<li><code>{escape(u)}</code>: {escape(s)}</li>" for u, s in lines)
        html.append(f"<p><b>{section}</b></p><ul>{items}</ul>")
    last = f"More on one of them: {request.lead}help <command>"
    if request.is_direct:
        last += f". Commands about a room start with {request.prefix} and are typed in that room."
    return request.reply("\n".join([*text, last]), "".join([*html, f"<p>{escape(last)}</p>"]))


def _in_full(request: Request, command: Command) -> Answer:
    lead = "" if request.is_direct and command.works_in_direct else f"{request.prefix} "
    facts = [f"{lead}{command.usage}", command.summary[:1].upper() + command.summary[1:] + "."]
    facts += [f"Example: {lead}{example}" for example in command.examples]
    if command.aliases:
        facts.append("Also: " + ", ".join(command.aliases))
    facts.append(f"For {_RIGHTS[command.right]}.")
    first, *others = map(escape, facts)
    html = f"<code>{first}</code><br>" + "<br>".join(others)
    return request.reply("\n".join(facts), html)
