"""What a checkup of the installation found, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check.

    Attributes:
        advice: The next step, where one is needed.
        detail: For the admin's own terminal: it may name addresses, which a room must not read.
    """

    level: Level
    text: str
    advice: str = ""
    detail: str = ""


def summary(findings: Sequence[Finding]) -> str:
    """All of it in one line."""
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    if not errors and not warnings:
        return "Checkup: all is well."
    return f"Checkup: errors: {errors}, warnings: {warnings}."


def report(findings: Sequence[Finding]) -> tuple[str, str]:
    """The answer in a room, as text and as HTML."""
    head = summary(findings)
    lines = [f"{finding.level}: {_told(finding)}" for finding in findings]
    items = "".join(
        f"<li><b>{finding.level}</b>: {escape(_told(finding))}</li>" for finding in findings
    )
    return "\n".join([head, *(f"  {line}" for line in lines)]), f"{escape(head)}<ul>{items}</ul>"


def _told(finding: Finding) -> str:
    return f"{finding.text} {finding.advice}".rstrip()
