"""The requests to Muster that are measured, and a check that each answer is right."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import people
from client import Client
from people import JOINED, PATCH, People
from wrk import Script

# Reads go over so many users.
SAMPLE = 20_000


@dataclass
class Row:
    """One kind of request."""

    name: str
    title: str
    # The block of rows and limits that are measured in turn.
    block: str
    # The limit it is set against.
    limit: str
    script: Script
    # What is wrong with the answer to the first request; empty: nothing.
    check: Callable[[Client, Any], str]
    # Whether each request is to leave an entry in the change log of this database.
    changes: str = ""
    # So many requests of a run may change nothing, since the run before ended elsewhere.
    idle: int = 0


def sample(loaded: People) -> list[int]:
    """The numbers of the users that are read, in a random order that is always the same."""
    numbers = list(range(len(loaded.ids)))
    random.Random(1).shuffle(numbers)
    return numbers[:SAMPLE]


def _reads(base: str, loaded: People) -> list[tuple[str, str, list[str]]]:
    numbers = sample(loaded)

    def look_up(form: str) -> list[str]:
        return [f"GET\t{base}/Users?filter={quote(form.replace('#', str(n)))}" for n in numbers]

    return [
        (
            "get_bare",
            "GET user, `groups` excluded",
            [f"GET\t{base}/Users/{loaded.ids[n]}?excludedAttributes=groups" for n in numbers],
        ),
        ("get", "GET user", [f"GET\t{base}/Users/{loaded.ids[n]}" for n in numbers]),
        ("by_user_name", "look-up by `userName`", look_up('userName eq "person.#@example.com"')),
        ("by_external_id", "look-up by `externalId`", look_up('externalId eq "00u#"')),
        ("by_email", "look-up by work e-mail", look_up('emails[type eq "work"].value eq "person.#@example.com"')),
    ]


def _patch(path: str, operations: list[dict[str, Any]]) -> str:
    return f"PATCH\t{path}\t" + json.dumps({"schemas": [PATCH], "Operations": operations}, separators=(",", ":"))


def _active(base: str, ids: list[str]) -> list[str]:
    """Everybody is deactivated, then everybody activated."""
    return [
        _patch(f"{base}/Users/{id}", [{"op": "replace", "path": "active", "value": value}])
        for value in (False, True)
        for id in ids
    ]


def _joining(base: str, group: str, joiners: list[str]) -> list[str]:
    """One joins, and one who joined before leaves, so late that no two requests under way are of one user."""
    lines = []
    path = f"{base}/Groups/{group}?excludedAttributes=members"
    for place, id in enumerate(joiners):
        left = joiners[(place - JOINED) % len(joiners)]
        lines.append(_patch(path, [{"op": "add", "path": "members", "value": [{"value": id}]}]))
        lines.append(_patch(path, [{"op": "remove", "path": f'members[value eq "{left}"]'}]))
    return lines


def is_user(_: Client, answer: Any) -> str:
    """One user with what was loaded of it."""
    resource = answer["Resources"][0] if "Resources" in answer else answer
    if answer.get("totalResults", 1) != 1 or not resource["userName"].startswith("person."):
        return f"no user: {answer}"
    return ""


def is_user_in_groups(client: Client, answer: Any) -> str:
    """The same, with its team at least."""
    resource = answer["Resources"][0] if "Resources" in answer else answer
    return is_user(client, answer) or ("" if resource.get("groups") else f"no groups: {answer}")


def is_user_without_groups(client: Client, answer: Any) -> str:
    """The same, without groups."""
    return is_user(client, answer) or ("groups are shown" if "groups" in answer else "")


def is_page(total: int) -> Callable[[Client, Any], str]:
    """A hundred users of so many."""

    def check(_: Client, answer: Any) -> str:
        resources = answer["Resources"]
        if answer["totalResults"] != total or len(resources) != 100 or not all("groups" in one for one in resources):
            return f"{len(resources)} of {answer['totalResults']}, not 100 of {total} with groups"
        return ""

    return check


def is_kept(name: str, value: Any) -> Callable[[Client, Any], str]:
    """What was written is answered, and read again."""

    def check(client: Client, answer: Any) -> str:
        again = client.ask("GET", f"/Users/{answer['id']}")
        return "" if answer[name] == again[name] == value else f"{name} is {answer[name]}, then {again[name]}"

    return check


def is_created(client: Client, answer: Any) -> str:
    """The user is there."""
    again = client.ask("GET", f"/Users/{answer['id']}")
    return "" if again["userName"].startswith("person.new.") else f"no new user: {again}"


def is_member(joiner: str) -> Callable[[Client, Any], str]:
    """The joiner is in the group."""

    def check(client: Client, answer: Any) -> str:
        groups = [group["value"] for group in client.ask("GET", f"/Users/{joiner}").get("groups", [])]
        return "" if answer["id"] in groups else "the member is not there"

    return check


def rows(scim_base: str, token: str, loaded: People, directory: Path, total: int) -> list[Row]:
    """All of them, their requests written to the directory; `total` users are there."""
    base = urlsplit(scim_base).path
    headers = [f"Authorization: Bearer {token}"]

    def script(name: str, lines: list[str]) -> Script:
        return Script.write(directory / f"{name}.requests", lines, headers)

    found = []
    for name, title, lines in _reads(base, loaded):
        check = is_user_without_groups if name == "get_bare" else is_user_in_groups
        found.append(Row(name, title, "reads", "chain", script(name, lines), check))
    for name, title, start in (
        ("list_first", "list of 100, first page", 1),
        ("list_last", "list of 100, last page", total - 99),
    ):
        lines = [f"GET\t{base}/Users?startIndex={start}&count=100"]
        found.append(Row(name, title, "lists", "page", script(name, lines), is_page(total)))
    lines = _active(base, loaded.ids[:SAMPLE])
    found.append(
        Row(
            "patch_active",
            "PATCH `active`",
            "patches",
            "update",
            script("patch_active", lines),
            is_kept("active", False),
            "identity",
        )
    )
    lines = [
        _patch(f"{base}/Users/{id}", [{"op": "replace", "path": "displayName", "value": "Name @N@"}])
        for id in loaded.ids[:SAMPLE]
    ]
    found.append(
        Row(
            "patch_attribute",
            "PATCH one attribute",
            "patches",
            "update",
            script("patch_attribute", lines),
            is_kept("displayName", "Name 1"),
            "identity",
        )
    )
    for size, group in loaded.sized.items():
        name, lines = f"join_{size}", _joining(base, group, loaded.joiners)
        title = f"PATCH group ±1 member at {size:,}"
        found.append(Row(name, title, "groups", "member", script(name, lines), is_member(loaded.joiners[0]), "group", 2 * JOINED))
    lines = [f"POST\t{base}/Users\t" + json.dumps(people.user("new.@N@"), separators=(",", ":"))]
    found.append(Row("post", "POST user", "creations", "insert", script("post", lines), is_created, "identity"))
    return found
