"""Projects and plugins to measure on, each in a temporary folder with a home of its own."""

import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

PROJECT = """\
schema: 1
agents:
  ana: {{ handler: {agent}, bindings: [{{ channel: {channel} }}] }}
plugins: {{ paths: [./plugins] }}
channels: {{ console: {{ enabled: true }} }}
server: {{ bind: "127.0.0.1:0" }}
"""

MANIFEST = """\
schema: 1
id: {id}
name: Plugin {id}
version: 1.0.0
description: A plugin to measure with
publisher: bench
license: MIT
engines: {{ wa: ">=0.1 <2" }}
runtime: {{ kind: js, entry: src/index.js }}
permissions: {{}}
configSchema:
  type: object
  additionalProperties: false
  properties: {{ greeting: {{ type: string, default: Hello }} }}
{more}"""

TOOL = """\
tools:
  - name: {tool}
    description: Finds an order by its number
    input: {{ type: object, required: [number], properties: {{ number: {{ type: string, maxLength: 20 }} }} }}
    output: {{ type: object, required: [found], properties: {{ found: {{ type: boolean }} }} }}
"""

GATES = """\
hooks:
  - { on: message.receiving, mode: modify, onFailure: block }
  - { on: message.sending, mode: modify, onFailure: block }
"""


class Place:
    """A home and a project; removed at the end of a `with`."""

    def __init__(self, wa):
        self.wa_path = wa
        self.root = Path(tempfile.mkdtemp(prefix="wa-bench-"))
        self.project = self.root / "project"
        self.project.mkdir()
        self.home = self.root / "home"
        self.home.mkdir()
        # What a user has, without the settings of this shell.
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        self.wa("keys", "new", "bench")
        self.key = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def wa(self, *arguments):
        words = [str(self.wa_path), *map(str, arguments)]
        done = subprocess.run(words, cwd=self.project, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def write_project(self, agent="none", channel="console"):
        text = PROJECT.format(agent=agent, channel=channel)
        if agent == "none":
            text = "\n".join(line for line in text.splitlines() if not line.startswith(("agents", "  ana")))
        (self.project / "wa.yaml").write_text(text + "\n")

    def source(self, name, more="", code="export default definePlugin({});", ballast=0):
        """A plugin's folder; `ballast` bytes of it are files that nothing reads."""
        folder = self.root / "source" / name
        (folder / "src").mkdir(parents=True)
        (folder / "wa.plugin.yaml").write_text(MANIFEST.format(id=name, more=more))
        (folder / "src/index.js").write_text(f'import {{ definePlugin }} from "wa";\n{code}\n')
        noise = random.Random(name)
        for number in range(ballast >> 18):
            (folder / f"data-{number}.bin").write_bytes(noise.randbytes(1 << 18))
        return folder

    def package(self, folder):
        """The signed package of a plugin's folder."""
        self.wa("plugins", "pack", folder, "--sign", "--out", self.root / "dist")
        return self.root / "dist" / f"{folder.name}-1.0.0.tgz"

    def fingerprint(self):
        if self.key is None:
            words = self.wa("keys", "show", "bench").split()
            self.key = next(word for word in words if word.startswith("wa:"))
        return self.key

    def install(self, folder):
        self.wa("plugins", "install", self.package(folder), "--yes", "--trust-key", self.fingerprint())

    def fill(self, count, ballast=0):
        """Installs plugins that observe nothing and have a tool each."""
        for number in range(count):
            name = f"idle-{number:03}"
            tool = f"idle_{number:03}_lookup"
            code = f"export default definePlugin({{ tools: {{ {tool}: ({{ number }}) => ({{ found: number === '1' }}) }} }});"
            self.install(self.source(name, TOOL.format(tool=tool), code, ballast))
