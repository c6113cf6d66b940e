"""What the figures were measured on."""

import os
import platform
import subprocess


def describe():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    with open("/proc/meminfo") as info:
        memory = int(next(info).split()[1]) >> 20
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"CPU {model}, {os.cpu_count()} cores, {memory} GiB; Linux {platform.release()}; load {load}; "
        f"{rustc}; Python {platform.python_version()}"
    )
