"""A real npm registry on a free port of the loopback address."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request

from .measure import CACHE

VERDACCIO = CACHE / "tests/node_modules/.bin/verdaccio"
CONFIG = """\
storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
uplinks: {}
packages: { '**': { access: $all, publish: $authenticated } }
publish: { allow_offline: true }
web: { enable: false }
log: { type: stdout, format: pretty, level: error }
"""


class Verdaccio:
    """Runs for the time of a `with`, and is the registry of `place`'s home."""

    def __init__(self, place):
        self.place = place
        self.folder = place.root / "verdaccio"
        self.folder.mkdir()
        (self.folder / "config.yaml").write_text(CONFIG)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        words = [VERDACCIO, "--config", "config.yaml", "--listen", self.address]
        env = {**place.env, "HOME": str(self.folder)}
        self.process = subprocess.Popen(words, cwd=self.folder, env=env, stdout=subprocess.DEVNULL)

    def __enter__(self):
        self.use(f"//{self.address}/:_authToken={self.wait_for_token()}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def use(self, more=""):
        """Writes the `.npmrc` of the home."""
        (self.place.home / ".npmrc").write_text(f"registry=http://{self.address}/\n{more}\n")

    def wait_for_token(self):
        body = json.dumps({"name": "bench", "password": "bench-secret"}).encode()
        url = f"http://{self.address}/-/user/org.couchdb.user:bench"
        request = urllib.request.Request(url, body, {"content-type": "application/json"}, method="PUT")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(300):
            try:
                with opener.open(request) as answer:
                    return json.load(answer)["token"]
            except urllib.error.URLError as error:
                if self.process.poll() is not None or isinstance(error, urllib.error.HTTPError):
                    raise
                time.sleep(0.1)
        raise RuntimeError("verdaccio does not answer")
