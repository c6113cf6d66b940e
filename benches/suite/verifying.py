"""Verifying one large package, beside hashing its unpacked bytes, and beside unpacking and hashing them."""

import gzip

from .measure import compare
from .place import Place


def run(report, tools):
    with Place(tools.wa) as place:
        place.write_project()
        package = place.package(place.source("large", ballast=24 << 20))
        place.wa("plugins", "install", package, "--yes", "--trust-key", place.fingerprint())
        tar = place.root / "large.tar"
        tar.write_bytes(gzip.decompress(package.read_bytes()))
        size = tar.stat().st_size / 1e6
        commands = {
            "wa plugins verify": [tools.wa, "plugins", "verify", package],
            "sha256sum of the tar": ["sha256sum", tar],
            "openssl dgst of the tar": ["openssl", "dgst", "-sha256", tar],
            "gunzip and sha256sum": ["sh", "-c", f"gunzip -c {package} | sha256sum"],
            "gunzip": ["sh", "-c", f"gunzip -c {package} >/dev/null"],
        }
        report.section(f"verify: one package, {package.stat().st_size / 1e6:.1f} MB packed, {size:.1f} MB unpacked")
        results = compare(commands, rounds=6, times=1, cwd=place.project, env=place.env)
        report.runs(results, against=list(commands)[1:])
        for name, runs in results.items():
            report.line(f"  {name}", f"{size / min(runs.wall) * 1000:.0f} MB/s wall, {size / min(runs.cpu) * 1000:.0f} MB/s CPU")
