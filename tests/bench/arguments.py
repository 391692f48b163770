"""What the benchmark is told."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from stack import ROOT


@dataclass
class Plan:
    """How much is measured."""

    users: int
    # Members of the groups that are made.
    sizes: list[int]
    rounds: int
    # Connections -> seconds of a run.
    connections: dict[int, float]
    bulk_operations: int
    counted: int
    curve_users: list[int] = field(default_factory=list)
    curve_accounts: list[int] = field(default_factory=list)


QUICK = Plan(10_000, [10, 1000, 10_000], 3, {16: 2, 1: 1, 64: 1}, 250, 50, [1000, 10_000], [1, 100])
FULL = Plan(
    100_000,
    [10, 1000, 10_000, 100_000],
    5,
    {16: 10, 1: 5, 64: 5},
    500,
    200,
    [1000, 10_000, 100_000, 1_000_000],
    [1, 100, 10_000],
)


def parse() -> argparse.Namespace:
    """The command line; `plan` is the plan."""
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures Muster beside the limits of what is under it, in one run."
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer users and shorter runs: under ten minutes on two cores"
    )
    parser.add_argument(
        "--programs", type=Path, metavar="DIR", help="measure these programs, not those of this checkout"
    )
    parser.add_argument("--chain", type=Path, metavar="DIR", help="where the program `chain` is")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        default=[],
        help="one row, block or part: get, lists, bulk, peers, curves, … (again for more)",
    )
    parser.add_argument("--without", action="append", metavar="NAME", default=[], help="leave a row, block or part out")
    parser.add_argument(
        "--statistics",
        choices=["fresh", "none", "small"],
        default="fresh",
        help="PostgreSQL's: gathered after the load; never; or while there were a few dozen rows",
    )
    parser.add_argument("--rounds", type=int, help="how often each is run; the medians count")
    parser.add_argument("--users", type=int, help="how many users the account has")
    parser.add_argument("--seconds", type=float, help="how long a run with 16 connections takes")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", default=ROOT / "target/bench/results", help="where the results go"
    )
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", default=ROOT / "target/bench/stack", help="where the stack keeps its state"
    )
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    if arguments.users:
        plan.users, plan.sizes = (
            arguments.users,
            [size for size in (10, 1000, 10_000, 100_000) if size <= arguments.users],
        )
    plan.rounds = arguments.rounds or plan.rounds
    if arguments.seconds:
        plan.connections[16] = arguments.seconds
    arguments.plan = plan
    return arguments


def is_wanted(arguments: argparse.Namespace, *names: str) -> bool:
    """Whether what has these names is to be measured."""
    return not set(names) & set(arguments.without) and (not arguments.only or bool(set(names) & set(arguments.only)))
