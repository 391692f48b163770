"""What processes take: CPU time and memory, from /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def _fields(pid: int) -> list[str]:
    # The name, in parentheses, may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def cpu_seconds(pid: int, with_children: bool = False) -> float:
    """CPU time of a process, with that of ended and living children where asked."""
    fields = _fields(pid)
    ticks = int(fields[11]) + int(fields[12])
    if with_children:
        ticks += int(fields[13]) + int(fields[14])
        for child in children(pid):
            try:
                fields = _fields(child)
            # It has ended, before its file was opened or while it was read.
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def memory_mib(pid: int, peak: bool = False) -> float:
    """Resident memory, or the most of it since `reset_peak`."""
    key = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_peak(pid: int) -> None:
    """Begins to take the most memory anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class Watch:
    """CPU time of named processes from its making on."""

    def __init__(self, pids: dict[str, int]):
        self.pids = pids
        self.before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid, with_children=name in WITH_CHILDREN) for name, pid in self.pids.items()}

    def taken(self) -> dict[str, float]:
        """Seconds by name."""
        now = self._now()
        return {name: now[name] - before for name, before in self.before.items()}


# Whose work is done by processes that they start.
WITH_CHILDREN = {"postgres", "gunicorn"}
