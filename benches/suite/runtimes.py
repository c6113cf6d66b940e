"""The same tool in TypeScript, Rust and Python: what a call costs, cold and warm, and what it takes in memory and bytes."""

import http.client
import json
import os
import signal
import statistics
import subprocess
import time

from .hosting import memory
from .measure import percentile
from .place import Place

TEMPLATES = {"TypeScript": "ts-tool", "Rust": "rust-tool", "Python": "python-tool"}
CALLS, WARM_UP = 500, 50

PROJECT = """\
schema: 1
plugins: { paths: [./plugins] }
server: { bind: "127.0.0.1:0" }
"""


class Host:
    """`wa run --json` and a client of its API."""

    def __init__(self, place):
        words = [str(place.wa_path), "run", "--json"]
        self.process = subprocess.Popen(words, cwd=place.project, env=place.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.event("ready")
        running = json.loads((place.project / ".wa/run/host.json").read_text())
        self.token, self.api = running["token"], http.client.HTTPConnection(running["gateway"])
        self.api.connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()

    def event(self, name):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == name:
                return event
        raise RuntimeError(f"the host ended before {name}")

    def call(self, tool):
        """Milliseconds of one call."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools.call", "params": {"name": tool, "input": {"number": "1002"}}})
        start = time.perf_counter()
        self.api.request("POST", "/api", body, {"authorization": f"Bearer {self.token}", "content-type": "application/json"})
        answer = json.loads(self.api.getresponse().read())
        took = (time.perf_counter() - start) * 1000
        if not answer.get("result", {}).get("found"):
            raise RuntimeError(f"the tool did not answer: {answer}")
        return took

    def worker(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        return int(children.stdout.split()[0])


def run(report, tools):
    report.section("the same tool in three runtimes")
    for language, template in TEMPLATES.items():
        with Place(tools.wa) as place:
            (place.project / "wa.yaml").write_text(PROJECT)
            make(place, template)
            folder = place.project / "plugins/order-desk"
            place.wa("plugins", "pack", folder, "--out", place.root)
            size = (place.root / "order-desk-0.1.0.tgz").stat().st_size
            with Host(place) as host:
                first = host.call("order_desk_lookup")
            cold, starts = [], []
            for _ in range(10):
                with Host(place) as host:
                    cold.append(host.call("order_desk_lookup"))
                    starts.append(host.event("workerStarted")["micros"] / 1000)
            with Host(place) as host:
                warm = [host.call("order_desk_lookup") for _ in range(CALLS)][WARM_UP:]
                pss, dirty = memory(host.worker())
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
