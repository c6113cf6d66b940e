"""Installing a local package, beside the same bytes unpacked by hand, and beside npm."""

import shutil

from .measure import compare
from .place import Place

# What any installer must do at least: unpack, hash, and put on disk.
RAW = "mkdir raw && gunzip -c {package} | tar x -C raw && find raw -type f -exec sha256sum {{}} + && find raw -exec sync {{}} +"


def run(report, tools):
    wa = tools.wa
    for title, ballast in (("small", 0), ("1 MB", 1 << 20)):
        with Place(wa) as place:
            place.write_project()
            package = place.package(place.source("one", ballast=ballast))
            npm = place.root / "npm"

            def before(name):
                if name == "wa plugins install":
                    shutil.rmtree(place.project / ".wa", ignore_errors=True)
                    shutil.rmtree(place.home / ".config/wa/trust", ignore_errors=True)
                    (place.project / "wa.lock").unlink(missing_ok=True)
                    place.write_project()
                shutil.rmtree(place.project / "raw", ignore_errors=True)
                shutil.rmtree(npm, ignore_errors=True)
                npm.mkdir()
                (npm / "package.json").write_text("{}")

            commands = {
                "wa plugins install": [wa, "plugins", "install", package, "--yes", "--trust-key", place.fingerprint()],
                "gunzip, tar, sha256sum, sync": ["sh", "-c", RAW.format(package=package)],
                "npm install": ["npm", "install", "--prefix", npm, "--offline", "--no-audit", "--no-fund", "--ignore-scripts", package],
            }
            report.section(f"install of a local package, {title} ({package.stat().st_size / 1e3:.0f} kB)")
            results = compare(commands, rounds=8, times=1, before=before, cwd=place.project, env=place.env)
            report.runs(results, against=["gunzip, tar, sha256sum, sync", "npm install"])
