"""A running host, and the two ways to talk to it."""

import http.client
import json
import signal
import socket
import subprocess
import time
from pathlib import Path


class Host:
    """`wa run --json`."""

    def __init__(self, place):
        start = time.perf_counter()
        words = [str(place.wa_path), "run", "--json"]
        self.process = subprocess.Popen(words, cwd=place.project, env=place.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        said = self.event("ready")
        self.ready = (time.perf_counter() - start) * 1000
        running = json.loads((place.project / ".wa/run/host.json").read_text())
        self.token, self.gateway, self.console = running["token"], running["gateway"], said["console"]

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

    def workers(self):
        pid = self.process.pid
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


class Console(Host):
    """A host, and a client of its console."""

    def __init__(self, place):
        super().__init__(place)
        address, port = self.console.rsplit(":", 1)
        self.socket = socket.create_connection((address, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("rb")
        self.say(type="hello", token=self.token)

    def say(self, **line):
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def until(self, kind):
        for line in self.lines:
            line = json.loads(line)
            if line["type"] == kind:
                return line
        raise RuntimeError(f"the console ended before {kind}")

    def tell(self):
        """A message in, accepted."""
        # The journal of the project remembers ids: each must be new.
        self.say(type="message", chat="me", id=f"m-{time.time_ns()}", text="hi")

    def ask(self):
        """Milliseconds from a message to its answer."""
        start = time.perf_counter()
        self.tell()
        answer = self.until("message")
        took = (time.perf_counter() - start) * 1000
        self.say(type="ack", id=answer["id"])
        return took


class Api(Host):
    """A host, and a client of its API."""

    def __init__(self, place):
        super().__init__(place)
        self.connection = http.client.HTTPConnection(self.gateway)
        self.connection.connect()

    def call(self, tool, given):
        """What a tool answers, and the milliseconds that it took."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools.call", "params": {"name": tool, "input": given}})
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        start = time.perf_counter()
        self.connection.request("POST", "/api", body, headers)
        answer = json.loads(self.connection.getresponse().read())
        took = (time.perf_counter() - start) * 1000
        if "result" not in answer:
            raise RuntimeError(f"the tool did not answer: {answer}")
        return answer["result"], took


def memory(pid):
    """PSS and private dirty memory in MiB."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        key, value, *_ = line.split()
        found[key] = int(value) / 1024
    return found["Pss:"], found["Private_Dirty:"]
