"""WhatsApp through the host beside the client library alone, both against the same simulator; and pairing."""

import json
import os
import queue
import signal
import statistics
import subprocess
import threading
import time
from pathlib import Path

from .host import memory
from .measure import percentile
from .place import Place

OWN = "573000000001"
CONTACTS = [f"5730010000{number:02}" for number in range(32)]
DESK = """export default definePlugin({ agent: async ({ message }, wa) => {
  while (message.text === "hang") await wa.storage.get("x");
  return { text: `echo: ${message.text}` };
} });"""
ACCOUNT = "whatsapp: { typing: never, rate_limit: { global_per_sec: 10000, per_jid_per_sec: 10000, burst: 10000 } }\n"
ROUND_TRIPS, BURST = 300, 3000


class Process:
    """A child that says what happens in lines."""

    def __init__(self, words, place):
        self.child = subprocess.Popen([str(word) for word in words], cwd=place.project, env=place.env, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # Read all the time, so that neither side waits for a full pipe.
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()

    def until(self, fits):
        while line := self.lines.get(timeout=60):
            if fits(line):
                return line
        raise RuntimeError("the process ended")


class Simulator(Process):
    def __init__(self, wa, place, session=None):
        super().__init__([wa, "simulator", *(["--session", session] if session else [])], place)
        self.address = self.event("ready")["address"]

    def event(self, *names):
        return json.loads(self.until(lambda line: json.loads(line)["event"] in names))

    def command(self, **command):
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()

    def write(self, contact, text):
        self.command(do="write", **{"from": contact}, to=OWN, text=text)


def write_project(place):
    place.write_project(agent="desk", channel="whatsapp")
    file = place.project / "config/plugins/whatsapp.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(ACCOUNT)


def desk(place):
    """The folder of the agent, which may take its time and read its storage."""
    folder = place.source("desk", "agent: true\n", DESK)
    manifest = folder / "wa.plugin.yaml"
    text = manifest.read_text().replace("permissions: {}", "permissions: { storage: 1MiB }")
    manifest.write_text(text.replace("src/index.js }", "src/index.js, timeout: 10min }"))
    return folder


def figures(simulator, process):
    for contact in CONTACTS:
        simulator.command(do="contact", phone=contact, name="Somebody")
        simulator.event("done")
        simulator.write(contact, "hello")  # the first message of a chat makes its keys
        simulator.event("heard")
    latencies = round_trips(simulator)
    start = time.perf_counter()
    for number in range(BURST):
        simulator.write(CONTACTS[number % len(CONTACTS)], f"many {number}")
    for _ in range(BURST):
        simulator.event("heard")
    rate = BURST / (time.perf_counter() - start)
    return latencies, rate, memory(process.child.pid)[0]


def round_trips(simulator):
    """Milliseconds from a message to its answer, one after the other; the first contact is left alone."""
    latencies = []
    for number in range(ROUND_TRIPS):
        start = time.perf_counter()
        simulator.write(CONTACTS[1 + number % (len(CONTACTS) - 1)], f"one {number}")
        simulator.event("heard")
        latencies.append((time.perf_counter() - start) * 1000)
    return latencies


def shown(latencies):
    return f"{statistics.median(latencies):.2f} p50 {percentile(latencies, .99):.2f} p99 ms"


def run(report, tools):
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve()
    build = ["cargo", "build", "--quiet", "--release", "--locked"]
    subprocess.run([*build, "-p", "channel-whatsapp", "--example", "echo"], check=True)
    bare = target / "release/examples/echo"
    report.section(f"WhatsApp: {ROUND_TRIPS} round trips, then {BURST} messages over {len(CONTACTS)} chats at once")
    rates, latencies, hanging = {}, {}, []
    for name in ["client library alone", "wa run"] * 3:
        with Place(tools.wa) as place:
            write_project(place)
            place.install(desk(place))
            session = ".wa/agents/ana/whatsapp/default"
            with Simulator(tools.wa, place, session) as simulator:
                words = [bare, session, simulator.address]
                if name == "wa run":
                    words = [tools.wa, "run", "--json", "--simulator", simulator.address]
                with Process(words, place) as process:
                    process.until(lambda line: "connected" in line)
                    took, rate, pss = figures(simulator, process)
                    if name == "wa run":
                        simulator.write(CONTACTS[0], "hang")
                        hanging.extend(round_trips(simulator))
        rates.setdefault(name, []).append(rate)
        latencies.setdefault(name, []).append((statistics.median(took), percentile(took, 0.99)))
        report.line(name, f"{rate:7.0f} in and out/s; {shown(took)}; {pss:.1f} MiB PSS")
    alone, ours = (max(rates[name]) for name in rates)
    first, second = (min(latencies[name])[0] for name in latencies)
    report.line("  wa run / client library alone", f"messages a second x{ours / alone:.3f}, p50 x{second / first:.3f}")
    report.line("wa run, while the handler of another chat hangs", shown(hanging))
    pairing(report, tools, target, build)


def pairing(report, tools, target, build):
    name = "wa-simulated-pairing"
    subprocess.run([*build, "-p", "wa", "--bin", name, "--features", "simulated-pairing"], check=True)
    report.section("pairing, with a phone that scans at once")
    offered, paired = [], []
    for _ in range(5):
        with Place(tools.wa) as place:
            write_project(place)
            with Simulator(tools.wa, place) as simulator:
                start = time.perf_counter()
                words = [target / "release" / name, "setup", "pair", "whatsapp", "--agent", "ana", "--json"]
                with Process([*words, "--simulator", simulator.address], place) as process:
                    code = json.loads(process.until(lambda line: '"qr"' in line))["code"]
                    offered.append((time.perf_counter() - start) * 1000)
                    simulator.command(do="scan", account=OWN, code=code)
                    process.until(lambda line: '"paired"' in line)
                    paired.append((time.perf_counter() - start) * 1000)
    report.line("wa setup pair: code shown", f"{min(offered):.0f} min {statistics.median(offered):.0f} median ms")
    report.line("wa setup pair: paired", f"{min(paired):.0f} min {statistics.median(paired):.0f} median ms")
