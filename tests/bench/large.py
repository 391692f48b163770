"""Single pieces of large work: bulk creations, PUT and GET of a large group."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import people
from client import Client
from people import GROUP, People
from processes import memory_mib, reset_peak
from stack import SERVICES, Stack


def bulk(client: Client, rounds: int, operations: int) -> dict[str, Any]:
    """Users per second: four bulk requests of so many creations at once, from as many connections."""
    rates = []
    for _ in range(rounds):
        stamp = time.time_ns()
        users = [people.user(f"bulk.{stamp}.{place}") for place in range(4 * operations)]
        batches = [users[at : at + operations] for at in range(0, len(users), operations)]
        begun = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda batch: people.create_in_bulk(client, batch), batches))
        rates.append(len(users) / (time.monotonic() - begun))
    return {
        "users_per_second": statistics.median(rates),
        "operations": operations,
        "rounds": [round(rate, 1) for rate in rates],
    }


def put(stack: Stack, client: Client, loaded: People, size: int, rounds: int) -> dict[str, Any]:
    """PUT of a group with one member in another's place; and how many rows of members that wrote."""
    group = loaded.sized[size]
    members = [member["value"] for member in client.ask("GET", f"/Groups/{group}")["members"]]
    name, times, written = f"Group of {size}", [], []
    outside = [id for id in loaded.joiners if id not in set(members)]
    for number in range(rounds):
        members[number * 7 % len(members)] = outside[number]
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members]}
        before = _member_rows(stack)
        begun = time.monotonic()
        client.ask("PUT", f"/Groups/{group}?excludedAttributes=members", body)
        times.append(1000 * (time.monotonic() - begun))
        # The numbers are passed on once a second.
        time.sleep(1.5)
        written.append(_member_rows(stack) - before)
    answer = client.ask("GET", f"/Groups/{group}")["members"]
    if {member["value"] for member in answer} != set(members):
        raise RuntimeError("after the PUT the members are others")
    return {
        "ms": statistics.median(times),
        "members": size,
        "rows_written": statistics.median(written),
        "rounds": [round(t, 1) for t in times],
    }


def _member_rows(stack: Stack) -> int:
    return stack.number(
        "group", "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'group_members'"
    )


def get(stack: Stack, client: Client, loaded: People, size: int, rounds: int) -> dict[str, Any]:
    """GET of a group with all its members, and by how much the most grown process grew."""
    times, grown = [], {}
    pids = {name: stack.pids()[name] for name in SERVICES}
    for _ in range(rounds):
        before = {name: memory_mib(pid) for name, pid in pids.items()}
        for pid in pids.values():
            reset_peak(pid)
        begun = time.monotonic()
        answer = client.ask("GET", f"/Groups/{loaded.sized[size]}")
        times.append(1000 * (time.monotonic() - begun))
        if len(answer["members"]) < size:
            raise RuntimeError(f"{len(answer['members'])} members, not {size}")
        for name, pid in pids.items():
            grown[name] = max(grown.get(name, 0.0), memory_mib(pid, peak=True) - before[name])
    return {"ms": statistics.median(times), "members": size, "grown_mib": grown, "rounds": [round(t, 1) for t in times]}
