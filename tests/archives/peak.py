#!/usr/bin/env python3
"""Runs a command and writes the peak of its memory, in KiB, to a file: peak.py FILE COMMAND [ARGUMENT…]."""

import resource
import subprocess
import sys

status = subprocess.run(sys.argv[2:], check=False).returncode
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
