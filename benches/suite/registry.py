"""Packages from a registry, beside npm, which installs the same ones; cold caches and warm ones."""

import shutil

from .measure import compare
from .place import Place
from .verdaccio import Verdaccio

QUIET = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]


def run(report, tools):
    with Place(tools.wa) as place:
        place.write_project()
        with Verdaccio(place) as verdaccio:
            names = [f"bench-{number:02}" for number in range(20)]
            for name in names:
                place.wa("plugins", "publish", place.package(place.source(name, ballast=1 << 18)), "--yes")
            # Verdaccio hashes a password for each request with a token: 65 ms that would hide everything else.
            verdaccio.use()
            for chosen in (names[:1], names):
                for warm in (False, True):
                    measure(report, tools.wa, place, chosen, warm)


def measure(report, wa, place, names, warm):
    npm = place.root / "npm"

    def forget():
        """What was installed; the caches too, unless they are to be warm."""
        shutil.rmtree(place.project / ".wa", ignore_errors=True)
        shutil.rmtree(place.home / ".config/wa/trust", ignore_errors=True)
        (place.project / "wa.lock").unlink(missing_ok=True)
        place.write_project()
        shutil.rmtree(npm, ignore_errors=True)
        npm.mkdir()
        (npm / "package.json").write_text("{}")
        if not warm:
            shutil.rmtree(place.home / ".cache", ignore_errors=True)
            shutil.rmtree(place.home / ".npm", ignore_errors=True)

    commands = {
        "wa plugins install": [wa, "plugins", "install", *names, "--yes", "--trust-key", place.fingerprint()],
        "npm install": ["npm", "install", "--prefix", npm, *QUIET, *names],
    }
    options = {"before": lambda _: forget(), "cwd": place.project, "env": place.env}
    if warm:
        compare(commands, rounds=1, times=1, **options)
    report.section(f"install of {len(names)} from verdaccio, 256 kB each, {'warm' if warm else 'cold'} cache")
    report.runs(compare(commands, rounds=6, times=1, **options), against=["npm install"])
