"""The running host: when it is ready, what it holds, how fast it answers, how many messages it makes durable."""

import os
import sqlite3
import statistics
import subprocess
import time

from .host import Console, memory
from .measure import percentile
from .place import GATES, Place

DESK = """export default definePlugin({
  hooks: { "message.receiving": (message) => undefined, "message.sending": (draft) => undefined },
  agent: ({ message }) => ({ text: `echo: ${message.text}` }),
});"""
WATCH = 'export default definePlugin({ events: { "message.received": () => {} } });'


def run(report, tools):
    report.section("host with plugins installed, none of them used (lazy)")
    for count in (1, 10, 100):
        with Place(tools.wa) as place:
            place.write_project(agent="desk")
            place.install(place.source("desk", "agent: true\n" + GATES, DESK))
            place.fill(count - 1)
            ready = []
            for _ in range(5):
                with Console(place) as host:
                    ready.append(host.ready)
                    idle = memory(host.process.pid)
                    if host.workers():
                        raise RuntimeError("a worker runs that no one asked for")
            report.line(f"{count} installed: ready", f"{min(ready):.1f} min {statistics.median(ready):.1f} median ms; "
                        f"{idle[0]:.1f} MiB PSS, {idle[1]:.1f} MiB private dirty")
            if count == 100:
                answers(report, place)
    report.section("memory with plugins at work")
    for count in (1, 10, 100):
        with Place(tools.wa) as place:
            place.write_project()
            for number in range(count):
                place.install(place.source(f"watch-{number:03}", "events: [message.received]\n", WATCH))
            with Console(place) as host:
                host.tell()
                for _ in range(count):
                    host.event("workerStarted")
                host.tell()
                host.until("accepted")
                each = [memory(worker) for worker in host.workers()]
                pss, dirty = memory(host.process.pid)
                report.line(f"{count} at work", f"host {pss:.1f} MiB PSS, {dirty:.1f} private dirty; each of {len(each)} workers "
                            f"{statistics.mean(m[0] for m in each):.2f} PSS, {statistics.mean(m[1] for m in each):.2f} private dirty")


def answers(report, place):
    cold, starts = [], []
    for _ in range(10):
        with Console(place) as host:
            cold.append(host.ask())
            starts.append(host.event("workerStarted")["micros"] / 1000)
    report.line("cold: message to answer, fresh host", f"{min(cold):.2f} min {statistics.median(cold):.2f} median ms")
    report.line("  of which the worker's start", f"{min(starts):.2f} min {statistics.median(starts):.2f} median ms")
    with Console(place) as host:
        warm = [host.ask() for _ in range(500)][50:]
    report.line("warm: message to answer, 3 calls, durable", f"{percentile(warm, 0.5):.2f} p50 {percentile(warm, 0.99):.2f} p99 ms")


def worker(report, tools):
    report.section("worker: cold start, round trips and memory, without a host")
    print(tools.cargo_bench("hostile-worker", "worker", str(tools.wa), "__worker"), end="")


def throughput(report, tools):
    report.section("durable messages a second: journal, two gates, agent, outbox, acknowledged; beside raw SQLite")
    for _ in range(3):
        for others in (0, 9, 99):
            words = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "runtime-host", "--example", "throughput", "20000", "256", str(others)]
            before = os.times()
            text = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
            after = os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            report.line(f"{others + 1} installed", f"{text}; {cpu / 20000 * 1e6:.0f} us CPU each")
        with Place(tools.wa) as place:
            for group in (1, 64, 512):
                report.line(f"SQLite WAL FULL, {group} rows a commit", f"{sqlite(place.root, group):.0f} rows a second")


def audit(report, tools):
    report.section("records a second that the audit log takes, alone")
    words = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "audit-log", "--example", "append"]
    for line in subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        report.line(*line.split(": "))


def sqlite(folder, group):
    db = sqlite3.connect(folder / f"raw-{group}.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE row (n INTEGER PRIMARY KEY, text TEXT)")
    start, rows = time.perf_counter(), 0
    while time.perf_counter() - start < 1:
        db.execute("BEGIN")
        db.executemany("INSERT INTO row (text) VALUES (?)", [("x" * 300,)] * group)
        db.execute("COMMIT")
        rows += group
    return rows / (time.perf_counter() - start)
