"""The stack that is measured: started by deploy/local/up, asked by SQL, stopped by deploy/local/down."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ["gateway", "identity", "group", "token", "settings"]
DATABASES = ["identity", "group", "token", "settings"]


def postgres_bin() -> Path:
    """The directory of the newest installed PostgreSQL's programs."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "pgbench").exists()]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    return Path(shutil.which("pgbench") or "/usr/bin/pgbench").parent


class Stack:
    """Muster, PostgreSQL and Redis in a directory of their own."""

    def __init__(self, directory: Path, programs: Path, autovacuum: bool):
        self.directory, self.programs = directory, programs
        self.variables: dict[str, str] = {}
        options = "-c shared_preload_libraries=pg_stat_statements"
        if not autovacuum:
            options += " -c autovacuum=off"
        self.options = options

    def up(self) -> None:
        """Starts the stack; of one that is up, the five processes anew."""
        command = [ROOT / "deploy/local/up", "--dir", self.directory, "--bin", self.programs, "--metrics", "--quiet"]
        environment = dict(os.environ, POSTGRES_OPTIONS=self.options, RUST_LOG="warn")
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=300)
        text = (self.directory / "env").read_text()
        self.variables = dict(re.findall(r"^(\w+)='(.*)'$", text, re.M))
        self.sql("postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self.gather_statements(False)

    def gather_statements(self, on: bool) -> None:
        """Switches the counting of statements, which is off while the clock runs."""
        track, planning = ("top", "on") if on else ("none", "off")
        self.sql("postgres", f"ALTER SYSTEM SET pg_stat_statements.track = '{track}'")
        self.sql("postgres", f"ALTER SYSTEM SET pg_stat_statements.track_planning = {planning}")
        self.sql("postgres", "SELECT pg_reload_conf()")
        time.sleep(0.2)

    def stop_services(self) -> None:
        """Ends the five processes and leaves PostgreSQL and Redis up."""
        script = f"root={ROOT}; dir={self.directory}; . $root/deploy/local/stack.sh; stop_services"
        subprocess.run(["bash", "-ec", script], check=True, timeout=300)

    def down(self) -> None:
        """Ends all and removes the data."""
        command = [ROOT / "deploy/local/down", "--dir", self.directory, "--purge"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=120)

    def url(self, database: str) -> str:
        """Of a database, as superuser."""
        return self.variables["POSTGRES_URL"].rsplit("/", 1)[0] + "/" + database

    def sql(self, database: str, statement: str) -> list[list[str]]:
        """The rows that a statement answers."""
        command = [postgres_bin() / "psql", self.url(database), "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        environment = dict(os.environ, PGOPTIONS="-c client_min_messages=warning")
        done = subprocess.run(
            command, input=statement, check=True, capture_output=True, text=True, env=environment, timeout=1800
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, database: str, statement: str) -> int:
        """The one number that a statement answers."""
        return int(self.sql(database, statement)[0][0])

    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {name: int(self.variables[f"{name.upper()}_PID"]) for name in [*SERVICES, "redis", "postgres"]}

    def analyze(self, vacuum: bool) -> None:
        """Gathers statistics of all four databases."""
        for database in DATABASES:
            self.sql(database, "VACUUM ANALYZE" if vacuum else "ANALYZE")

    def copy_database(self, source: str, copy: str) -> None:
        """A copy with the same rows, indexes and statistics; nobody may be connected to the source."""
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{copy}"')
        self.sql("postgres", f'CREATE DATABASE "{copy}" TEMPLATE "{source}" STRATEGY file_copy')
