"""Loads a stack, and brings its statistics into the state that is asked for."""

import time

import people
from client import Client
from people import People
from stack import Stack

# Of the state `small`: how many users there are when statistics are gathered.
FEW = 40


def load(stack: Stack, users: int, sizes: list[int], statistics: str) -> People:
    """`users` people and the joiners, all in teams of a hundred, and groups of the sizes."""
    client = Client(stack.variables["SCIM_BASE_URL"], stack.variables["SCIM_TOKEN"])
    loaded = People()
    begun = time.monotonic()
    loaded.ids = people.load_users(client, 0, FEW, [])
    if statistics == "small":
        people.load_teams(client, loaded.ids, "First team")
        settle(stack)
        stack.analyze(vacuum=False)
    loaded.ids += people.load_users(client, FEW, users - FEW, loaded.ids)
    loaded.joiners = people.load_users(client, users, people.JOINERS, loaded.ids)
    loaded.users_per_second = (users + people.JOINERS) / (time.monotonic() - begun)
    people.load_teams(client, loaded.ids[FEW if statistics == "small" else 0 :] + loaded.joiners, "Team")
    people.load_sized(client, loaded, sizes)
    settle(stack)
    if statistics == "fresh":
        stack.analyze(vacuum=True)
    return loaded


def settle(stack: Stack) -> None:
    """Waits until every change is numbered and `group` has followed `identity`."""
    for _ in range(600):
        waiting = sum(
            stack.number(name, "SELECT count(*) FROM changes WHERE sequence IS NULL") for name in ("identity", "group")
        )
        # What `group` is sent; others move its position once a minute.
        kinds = "kind IN ('user.deleted', 'user.deactivated', 'user.activated')"
        last = stack.number("identity", f"SELECT coalesce(max(sequence), 0) FROM changes WHERE {kinds}")
        if not waiting and stack.number("group", "SELECT sequence FROM feed_position") >= last:
            return
        time.sleep(0.2)
    raise RuntimeError("the change feed does not come to rest")
