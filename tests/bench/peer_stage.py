"""Measures the peers one after the other, each with as many users as it is filled with in bearable time."""

import argparse
import subprocess
from collections.abc import Callable
from pathlib import Path

import peer_packages
import peers
from arguments import is_wanted
from client import Client
from measure import Measurements
from stack import Stack

# scim2-server is filled by requests; its cost of a creation grows with what it holds.
MOST = {"django": 100_000, "scim2_server": 10_000, "scimmy": 100_000}


def measure(
    told: argparse.Namespace, stack: Stack, measurements: Measurements, work: Path, note: Callable[[str], None]
) -> None:
    """Each that can be had."""
    python, node = peer_packages.install_python(), peer_packages.install_node()
    for name, start, installed in (
        ("django", peers.django, python),
        ("scim2_server", peers.scim2_server, python),
        ("scimmy", peers.scimmy, node),
    ):
        if not is_wanted(told, "peers", name):
            continue
        if not installed:
            note(f"!!! {name} IS LEFT OUT: it could not be installed")
            continue
        users = min(told.plan.users, MOST[name])
        note(f"{name}, {users} users")
        try:
            _measure(start(stack, users), told, stack, measurements, work, note, users)
        # A fault of another's server is no reason to lose what was measured.
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            note(f"!!! {name} IS LEFT OUT: {error}")
        finally:
            peers.stop()


def _measure(
    peer: peers.Peer,
    told: argparse.Namespace,
    stack: Stack,
    measurements: Measurements,
    work: Path,
    note: Callable[[str], None],
    users: int,
) -> None:
    client = Client(peer.base, peers.TOKEN)
    peers.wait(client)
    scripts = peers.scripts(peer, client, users, work)
    for row, fault in peers.check(client, scripts).items():
        note(f"!!! {peer.name} {row} IS LEFT OUT: {fault}")
        del scripts[row]
    seconds = 2 if told.quick else 5
    measurements.rounds(peers.items(peer, stack, scripts), 2 if told.quick else told.plan.rounds, {16: seconds})
