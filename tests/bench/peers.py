"""Servers that a user would pick instead: installed from their registries where these are reached, else left out loudly."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chain import free_port
from client import Client
from measure import Item
from peer_packages import PLACE
from people import PATCH, user
from stack import Stack
from wrk import Script, wrk

HERE = Path(__file__).resolve().parent
TOKEN = "a-token-of-the-benchmark"
STARTED: list[subprocess.Popen[bytes]] = []


@dataclass
class Peer:
    """One that is up."""

    name: str
    base: str
    process: subprocess.Popen[bytes]
    # Whose CPU time is the server's.
    pid_name: str
    # Its group of a thousand, if members of groups can be changed.
    group: str = ""


def _spawn(command: list[Any], directory: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=directory,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    STARTED.append(process)
    return process


def stop() -> None:
    """Ends every peer that was started."""
    while STARTED:
        process = STARTED.pop()
        process.terminate()
        process.wait(timeout=20)


def django(stack: Stack, users: int) -> Peer:
    """django-scim2 with its own database on the stack's PostgreSQL."""
    stack.sql("postgres", "DROP DATABASE IF EXISTS peer")
    stack.sql("postgres", "CREATE DATABASE peer")
    python, port = PLACE / "python/bin/python", free_port()
    environment = {"DATABASE_URL": stack.url("peer"), "TOKEN": TOKEN, "DJANGO_SETTINGS_MODULE": "directory.settings"}
    environment["PYTHONPATH"] = str(HERE / "peers")
    load = [str(python), str(HERE / "peers/directory/load.py"), str(users)]
    done = subprocess.run(
        load, check=True, env={**os.environ, **environment}, capture_output=True, text=True, timeout=600
    )
    command = [
        python,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "2",
        "-k",
        "gthread",
        "--threads",
        "8",
        "--log-level",
        "critical",
    ]
    command.append("django.core.wsgi:get_wsgi_application()")
    process = _spawn(command, HERE / "peers", environment)
    return Peer("django", f"http://127.0.0.1:{port}/scim/v2", process, "gunicorn", done.stdout.split()[-1])


def scim2_server(_: Stack, users: int) -> Peer:
    """scim2-server, filled through its own door."""
    port = free_port()
    command = [PLACE / "python/bin/scim2-server", "--port", port, "--bearer-token", TOKEN]
    process = _spawn(command, PLACE, {})
    peer = Peer("scim2_server", f"http://127.0.0.1:{port}/v2", process, "python")
    client = Client(peer.base, TOKEN)
    wait(client)
    for number in range(users):
        client.ask("POST", "/Users", user(number))
    return peer


def scimmy(_: Stack, users: int) -> Peer:
    """scimmy-routers under express."""
    port, place = free_port(), PLACE / "node"
    script = place / "scimmy.mjs"
    script.write_text((HERE / "peers/scimmy.mjs").read_text())
    process = _spawn(["node", script, port, TOKEN, users], place, {"NODE_ENV": "production"})
    return Peer("scimmy", f"http://127.0.0.1:{port}/scim/v2", process, "node", "g1")


def wait(client: Client) -> None:
    for _ in range(100):
        try:
            if client.send("GET", "/Users?count=1")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("it does not answer")


def scripts(peer: Peer, client: Client, users: int, work: Path) -> dict[str, Script]:
    """The requests that it and Muster both answer, by the names of Muster's rows."""
    path = client.path
    listed = client.ask("GET", "/Users?startIndex=1&count=100")
    ids = [resource["id"] for resource in listed["Resources"]]
    headers = [f"Authorization: Bearer {TOKEN}"]
    names = [f"person.{n * 7919 % users}@example.com" for n in range(500)]

    def patch(operations: list[dict[str, Any]]) -> str:
        return json.dumps({"schemas": [PATCH], "Operations": operations}, separators=(",", ":"))

    lines = {
        "get": [f"GET\t{path}/Users/{id}" for id in ids],
        "by_user_name": [f"GET\t{path}/Users?filter={quote(f'userName eq {json.dumps(name)}')}" for name in names],
        "list_first": [f"GET\t{path}/Users?startIndex=1&count=100"],
        "patch_active": [
            f"PATCH\t{path}/Users/{id}\t" + patch([{"op": "replace", "path": "active", "value": value}])
            for value in (False, True)
            for id in ids
        ],
        "post": [f"POST\t{path}/Users\t" + json.dumps(user("new.@N@"), separators=(",", ":"))],
    }
    if peer.group:
        lines["join_1000"] = [
            f"PATCH\t{path}/Groups/{peer.group}\t" + patch([{"op": op, "path": "members", "value": [{"value": id}]}])
            for place in range(len(ids))
            for op, id in (("remove", ids[place]), ("add", ids[place - 40]))
        ]
    return {name: Script.write(work / f"{peer.name}_{name}.requests", found, headers) for name, found in lines.items()}


def check(client: Client, scripts_of: dict[str, Script]) -> dict[str, str]:
    """Which of the requests it does not answer well."""
    faults = {}
    for name, script in scripts_of.items():
        method, path, *body = script.path.read_text().split("\n", 1)[0].replace("@N@", "0").split("\t")
        status, answer = client.send(method, path, body[0] if body else None)
        if not 200 <= status < 300:
            faults[name] = f"{method} {path}: {status} {answer[:200]!r}"
        elif name == "by_user_name" and json.loads(answer).get("totalResults") != 1:
            faults[name] = "it does not find the user"
        elif name == "list_first" and len(json.loads(answer)["Resources"]) < 100:
            faults[name] = f"a page of {len(json.loads(answer)['Resources'])}"
    return faults


def items(peer: Peer, stack: Stack, scripts_of: dict[str, Script]) -> list[Item]:
    """What can be run."""
    pids = {peer.pid_name: peer.process.pid}
    if peer.name == "django":
        pids["postgres"] = stack.pids()["postgres"]
    root = peer.base.rsplit("/", 1)[0]
    return [
        Item(
            f"{peer.name}:{name}", lambda count, seconds, script=script: wrk(root, script, count, seconds), lambda: pids
        )
        for name, script in scripts_of.items()
    ]
