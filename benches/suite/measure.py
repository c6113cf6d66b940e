"""Times of whole processes, and how figures are shown."""

import os
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wa-bench"
LAUNCH = CACHE / "launch"


@dataclass
class Runs:
    """What each run of one command cost. Milliseconds and KiB."""

    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak: list = field(default_factory=list)

    def text(self):
        return (
            f"wall {min(self.wall):8.2f} min {statistics.median(self.wall):8.2f} median ms, "
            f"CPU {min(self.cpu):8.2f} min {statistics.median(self.cpu):8.2f} median ms, peak {max(self.peak) / 1024:6.1f} MiB"
        )


def run_once(runs, command, times=1, expected=0, **options):
    """Adds runs of `command` to `runs`; an exit status other than `expected` is an error."""
    words = [str(LAUNCH), str(times), *map(str, command)]
    lines = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout.splitlines()
    for line in lines:
        wall, cpu, peak, code = map(int, line.split())
        if code != expected:
            raise RuntimeError(f"{' '.join(words)} ended with {code}")
        runs.wall.append(wall / 1000)
        runs.cpu.append(cpu / 1000)
        runs.peak.append(peak)


def compare(commands, rounds=10, times=2, before=None, **options):
    """Runs all commands in turns, so that a busy moment of the machine hits all of them. `before(name)` prepares a run."""
    results = {name: Runs() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            if before:
                before(name)
            run_once(results[name], command, times, **options)
    return results


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


class Report:
    """Figures on stdout as they come, one a line."""

    def section(self, title):
        print(f"\n## {title}", flush=True)

    def line(self, name, text):
        print(f"{name:<44} {text}", flush=True)

    def runs(self, results, against=()):
        """Every command, and its ratio to the commands named in `against`."""
        for name, runs in results.items():
            self.line(name, runs.text())
        first = next(iter(results))
        for other in against:
            wall = min(results[first].wall) / min(results[other].wall)
            cpu = min(results[first].cpu) / min(results[other].cpu)
            self.line(f"  {first} / {other}", f"wall x{wall:.3f}  CPU x{cpu:.3f}")
