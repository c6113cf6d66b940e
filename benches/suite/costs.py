"""What the host's guarantees cost: gates, plugins that are there for nothing, the audit log, and bad neighbours."""

import subprocess

from .host import Console, memory
from .measure import percentile
from .place import Place

AGENT = "export default definePlugin({ agent: ({ message }) => ({ text: `echo: ${message.text}` }) });"
GATE = "export default definePlugin({ hooks: { 'message.sending': () => undefined } });"
GATE_MANIFEST = "hooks: [{ on: message.sending, mode: block }]\n"

# Each as the manifest's lines and the code; all of them see every message.
BAD = {
    "crashing": ("events: [message.received]\n", "export default definePlugin({ events: { 'message.received': () => { for (;;); } } });"),
    "slow": ("events: [message.received]\n", "export default definePlugin({ events: { 'message.received': async (m, wa) => { await wa.sleep(900); } } });"),
    "silent": ("events: [message.received]\n", "export default definePlugin({ events: { 'message.received': () => new Promise(() => {}) } });"),
    "flooding": ("events: [message.received]\n", "export default definePlugin({ events: { 'message.received': (m, wa) => { for (let n = 0; n < 5000; n++) wa.log.info('x'.repeat(200)); } } });"),
    "throwing": ("services: [{ id: loop }]\n", "export default definePlugin({ services: { loop: { start: () => { throw new Error('again'); } } } });"),
    "hoarding": ("events: [message.received]\n", "const kept = []; export default definePlugin({ events: { 'message.received': () => { for (;;) kept.push(new Array(1000).fill(1)); } } });"),
}
MESSAGES = 300


def times(host, count=MESSAGES):
    taken = [host.ask() for _ in range(count + 50)][50:]
    return f"{percentile(taken, 0.5):.2f} p50 {percentile(taken, 0.99):.2f} p99 ms"


def run(report, tools):
    report.section("one message and its answer, one at a time: gates")
    for count in (0, 1, 10):
        with Place(tools.wa) as place:
            place.write_project(agent="desk")
            place.install(place.source("desk", "agent: true\n", AGENT))
            for number in range(count):
                place.install(place.source(f"gate-{number}", GATE_MANIFEST, GATE))
            with Console(place) as host:
                report.line(f"{count} plugins at message.sending", times(host))
    report.section("the same: plugins that are installed and not subscribed")
    for count in (1, 100):
        with Place(tools.wa) as place:
            place.write_project(agent="desk")
            place.install(place.source("desk", "agent: true\nevents: [message.received]\n", AGENT.replace("({ agent", "({ events: { 'message.received': () => {} }, agent")))
            place.fill(count - 1)
            with Console(place) as host:
                report.line(f"{count} installed, 1 subscribed", times(host))
    audit(report)
    neighbours(report, tools)


def audit(report):
    report.section("durable messages a second, 256 chats: the audit log")
    for _ in range(3):
        for switch in ("off", "on"):
            words = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "runtime-host", "--example", "throughput", "20000", "256", "0", switch]
            text = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
            report.line(f"audit {switch}", text)


def neighbours(report, tools):
    """The healthy agent's answers and the host's memory, alone, and while each bad neighbour gets every message."""
    for name, (manifest, code) in {"none": (None, None), **BAD}.items():
        with Place(tools.wa) as place:
            place.write_project(agent="desk")
            place.install(place.source("desk", "agent: true\n", AGENT))
            if name == "none":
                report.section("one message and its answer beside a bad neighbour")
            else:
                place.install(place.source(name, manifest, code))
            with Console(place) as host:
                host.ask()
                before = memory(host.process.pid)[0]
                taken = times(host)
                after = memory(host.process.pid)[0]
                report.line(f"beside {name}", f"{taken}; host {before:.1f} MiB before, {after:.1f} after")
    with Place(tools.wa) as place:
        place.write_project(agent="desk")
        place.install(place.source("desk", "agent: true\n", AGENT))
        place.install(place.source("wrong", "events: [message.received]\n", BAD["silent"][1]))
        text = (place.project / "wa.yaml").read_text()
        (place.project / "wa.yaml").write_text(text.replace("wrong: {", "wrong: { config: { greeting: 7 },").replace("wrong:\n", "wrong:\n      config: { greeting: 7 }\n"))
        with Console(place) as host:
            report.line("beside one whose configuration is wrong", times(host))
