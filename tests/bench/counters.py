"""What requests cost in statements, Redis commands and calls, counted one request after the other with the clock off."""

import re
import socket
import time
import urllib.request
from typing import Any
from urllib.parse import unquote, urlsplit

from client import Client
from stack import SERVICES, Stack
from wrk import Script

STATEMENTS = """SELECT d.datname, sum(s.calls), sum(s.plans), sum(s.rows) FROM pg_stat_statements s
JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid
WHERE s.toplevel AND r.rolname = d.datname GROUP BY 1"""


def redis_commands(url: str) -> int:
    """How many commands Redis has executed, less those that ask for it."""
    parts = urlsplit(url)
    password = unquote(parts.password or "")
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(f"AUTH {password}\r\nINFO commandstats\r\nQUIT\r\n".encode())
        text = b""
        while chunk := connection.recv(65536):
            text += chunk
    calls = re.findall(r"cmdstat_([\w|]+):calls=(\d+)", text.decode())
    return sum(int(count) for name, count in calls if name not in ("auth", "info", "quit"))


def calls(stack: Stack) -> dict[str, int]:
    """How many RPCs each method has answered, health checks and streams left out."""
    found: dict[str, int] = {}
    for service in SERVICES:
        with urllib.request.urlopen(stack.variables[f"METRICS_URL_{service.upper()}"], timeout=10) as response:
            text = response.read().decode()
        for labels, count in re.findall(r"^rpc_server_call_duration_seconds_count\{(.*)\} (\d+)", text, re.M):
            method = " ".join(value for value in re.findall(r'"([^"]*)"', labels) if "/" in value or "." in value)
            if "Health" not in method and "Watch" not in method:
                found[method] = found.get(method, 0) + int(count)
    return found


def count(stack: Stack, client: Client, script: Script, requests: int) -> dict[str, Any]:
    """Sends requests one by one; what one costs."""
    lines = script.path.read_text().splitlines()
    redis, rpcs = redis_commands(stack.variables["REDIS_URL"]), calls(stack)
    stack.sql("postgres", "SELECT pg_stat_statements_reset()")
    for number in range(script.sent, script.sent + requests):
        method, path, *rest = lines[number % len(lines)].replace("@N@", str(number + 1)).split("\t")
        status, answer = client.send(method, path, rest[0] if rest and rest[0] else None)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
    script.sent += requests
    # What follows a change on its own belongs to it.
    time.sleep(0.3)
    statements = {row[0]: [int(value) for value in row[1:]] for row in stack.sql("postgres", STATEMENTS)}
    after = calls(stack)
    made = {method: (after[method] - rpcs.get(method, 0)) / requests for method in after}
    return {
        "statements": sum(row[0] for row in statements.values()) / requests,
        "plans": sum(row[1] for row in statements.values()) / requests,
        "rows": sum(row[2] for row in statements.values()) / requests,
        "statements_by_database": {name: round(row[0] / requests, 2) for name, row in statements.items()},
        "redis": (redis_commands(stack.variables["REDIS_URL"]) - redis) / requests,
        "rpcs": sum(made.values()),
        "rpcs_by_method": {method: round(value, 2) for method, value in made.items() if value >= 0.005},
    }
