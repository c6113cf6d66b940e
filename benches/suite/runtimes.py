"""The same tool in TypeScript, Rust and Python: what a call costs, cold and warm, and what it takes in memory and bytes."""

import os
import statistics
import subprocess

from .host import Api, memory
from .measure import percentile
from .place import Place

TEMPLATES = {"TypeScript": "ts-tool", "Rust": "rust-tool", "Python": "python-tool"}
CALLS, WARM_UP = 500, 50

PROJECT = """\
schema: 1
plugins: { paths: [./plugins] }
server: { bind: "127.0.0.1:0" }
"""


class Desk(Api):
    """A host whose only plugin looks orders up."""

    def look_up(self):
        """Milliseconds of one call."""
        order, took = self.call("order_desk_lookup", {"number": "1002"})
        if not order["found"]:
            raise RuntimeError(f"the tool found nothing: {order}")
        return took


def run(report, tools):
    report.section("the same tool in three runtimes")
    for language, template in TEMPLATES.items():
        with Place(tools.wa) as place:
            (place.project / "wa.yaml").write_text(PROJECT)
            make(place, template)
            folder = place.project / "plugins/order-desk"
            place.wa("plugins", "pack", folder, "--out", place.root)
            size = (place.root / "order-desk-0.1.0.tgz").stat().st_size
            with Desk(place) as host:
                first = host.look_up()
            cold, starts = [], []
            for _ in range(10):
                with Desk(place) as host:
                    cold.append(host.look_up())
                    starts.append(host.event("workerStarted")["micros"] / 1000)
            with Desk(place) as host:
                warm = [host.look_up() for _ in range(CALLS)][WARM_UP:]
                pss, dirty = memory(host.workers()[0])
            report.line(f"{language}: package", f"{size / 1024:.0f} KiB")
            report.line("  first call ever, fresh host", f"{first:.1f} ms")
            report.line("  cold: first call, fresh host", f"{min(cold):.1f} min {statistics.median(cold):.1f} median ms, of which the worker's "
                        f"start {min(starts):.1f} min {statistics.median(starts):.1f} median")
            report.line("  warm: a call over HTTP", f"{percentile(warm, 0.5):.2f} p50 {percentile(warm, 0.99):.2f} p99 ms")
            report.line("  the worker's memory", f"{pss:.1f} MiB PSS, {dirty:.1f} private dirty")


def make(place, template):
    place.wa("plugins", "new", "order-desk", "--template", template, "--set", "publisher=bench")
    if template == "rust-tool":
        sdk = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../sdk/rust"))
        config = place.project / ".cargo/config.toml"
        config.parent.mkdir()
        config.write_text(f'[patch.crates-io]\nwa-plugin = {{ path = "{sdk}" }}\n')
        # cargo and rustup keep what they have in the home of whoever measures.
        home = os.environ["HOME"]
        env = place.env | {"CARGO_HOME": os.environ.get("CARGO_HOME", f"{home}/.cargo"),
                           "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", f"{home}/.rustup")}
        if compiler := os.environ.get("WA_TEST_WASM_RUSTC"):
            env["RUSTC"] = compiler
        words = [str(place.wa_path), "plugins", "build", "plugins/order-desk"]
        subprocess.run(words, cwd=place.project, env=env, check=True, capture_output=True)
