"""Doctor over 100 plugins of 1 MB, beside the rate at which their bytes can be hashed."""

from .measure import compare
from .place import Place


def run(report, tools):
    wa = tools.wa
    with Place(wa) as place:
        place.write_project()
        place.fill(100, ballast=1 << 20)
        store = place.project / ".wa/store"
        files = [file for file in store.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files) / 1e6
        commands = {
            "wa doctor": [wa, "doctor"],
            "wa plugins list": [wa, "plugins", "list"],
            "sha256sum": ["sha256sum", *files],
            "openssl dgst -sha256": ["openssl", "dgst", "-sha256", *files],
        }
        report.section(f"doctor: 100 plugins, {len(files)} files, {size:.0f} MB re-hashed")
        results = compare(commands, rounds=6, times=1, cwd=place.project, env=place.env)
        report.runs(results, against=["sha256sum", "openssl dgst -sha256"])
        for name, runs in results.items():
            report.line(f"  {name}", f"{size / min(runs.wall) * 1000:.0f} MB/s wall, {size / min(runs.cpu) * 1000:.0f} MB/s CPU")
        for line in tools.cargo_bench("registry-index", "sha256").splitlines():
            name, rate = line.split("\t")
            report.line(f"  {name}", f"{rate} MB/s")
