"""The packages of the peers, installed from their registries into target/."""

import subprocess
import sys

from stack import ROOT

PLACE = ROOT / "target/bench/peers"
PYTHON_PACKAGES = ["django-scim2==0.23.0", "psycopg[binary]==3.3.9", "gunicorn==27.0.1", "scim2-server==0.8.3"]
NODE_PACKAGES = ["scimmy@1.3.5", "scimmy-routers@1.3.2", "express@4.22.3"]


def install_python() -> bool:
    """A virtual environment with the Python peers."""
    venv = PLACE / "python"
    if (venv / "ready").exists():
        return True
    commands = [
        [sys.executable, "-m", "venv", venv],
        [venv / "bin/pip", "install", "-q", "--disable-pip-version-check", *PYTHON_PACKAGES],
    ]
    if all(subprocess.run(command, check=False, timeout=300).returncode == 0 for command in commands):
        (venv / "ready").touch()
        return True
    return False


def install_node() -> bool:
    """A directory with the Node peer."""
    place = PLACE / "node"
    if (place / "ready").exists():
        return True
    place.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", place, *NODE_PACKAGES]
    try:
        done = subprocess.run(command, check=False, timeout=300).returncode == 0
    except FileNotFoundError:
        return False
    if done:
        (place / "ready").touch()
    return done
