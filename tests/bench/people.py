"""The people and groups that are measured, loaded through the SCIM endpoints."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from client import Client

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
# Users beside the others, who join and leave groups while these are measured.
JOINERS = 1000
TEAM = 100
# So many joiners are in a group at a time; with 64 connections fewer requests than twice as many are under way.
JOINED = 40
# Operations of a bulk request, members of a request.
BULK_SIZE, MEMBERS_AT_ONCE = 100, 20_000
TRIES = 10


def user(number: Any, manager: str | None = None) -> dict[str, Any]:
    """A user as Okta or Entra push one."""
    enterprise = {"employeeNumber": f"E{number}", "department": "Research", "organization": "Example"}
    if manager:
        enterprise["manager"] = {"value": manager}
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"person.{number}@example.com",
        "externalId": f"00u{number}",
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
        "displayName": f"Given{number} Family{number}",
        "title": "Engineer",
        "emails": [{"value": f"person.{number}@example.com", "type": "work", "primary": True}],
        "active": True,
        ENTERPRISE: enterprise,
    }


@dataclass
class People:
    """What was loaded."""

    ids: list[str] = field(default_factory=list)
    joiners: list[str] = field(default_factory=list)
    # Groups by how many members they have.
    sized: dict[int, str] = field(default_factory=dict)
    users_per_second: float = 0.0


def create_in_bulk(client: Client, users: list[dict[str, Any]]) -> list[str]:
    """Creates the users by a bulk request, those for whom there was no time by another; their ids in order."""
    ids: dict[int, str] = {}
    for _ in range(TRIES):
        left = [place for place in range(len(users)) if place not in ids]
        if not left:
            break
        operations = [{"method": "POST", "path": "/Users", "bulkId": str(n), "data": users[n]} for n in left]
        for operation in client.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})["Operations"]:
            if str(operation["status"]) == "201":
                ids[int(operation["bulkId"])] = operation["location"].rsplit("/", 1)[1]
            elif str(operation["status"]) != "503":
                raise RuntimeError(f"a bulk creation failed: {operation}")
    return [ids[place] for place in range(len(users))]


def load_users(client: Client, first: int, count: int, managers: list[str]) -> list[str]:
    """Creates users, each tenth with a manager where there are any, by four bulk requests at once."""
    numbers = range(first, first + count)
    users = [user(n, managers[n % len(managers)] if managers and n % 10 == 0 else None) for n in numbers]
    batches = [users[at : at + BULK_SIZE] for at in range(0, count, BULK_SIZE)]
    with ThreadPoolExecutor(4) as pool:
        return [id for ids in pool.map(lambda batch: create_in_bulk(client, batch), batches) for id in ids]


def create_group(client: Client, name: str, members: list[str]) -> str:
    """Creates a group, the members some thousands at a time."""
    first = [{"value": id} for id in members[:MEMBERS_AT_ONCE]]
    group = client.ask(
        "POST", "/Groups?excludedAttributes=members", {"schemas": [GROUP], "displayName": name, "members": first}
    )
    for at in range(MEMBERS_AT_ONCE, len(members), MEMBERS_AT_ONCE):
        more = [{"value": id} for id in members[at : at + MEMBERS_AT_ONCE]]
        body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": more}]}
        client.ask("PATCH", f"/Groups/{group['id']}?excludedAttributes=members", body)
    return group["id"]


def load_teams(client: Client, ids: list[str], name: str) -> None:
    """A group for each hundred users, named and numbered."""
    teams = [ids[at : at + TEAM] for at in range(0, len(ids), TEAM)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda numbered: create_group(client, f"{name} {numbered[0]}", numbered[1]), enumerate(teams)))


def load_sized(client: Client, people: People, sizes: list[int]) -> None:
    """Groups of given sizes, of users taken at random; and in each the joiners that are the first to leave."""
    generator = random.Random(7)
    for size in sizes:
        members = people.ids if size == len(people.ids) else generator.sample(people.ids, size)
        people.sized[size] = create_group(client, f"Group of {size}", members + people.joiners[-JOINED:])
