"""The bare chain and the axum server that does nothing, started and stopped."""

import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from stack import Stack


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Chain:
    """Gateway, service and hello."""

    def __init__(self, programs: Path, stack: Stack):
        program = programs / "chain"
        gateway, service, hello = free_port(), free_port(), free_port()
        self.url, self.hello_url = f"http://127.0.0.1:{gateway}", f"http://127.0.0.1:{hello}"
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        for name, arguments in {
            "service": [f"127.0.0.1:{service}", stack.url("limit_identity")],
            "gateway": [f"127.0.0.1:{gateway}", f"http://127.0.0.1:{service}"],
            "hello": [f"127.0.0.1:{hello}"],
        }.items():
            self.started[name] = subprocess.Popen([program, name, *arguments], stdout=subprocess.DEVNULL)

    def wait(self, id: str) -> None:
        """Until it answers a user."""
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"{self.url}/Users/{id}", timeout=5) as response:
                    if b"userName" in response.read():
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the bare chain does not answer")

    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {f"chain {name}": process.pid for name, process in self.started.items() if name != "hello"}

    def stop(self) -> None:
        """Ends all three."""
        for process in self.started.values():
            process.terminate()
        for process in self.started.values():
            process.wait(timeout=10)
