"""Runs rows and limits in turn, round by round, and takes the medians."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from processes import Watch, memory_mib
from stack import SERVICES, Stack

# Fewer changes than this share of the requests: some changed nothing, and were not what is to be measured.
CHANGED = 0.97


@dataclass
class Item:
    """Something that is run for a time with so many connections."""

    name: str
    run: Callable[[int, float], dict[str, Any]]
    pids: Callable[[], dict[str, int]]
    # Database whose change log is to grow by one entry per request.
    changes: str = ""
    # So many requests of a run may change nothing, since the run before ended elsewhere.
    idle: int = 0


class Measurements:
    """Every run, by item and connections."""

    def __init__(self, stack: Stack, note: Callable[[str], None]):
        self.stack, self.note = stack, note
        self.runs: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.faults: list[str] = []
        self.loaded_mib = 0.0

    def rounds(self, items: list[Item], rounds: int, connections: dict[int, float]) -> None:
        """Each item in turn at each number of connections, for its seconds, so many times."""
        self.stack.sql("postgres", "CHECKPOINT")
        for item in items:
            item.run(max(connections), 1)
        for number in range(rounds):
            for count, seconds in connections.items():
                for item in items:
                    self.once(item, count, seconds)
            self.note(f"   round {number + 1}: " + ", ".join(self._short(item.name, 16) for item in items))

    def once(self, item: Item, connections: int, seconds: float) -> None:
        """One run."""
        entries = self._entries(item)
        watch = Watch(item.pids())
        result = item.run(connections, seconds)
        result["cpu_ms"] = {name: 1000 * taken / max(1, result["requests"]) for name, taken in watch.taken().items()}
        result["per_second"] = result["requests"] / result["seconds"]
        if not result["requests"]:
            self.faults.append(f"{item.name} at {connections}: no answer in {seconds:.0f} s")
        if result["errors"]:
            self.faults.append(f"{item.name} at {connections}: {result['errors']} errors of {result['requests']}")
        if item.changes and self._entries(item) - entries < CHANGED * result["requests"] - connections - item.idle:
            self.faults.append(
                f"{item.name} at {connections}: {self._entries(item) - entries} changes of {result['requests']}"
            )
        services = sum(memory_mib(self.stack.pids()[name]) for name in SERVICES)
        self.loaded_mib = max(self.loaded_mib, services)
        self.runs.setdefault((item.name, connections), []).append(result)

    def _entries(self, item: Item) -> int:
        if not item.changes:
            return 0
        # Others follow from these, such as invitations.
        kind = {"identity": "user.%", "group": "group.%"}[item.changes]
        return self.stack.number(item.changes, f"SELECT count(*) FROM changes WHERE kind LIKE '{kind}'")

    def median(self, name: str, connections: int) -> dict[str, Any] | None:
        """The medians over the rounds."""
        runs = self.runs.get((name, connections))
        if not runs:
            return None
        found: dict[str, Any] = {
            key: statistics.median(run[key] for run in runs) for key in ("per_second", "p50_ms", "p99_ms")
        }
        found["cpu_ms"] = {key: statistics.median(run["cpu_ms"][key] for run in runs) for key in runs[0]["cpu_ms"]}
        found["rounds"] = [round(run["per_second"], 1) for run in runs]
        return found

    def _short(self, name: str, connections: int) -> str:
        runs = self.runs.get((name, connections))
        return f"{name} {runs[-1]['per_second']:.0f}/s" if runs else name
