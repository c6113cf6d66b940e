"""A plugin of wa, written in Python: this one file, and the standard library.

    from wa_plugin import Plugin, block

    plugin = Plugin()

    @plugin.tool("order_lookup")
    def order_lookup(input, wa):
        return wa.fetch(f"{wa.config['apiUrl']}/orders/{input['number']}").json()

    @plugin.hook("message.sending")
    def no_secrets(draft, wa):
        return block("no secrets") if "secret" in draft.get("text", "") else None

    plugin.run()

A handler is a function of a payload and `wa`, and returns what JSON can say. Each call runs in a thread of its own; `wa` belongs to its
call, and asks the host for everything that a plugin may do besides computing: there is no network here, and no file but the package
(to read) and `wa.data` (to write). What the host refuses is raised as `HostError`, whose `code` is a word such as `denied`.

`print` goes to stderr, of which wa keeps the last words; `wa.log` goes to the log.
"""

import base64
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path

VERSION = 1
MAX_FRAME = 1 << 20


class HostError(Exception):
    """What the host answers instead of a result. `code`: denied, invalid_params, not_found, limit, timeout, unavailable, too_large."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def block(why):
    """What a gate returns to stop what it sees."""
    return {"block": why}


class Plugin:
    """The handlers of a plugin, by the names that its manifest declares."""

    def __init__(self):
        self._handlers = {}

    def event(self, name):
        """Observes an event, such as `message.received`. The result is ignored."""
        return self._handler("event", name)

    def hook(self, name):
        """Stands at a gate: returns None to let it pass, `block(why)`, or the changed payload."""
        return self._handler("hook", name)

    def tool(self, name):
        """A tool: returns its output."""
        return self._handler("tool", name)

    def route(self, method, path):
        """An HTTP route: returns `{"status", "headers", "json"}` or `{"status", "headers", "text"}`; all but the last may be absent."""
        return self._handler("http", f"{method} {path}")

    def capability(self, kind, id):
        """A capability: from the request of its contract to the answer of it."""
        return self._handler("capability", f"{kind}/{id}")

    def service(self, id, part="start"):
        """A service's `start`, which runs as long as the service does, its `stop`, or its `health`: `{"ok": True}`."""
        return self._handler("service", f"{id}/{part}")

    def schedule(self, id):
        """What is done when a schedule is due."""
        return self._handler("schedule", id)

    def command(self, name):
        """A command line: from `{"args"}` to a text, `{"text"}` or `{"json"}`, and perhaps `status`."""
        return self._handler("command", name)

    def rpc(self, method):
        """A method of the API."""
        return self._handler("rpc", method)

    def agent(self, function):
        """A turn of an agent: returns `{"text"}` to reply, or None."""
        return self._handler("agent", "")(function)

    def run(self):
        """Serves until the host ends it. Call it last: it does not return before."""
        _Connection(self._handlers).serve()

    def _handler(self, kind, name):
        def register(function):
            self._handlers[(kind, name)] = function
            return function

        return register


class Wa:
    """What a handler sees of the host. Each method needs its permission in the manifest; docs/process.md of wa lists them."""

    def __init__(self, connection, call, now):
        self._connection = connection
        self._call = call
        self._now = now
        self.plugin = connection.plugin
        """`{"id", "version"}` of this plugin."""
        self.config = connection.config
        """The configuration, defaults filled in. A secret stands there as a handle, for `fetch` and `sign`."""
        self.data = connection.data
        """The directory of the plugin's own files, a `Path`; None without `permissions.storage`."""
        self.log = connection.log
        self.channel = _Channel(self)
        self.storage = _Storage(self)
        self.files = _Files(self)

    def ask(self, method, /, **params):
        """Any method of the host, by its name. None is left out."""
        params = {name: value for name, value in params.items() if value is not None}
        return self._connection.ask(self._call, method, params)

    def fetch(self, url, method=None, headers=None, body=None, secrets=None):
        """An HTTP request by the host, to an origin that the manifest names. `secrets`: handles whose headers the host adds."""
        paths = None if secrets is None else [_path(secret) for secret in secrets]
        return Response(self.ask("http.fetch", url=url, method=method, headers=headers, body=body, secrets=paths))

    def sign(self, secret, data, algorithm=None):
        """Signs text or bytes with a secret that the plugin cannot read: `{"hex", "base64"}`."""
        what = {"hex": data.hex()} if isinstance(data, bytes) else {"text": data}
        return self.ask("secret.sign", path=_path(secret), sign=algorithm, **what)

    def now(self):
        """Milliseconds since 1970, UTC: the machine's, or those of a test whose time stands still."""
        return time.time_ns() // 1_000_000 if self._now is None else self._now

    def sleep(self, seconds):
        """Waits, and is woken when its service is stopped."""
        self.ask("clock.sleep", ms=int(seconds * 1000))

    def call_tool(self, name, input):
        """Calls a tool; inside `agent` only."""
        return self._connection.ask(self._call, "tool.call", {"name": name, "input": input})

    def capability(self, kind, request, id=None):
        """Asks a capability of any plugin."""
        return self.ask("capability.call", kind=kind, id=id, request=request)

    def emit(self, chunk):
        """A piece of an answer that is still being made, of a capability or a route that streams."""
        self._connection.ask(self._call, "capability.emit", {"chunk": chunk})


class _Channel:
    """Messages. What is sent without `channel` goes to the account that the message in hand came from."""

    def __init__(self, wa):
        self._ask = wa.ask

    def send_text(self, to, text, **account):
        return self._ask("channel.sendText", to=to, text=text, **account)

    def send_reply(self, to, reply_to, text, **account):
        return self._ask("channel.sendReply", to=to, reply_to=reply_to, text=text, **account)

    def send_reaction(self, to, message_id, emoji, **account):
        return self._ask("channel.sendReaction", to=to, message_id=message_id, emoji=emoji, **account)

    def send_media(self, to, **file):
        """One of `base64`, `url` and `file_path`; perhaps `mime`, `file_name` and `caption`."""
        return self._ask("channel.sendMedia", to=to, **file)

    def send_voice_note(self, to, **file):
        return self._ask("channel.sendVoiceNote", to=to, **file)

    def send_poll(self, to, question, options, choices=1, **account):
        return self._ask("channel.sendPoll", to=to, question=question, options=options, choices=choices, **account)

    def edit_message(self, to, message_id, text, **account):
        return self._ask("channel.editMessage", to=to, message_id=message_id, text=text, **account)

    def revoke_message(self, to, message_id, **account):
        return self._ask("channel.revokeMessage", to=to, message_id=message_id, **account)

    def send_seen(self, chat, **account):
        self._ask("channel.sendSeen", chat=chat, **account)

    def read_media(self, local_path):
        """The bytes of a file that came in."""
        return base64.b64decode(self._ask("channel.readMedia", local_path=local_path)["base64"])

    def get_host_number(self, **account):
        return self._ask("channel.getHostNumber", **account)

    def get_contact(self, id, **account):
        return self._ask("channel.getContact", id=id, **account)

    def get_contacts(self, **account):
        return self._ask("channel.getContacts", **account)

    def get_chats(self, **account):
        return self._ask("channel.getChats", **account)

    def receive(self, **message):
        """Hands in what somebody did in a chat of a channel that this plugin provides."""
        return self._ask("channel.receive", **message)


class _Storage:
    """Values by key, which outlive the process."""

    def __init__(self, wa):
        self._wa = wa

    def get(self, key):
        """The value, None where there is none."""
        return self._wa.ask("storage.get", key=key)

    def set(self, key, value):
        self._wa._connection.ask(self._wa._call, "storage.set", {"key": key, "value": value})

    def delete(self, key):
        return self._wa.ask("storage.delete", key=key)

    def list(self, prefix=None, after=None, limit=None):
        """`{"keys", "more"}`; give the last key as `after` for more."""
        return self._wa.ask("storage.list", prefix=prefix, after=after, limit=limit)


class _Files:
    """The files in `wa.data` through the host, which holds the quota. The same files can be opened directly."""

    def __init__(self, wa):
        self._ask = wa.ask

    def read(self, path):
        """Bytes."""
        read = self._ask("file.read", path=path)
        return read["text"].encode() if "text" in read else base64.b64decode(read["base64"])

    def write(self, path, content):
        what = {"base64": base64.b64encode(content).decode()} if isinstance(content, bytes) else {"text": content}
        self._ask("file.write", path=path, **what)

    def delete(self, path):
        return self._ask("file.delete", path=path)

    def list(self):
        return self._ask("file.list")


class Response:
    """An HTTP response: `status`, `ok`, `headers` by lowercase name, `content` (bytes)."""

    def __init__(self, answer):
        self.status = answer["status"]
        self.ok = 200 <= self.status < 300
        self.headers = answer["headers"]
        body = answer["body"]
        self.content = base64.b64decode(body) if answer.get("base64") else body.encode()

    def text(self):
        return self.content.decode()

    def json(self):
        return json.loads(self.content)


class Log:
    """Lines for the log of wa: `wa.log.info("got it", id=7)`."""

    def __init__(self, send):
        self._send = send

    def debug(self, message, **fields):
        self._line("debug", message, fields)

    def info(self, message, **fields):
        self._line("info", message, fields)

    def warn(self, message, **fields):
        self._line("warn", message, fields)

    def error(self, message, **fields):
        self._line("error", message, fields)

    def _line(self, level, message, fields):
        self._send({"t": "log", "level": level, "message": str(message), "fields": fields or None})


class _Connection:
    """Frames with the host: one JSON object a line, both ways, on standard input and output."""

    def __init__(self, handlers):
        self._handlers = handlers
        self._frames = sys.stdin.buffer
        self._out = os.fdopen(os.dup(1), "wb")
        # From here on nobody prints into the frames by mistake.
        sys.stdout = sys.stderr
        self._writing = threading.Lock()
        self._asking = threading.Lock()
        self._asked = {}
        self._last = 0
        self.log = Log(self._send)
        # Stacks count as memory, and 16 calls may run at a time.
        threading.stack_size(1 << 20)

    def serve(self):
        # A hello as a line says that all frames are lines.
        self._send({"t": "hello", "v": VERSION})
        for line in self._frames:
            frame = json.loads(line)
            kind = frame["t"]
            if kind == "start":
                self._start(frame)
            elif kind == "call":
                threading.Thread(target=self._answer, args=[frame], daemon=True).start()
            elif kind == "answer":
                self._asked.pop(frame["id"]).put(frame)
            elif kind == "stop":
                return

    def ask(self, call, method, params):
        """A host call, made on behalf of the call in hand; waits for its answer."""
        place = _Place()
        with self._asking:
            self._last += 1
            id = self._last
            self._asked[id] = place
        try:
            self._send({"t": "host", "id": id, "call": call, "method": method, "params": params})
        except ValueError as error:
            self._asked.pop(id)
            raise HostError("too_large", str(error)) from None
        frame = place.get()
        if "error" in frame:
            raise HostError(frame["error"]["code"], frame["error"]["message"])
        return frame["ok"]

    def _start(self, frame):
        self.plugin = frame["plugin"]
        self.config = frame["config"]
        data = frame["program"]["process"].get("data")
        self.data = Path(data) if data else None
        groups = {
            "event": "events",
            "hook": "hooks",
            "tool": "tools",
            "http": "routes",
            "capability": "capabilities",
            "service": "services",
            "schedule": "schedules",
            "command": "commands",
            "rpc": "rpc",
        }
        handlers = {group: [name for of, name in self._handlers if of == kind] for kind, group in groups.items()}
        handlers["agent"] = ("agent", "") in self._handlers
        self._send({"t": "ready", "v": VERSION, "handlers": handlers})

    def _answer(self, call):
        id = call["id"]
        try:
            handler = self._handlers.get((call["kind"], call["name"]))
            if handler is None:
                return self._fail(id, "no_handler", f"there is no handler for {call['kind']} `{call['name']}`")
            result = handler(call["payload"], Wa(self, id, call.get("now")))
        except Exception as error:
            stack = "".join(traceback.format_tb(error.__traceback__)[1:])
            return self._fail(id, "threw", f"{type(error).__name__}: {error}", stack[-4096:])
        try:
            self._send({"t": "result", "id": id, "ok": result})
        except (TypeError, ValueError) as error:
            self._fail(id, "invalid_result", f"the result is not JSON of up to 1 MiB: {error}")

    def _fail(self, id, code, message, stack=None):
        error = {"code": code, "message": message[:4096]}
        self._send({"t": "result", "id": id, "error": {**error, "stack": stack} if stack else error})

    def _send(self, frame):
        # `t` comes first: dicts keep their order.
        line = json.dumps(frame, allow_nan=False, separators=(",", ":")).encode()
        if len(line) > MAX_FRAME:
            raise ValueError(f"{len(line)} bytes are more than a frame may have")
        with self._writing:
            self._out.write(line + b"\n")
            self._out.flush()


class _Place:
    """Where a thread waits for one answer."""

    def __init__(self):
        self._there = threading.Event()

    def put(self, frame):
        self._frame = frame
        self._there.set()

    def get(self):
        self._there.wait()
        return self._frame


def _path(secret):
    """A secret's path in the configuration, from its handle or as it is."""
    return secret["secret"] if isinstance(secret, dict) else secret
