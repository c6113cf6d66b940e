// A plugin of wa, run by Node: this one file, and nothing from npm.
//
//     import { definePlugin, block } from "./wa-plugin.mjs";
//
//     definePlugin({
//       tools: { order_lookup: async ({ number }, wa) => (await wa.fetch(`${wa.config.apiUrl}/orders/${number}`)).json() },
//       hooks: { "message.sending": (draft) => (draft.text?.includes("secret") ? block("no secrets") : undefined) },
//     });
//
// A handler is a function of a payload and `wa`, and returns a value that JSON can say, or a promise of one. The keys of each group are the
// names that the manifest declares, as in a plugin for the built-in engine. `wa` belongs to its call, and asks the host for everything that a
// plugin may do besides computing: there is no network here, and no file but the package (to read) and `wa.data` (to write). What the host
// refuses rejects with an `Error` whose `code` is a word such as `denied`.
//
// `console` goes to stderr, of which wa keeps the last words; `wa.log` goes to the log.

import { Console } from "node:console";
import { Socket } from "node:net";

const VERSION = 1;
const MAX_FRAME = 1 << 20;
const HEADER = 4;

// Groups of handlers by the kind of call that they answer.
const GROUPS = {
  event: "events",
  hook: "hooks",
  tool: "tools",
  http: "routes",
  capability: "capabilities",
  service: "services",
  schedule: "schedules",
  command: "commands",
  rpc: "rpc",
};

/** What a gate returns to stop what it sees. */
export const block = (why) => ({ block: why });

/** What the host answers instead of a result. `code`: denied, invalid_params, not_found, limit, timeout, unavailable, too_large. */
export class HostError extends Error {
  constructor({ code, message }) {
    super(message);
    this.name = "HostError";
    this.code = code;
  }
}

/**
 * Serves the handlers until the host ends it. `events`, `hooks`, `tools`, `routes` (`"GET /path"`), `capabilities` (`"kind/id"`), `schedules`,
 * `commands` and `rpc` are objects of functions, `services` one of `{ start, stop, health }`, `agent` is a function.
 */
export const definePlugin = (definition) => {
  const handlers = table(definition);
  const socket = new Socket({ fd: 0, readable: true, writable: true });
  // From here on nobody prints into the frames by mistake.
  globalThis.console = new Console(process.stderr, process.stderr);
  const asked = new Map();
  let last = 0;
  let begun;

  const send = (frame) => {
    const body = Buffer.from(JSON.stringify(frame));
    if (body.length > MAX_FRAME) throw new RangeError(`${body.length} bytes are more than a frame may have`);
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(body.length);
    socket.write(Buffer.concat([header, body]));
  };

  const ask = (call, method, params) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      send({ t: "host", id, call, method, params });
      asked.set(id, { resolve, reject });
    });

  const fail = (id, code, error) => {
    const message = `${error?.message ?? error}`.slice(0, 4096);
    const stack = error?.stack ? { stack: `${error.stack}`.slice(0, 4096) } : {};
    send({ t: "result", id, error: { code, message, ...stack } });
  };

  const answer = async ({ id, kind, name, now, payload }) => {
    const handler = handlers.get(`${kind} ${name}`);
    if (handler === undefined) return fail(id, "no_handler", `there is no handler for ${kind} \`${name}\``);
    let value;
    try {
      value = await handler(payload, context({ id, now }, begun, ask, send));
    } catch (error) {
      return fail(id, "threw", error);
    }
    try {
      send({ t: "result", id, ok: value ?? null });
    } catch (error) {
      fail(id, "invalid_result", error);
    }
  };

  const take = (frame) => {
    switch (frame.t) {
      case "start":
        begun = { plugin: frame.plugin, config: frame.config, data: frame.program.process.data };
        return send({ t: "ready", v: VERSION, handlers: names(handlers) });
      case "call":
        return void answer(frame);
      case "answer": {
        const { resolve, reject } = asked.get(frame.id);
        asked.delete(frame.id);
        return frame.error === undefined ? resolve(frame.ok) : reject(new HostError(frame.error));
      }
      case "stop":
        return socket.end(() => process.exit(0));
    }
  };

  let buffer = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    while (buffer.length >= HEADER && buffer.length - HEADER >= buffer.readUInt32LE()) {
      const end = HEADER + buffer.readUInt32LE();
      const frame = JSON.parse(buffer.toString("utf8", HEADER, end));
      buffer = buffer.subarray(end);
      take(frame);
    }
  });
  // A host that has gone says no more.
  socket.on("close", () => process.exit(0));
  // A hello with a length before it says that all frames have one.
  send({ t: "hello", v: VERSION });
};

// The handlers by kind and name.
const table = ({ agent, services = {}, ...groups }) => {
  const handlers = new Map();
  const add = (kind, name, handler) => {
    if (typeof handler !== "function") throw new TypeError(`the handler of ${kind} \`${name}\` is not a function`);
    handlers.set(`${kind} ${name}`, handler);
  };
  if (agent !== undefined) add("agent", "", agent);
  for (const [id, parts] of Object.entries(services))
    for (const [part, handler] of Object.entries(parts)) add("service", `${id}/${part}`, handler);
  for (const [kind, group] of Object.entries(GROUPS))
    for (const [name, handler] of Object.entries(groups[group] ?? {})) add(kind, name, handler);
  const unknown = Object.keys(groups).find((group) => !Object.values(GROUPS).includes(group));
  if (unknown !== undefined) throw new TypeError(`unknown key \`${unknown}\` in definePlugin`);
  return handlers;
};

// What `ready` says of them.
const names = (handlers) => {
  const said = { agent: handlers.has("agent ") };
  for (const [kind, group] of Object.entries(GROUPS)) {
    const prefix = `${kind} `;
    said[group] = [...handlers.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }
  return said;
};

// What a handler sees of the host. Each method needs its permission in the manifest; docs/process.md of wa lists them.
const context = ({ id: call, now }, { plugin, config, data }, ask, send) => {
  const method = (name) => (params = {}) => ask(call, name, params);
  const line = (level) => (message, fields = null) => send({ t: "log", level, message: `${message}`, fields });
  return {
    /** `{ id, version }` of this plugin. */
    plugin,
    /** The configuration, defaults filled in. A secret stands there as a handle, for `fetch` and `secret`. */
    config,
    /** The directory of the plugin's own files; undefined without `permissions.storage`. */
    data,
    log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
    // What is sent without `channel` goes to the account that the message in hand came from.
    channel: {
      sendText: method("channel.sendText"),
      sendReply: method("channel.sendReply"),
      sendReaction: method("channel.sendReaction"),
      sendMedia: method("channel.sendMedia"),
      sendVoiceNote: method("channel.sendVoiceNote"),
      sendPoll: method("channel.sendPoll"),
      editMessage: method("channel.editMessage"),
      revokeMessage: method("channel.revokeMessage"),
      sendSeen: method("channel.sendSeen"),
      readMedia: method("channel.readMedia"),
      getHostNumber: method("channel.getHostNumber"),
      getContact: method("channel.getContact"),
      getContacts: method("channel.getContacts"),
      getChats: method("channel.getChats"),
      receive: method("channel.receive"),
    },
    // Values by key, which outlive the process.
    storage: {
      get: (key) => ask(call, "storage.get", { key }),
      set: (key, value = null) => ask(call, "storage.set", { key, value }),
      delete: (key) => ask(call, "storage.delete", { key }),
      list: method("storage.list"),
    },
    // The files in `data` through the host, which holds the quota. The same files can be opened directly.
    files: {
      read: (path) => ask(call, "file.read", { path }),
      write: (path, content) =>
        ask(call, "file.write", typeof content === "string" ? { path, text: content } : { path, base64: content.base64 }),
      delete: (path) => ask(call, "file.delete", { path }),
      list: method("file.list"),
    },
    /** An HTTP request by the host, to an origin that the manifest names. `secrets`: handles whose headers the host adds. */
    fetch: async (url, { method: verb, headers, body, secrets } = {}) => {
      const params = { url: `${url}`, method: verb, headers, body, secrets: secrets?.map(pathOf) };
      return response(await ask(call, "http.fetch", params));
    },
    /** `sign(data, algorithm?)` with a secret that the plugin cannot read: `{ hex, base64 }`. */
    secret: (secret) => ({
      sign: (bytes, sign) => {
        const what = typeof bytes === "string" ? { text: bytes } : { hex: Buffer.from(bytes).toString("hex") };
        return ask(call, "secret.sign", { path: pathOf(secret), sign, ...what });
      },
    }),
    /** Milliseconds since 1970, UTC: the machine's, or those of a test whose time stands still. */
    now: () => now ?? Date.now(),
    /** Waits, and is woken when its service is stopped. */
    sleep: (ms) => ask(call, "clock.sleep", { ms }),
    /** Calls a tool; inside `agent` only. */
    tools: { call: (name, input = null) => ask(call, "tool.call", { name, input }) },
    /** Asks a capability of any plugin. */
    capability: (kind, request, { id } = {}) => ask(call, "capability.call", { kind, id, request }),
    /** A piece of an answer that is still being made, of a capability or a route that streams. */
    emit: (chunk = null) => ask(call, "capability.emit", { chunk }),
  };
};

const response = ({ status, headers, body, base64 = false }) => {
  const bytes = Buffer.from(body, base64 ? "base64" : "utf8");
  const text = () => bytes.toString("utf8");
  return { status, ok: status >= 200 && status < 300, headers, bytes, text, json: () => JSON.parse(text()) };
};

// A secret's path in the configuration, from its handle or as it is.
const pathOf = (secret) => (typeof secret === "string" ? secret : secret.secret);
