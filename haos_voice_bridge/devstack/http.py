"""One HTTP request to a server of the stack; knows neither Matrix nor LiveKit."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever the server sent
        """The body as JSON; `{}` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


def request(
    method: str,
    url: str,
    content: object = None,
    *,
    headers: dict[str, str] | None = None,
    timeout_s: float = 30,
) -> Answer:
    """Send it, with `content` as JSON, and read the answer.

    Raises:
        OSError: Nobody answers (in time).
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = None if content is None else json.dumps(content)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except http.client.HTTPException as error:
        # A server that dies in the middle of an answer is as good as one that gives none.
        raise ConnectionError(f"{url}: {error!r}") from error
    finally:
        connection.close()
