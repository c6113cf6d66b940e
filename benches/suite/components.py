"""What components cost whoever has none: `wa` with and without the feature `wasm`, in turns."""

import statistics
import subprocess

from .host import Host, memory
from .measure import compare
from .place import Place

ROUNDS = 20


def run(report, tools):
    target = tools.wa.parent.parent / "without-wasm"
    words = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "wa", "--no-default-features", "--target-dir", target]
    subprocess.run(words, check=True)
    beside(report, {"with": tools.wa, "without": target / "release/wa"})


def beside(report, binaries):
    report.section("with and without the feature `wasm`, no component installed")
    for name, wa in binaries.items():
        report.line(f"{name}: the binary", f"{wa.stat().st_size / 1e6:.0f} MB")
    commands = {f"{name}: wa --version": [wa, "--version"] for name, wa in binaries.items()}
    report.runs(compare(commands, rounds=ROUNDS))
    found = {name: ([], [], []) for name in binaries}
    for _ in range(ROUNDS):
        for name, wa in binaries.items():
            with Place(wa) as place:
                place.write_project()
                with Host(place) as host:
                    for values, value in zip(found[name], (host.ready, *memory(host.process.pid))):
                        values.append(value)
    for name, (ready, pss, dirty) in found.items():
        report.line(f"{name}: wa run", f"ready {min(ready):.1f} min {statistics.median(ready):.1f} median ms; "
                    f"{statistics.median(pss):.1f} MiB PSS, {statistics.median(dirty):.1f} private dirty")
