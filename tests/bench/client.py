"""HTTP for loading and checking; what is timed is sent by wrk."""

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

# Seconds.
IDLE = 5


class Client:
    """One connection per thread to a SCIM base URL."""

    def __init__(self, base: str, token: str = ""):
        parts = urlsplit(base)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.headers = {"Content-Type": "application/scim+json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.local = threading.local()

    def send(self, method: str, path: str, body: Any = None, timeout: float = 60) -> tuple[int, bytes]:
        """Status and body; `path` follows the base, unless it begins with the base itself."""
        connection = getattr(self.local, "connection", None)
        # The server closes a connection that is idle for long.
        if connection is None or time.monotonic() - self.local.used > IDLE:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
            self.local.connection, self.local.used = connection, time.monotonic()
        if not (self.path and path.startswith(self.path)):
            path = self.path + path
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        headers = self.headers if text is not None else {k: v for k, v in self.headers.items() if k != "Content-Type"}
        try:
            connection.request(method, path, body=text, headers=headers)
            response = connection.getresponse()
            answer = response.status, response.read()
            self.local.used = time.monotonic()
            return answer
        except Exception:
            connection.close()
            self.local.connection = None
            raise

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answered; fails on any status but a good one."""
        status, answer = self.send(method, path, body)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer) if answer else None
