"""From measurements to JSON."""

import argparse
import os
import platform
import time
from pathlib import Path
from typing import Any

from measure import Measurements
from people import People
from rows import Row
from tables import LIMIT_TITLES


def machine() -> dict[str, Any]:
    """What it ran on."""
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "processor": models[0] if models else platform.machine(),
        "memory_gib": round(memory),
        "load_average": os.getloadavg()[0],
    }


def collect(
    told: argparse.Namespace,
    found: list[Row],
    limits: dict[str, list[str]],
    measurements: Measurements,
    counts: dict[str, Any],
    works: dict[str, Any],
    memory: dict[str, Any],
    loaded: People,
) -> dict[str, Any]:
    """All of it as JSON."""
    plan = told.plan
    rows, limit_rows = {}, {}
    for row in found:
        rows[row.name] = {"title": row.title, "limit": row.limit, "counts": counts[row.name], "at": {}}
        for count in plan.connections:
            mine, limit = measurements.median(row.name, count), measurements.median(row.limit, count)
            rows[row.name]["at"][count] = {
                **(mine or {}),
                "ratio": mine["per_second"] / limit["per_second"] if mine and limit and limit["per_second"] else None,
            }
    for name in [name for names in limits.values() for name in names]:
        medians = {count: measurements.median(name, count) for count in plan.connections}
        if any(medians.values()):
            limit_rows[name] = {"title": LIMIT_TITLES[name], "at": medians}
    return {
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "machine": machine(),
        "quick": told.quick,
        "users": plan.users,
        "statistics": told.statistics,
        "rounds": plan.rounds,
        "seconds": plan.connections,
        "rows": rows,
        "limits": limit_rows,
        "peers": _peers(measurements),
        "works": works,
        "memory": memory,
        "load_users_per_second": loaded.users_per_second,
        "faults": measurements.faults,
    }


def _peers(measurements: Measurements) -> dict[str, Any]:
    """Peer -> row -> medians."""
    found: dict[str, Any] = {}
    for name, count in list(measurements.runs):
        if ":" in name:
            peer, row = name.split(":")
            found.setdefault(peer, {})[row] = measurements.median(name, count)
    return found
