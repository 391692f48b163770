"""Runs wrk."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass
class Script:
    """Requests in a file, from the first that was not yet sent on."""

    path: Path
    # What all requests have, such as the token.
    headers: list[str] = field(default_factory=list)
    sent: int = 0

    @staticmethod
    def write(path: Path, lines: list[str], headers: list[str]) -> "Script":
        """Lines as requests.lua reads them."""
        path.write_text("\n".join(lines) + "\n")
        return Script(path, headers)


def wrk(url: str, script: Script, connections: int, seconds: float) -> dict[str, Any]:
    """Requests, seconds, p50 and p99 in milliseconds, errors; and the CPU time of wrk itself."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:.0f}s",
        "--timeout",
        "20s",
        "-s",
        HERE / "requests.lua",
        url,
    ]
    command += ["--", script.path, str(script.sent), *script.headers]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 60)
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not found:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(found[0].removeprefix("RESULT "))
    # Those under way at the end were sent too.
    script.sent += result["requests"] + connections
    return result
