// What a handler sees of the host. Runs once, before any plugin code, and keeps what it needs of the standard library,
// since plugin code may replace it. Envelopes, ids and JSON are the business of the Rust side.
//
// `ask(call, method, params)` is a promise of the host's answer, `log(level, message, fields)` and
// `print(level, ...values)` write a line and tell whether the budget is used up, `settle(call, isOk, value)` ends a
// call, `plugin` and `config` are data, `now()` is the time in milliseconds where a test decides it.
({ ask, log, print, settle, plugin, config, now }) => {
  const { freeze, hasOwn, values } = Object;
  const { parse } = JSON;
  const Bytes = Uint8Array;
  const own = (object, key) => (object !== undefined && hasOwn(object, key) ? object[key] : undefined);
  const isObject = (value) => typeof value === "object" && value !== null;

  const deepFreeze = (value) => {
    if (isObject(value)) {
      const inner = values(value);
      for (let i = 0; i < inner.length; i++) deepFreeze(inner[i]);
      freeze(value);
    }
    return value;
  };

  // A date that is made of nothing is of the time that the test tells.
  if (now !== undefined) {
    const { construct } = Reflect;
    const Real = Date;
    Real.now = () => now();
    const Told = new Proxy(Real, {
      construct: (target, parts, made) => construct(target, parts.length === 0 ? [now()] : parts, made),
      apply: () => new Real(now()).toString(),
    });
    Real.prototype.constructor = Told;
    globalThis.Date = Told;
  }

  // Logging swallows what reading its values throws. An interrupt must not be lost with it, or a plugin could loop
  // around it for ever: the engine raises it again here.
  const unlessOver = (isOver) => {
    while (isOver);
  };

  const logger = freeze({
    debug: (message, fields) => unlessOver(log("debug", message, fields)),
    info: (message, fields) => unlessOver(log("info", message, fields)),
    warn: (message, fields) => unlessOver(log("warn", message, fields)),
    error: (message, fields) => unlessOver(log("error", message, fields)),
  });

  const response = (answer) => {
    const { status, headers, body } = answer;
    const isBinary = own(answer, "base64") === true;
    const text = () => {
      if (isBinary) throw new TypeError("the body is not UTF-8 text");
      return body;
    };
    const ok = status >= 200 && status < 300;
    return freeze({ status, ok, headers: freeze(headers), text, json: () => parse(text()) });
  };

  // The positional forms and the names of open-wa, so that code that was written for it goes on working: a first
  // argument that is an object is the method's own form.
  const message = (names) => (first, ...rest) => {
    if (isObject(first)) return first;
    const params = { [names[0]]: first };
    for (let i = 1; i < names.length; i++) if (rest[i - 1] !== undefined) params[names[i]] = rest[i - 1];
    return params;
  };
  const forms = freeze({
    sendText: message(["to", "text"]),
    reply: message(["to", "text", "reply_to"]),
    image: message(["to", "url", "file_name", "caption"]),
    file: message(["to", "base64", "file_name", "caption"]),
    react: message(["message_id", "emoji", "to"]),
    contact: message(["id"]),
    chat: message(["chat"]),
    media: message(["local_path"]),
  });
  // open-wa hands the message itself to `decryptMedia`.
  const received = (params) => (isObject(own(params, "media")) ? { local_path: own(params, "local_path") } : params);

  // A secret is known by its path. In the configuration stands a handle, `{ secret: path }`.
  const pathOf = (secret) => {
    const path = isObject(secret) ? own(secret, "secret") : secret;
    if (typeof path !== "string") throw new TypeError("a secret is named by its handle in `wa.config`, or by its path");
    return path;
  };
  const pathsOf = (secrets) => {
    if (secrets === undefined) return undefined;
    const paths = [];
    for (let i = 0; i < secrets.length; i++) paths[i] = pathOf(secrets[i]);
    return paths;
  };

  const hexOf = (bytes) => {
    const digits = "0123456789abcdef";
    let hex = "";
    for (let i = 0; i < bytes.length; i++) hex += digits[bytes[i] >> 4] + digits[bytes[i] & 15];
    return hex;
  };

  // One per call, so that the host knows on whose behalf it is asked. The members are made when they are first used.
  class Context {
    #call;
    #channel;
    #storage;
    #files;
    #fetch;
    #tools;
    #capability;
    #emit;
    #secret;
    constructor(call) {
      this.#call = call;
      freeze(this);
    }
    get plugin() {
      return plugin;
    }
    get config() {
      return config;
    }
    get log() {
      return logger;
    }
    get channel() {
      const call = this.#call;
      return (this.#channel ??= freeze({
        sendText: (...params) => ask(call, "channel.sendText", forms.sendText(...params)),
        sendReply: (params) => ask(call, "channel.sendReply", params),
        sendReaction: (params) => ask(call, "channel.sendReaction", params),
        sendMedia: (params) => ask(call, "channel.sendMedia", params),
        sendVoiceNote: (params) => ask(call, "channel.sendVoiceNote", params),
        sendPoll: (params) => ask(call, "channel.sendPoll", params),
        editMessage: (params) => ask(call, "channel.editMessage", params),
        revokeMessage: (params) => ask(call, "channel.revokeMessage", params),
        receive: (params) => ask(call, "channel.receive", params),
        readMedia: (params) => ask(call, "channel.readMedia", params),
        getHostNumber: (account) => ask(call, "channel.getHostNumber", account ?? {}),
        getContact: (...params) => ask(call, "channel.getContact", forms.contact(...params)),
        getContacts: (account) => ask(call, "channel.getContacts", account ?? {}),
        getChats: (account) => ask(call, "channel.getChats", account ?? {}),
        sendSeen: (...params) => ask(call, "channel.sendSeen", forms.chat(...params)),
        reply: (...params) => ask(call, "channel.sendReply", forms.reply(...params)),
        react: (...params) => ask(call, "channel.sendReaction", forms.react(...params)),
        sendImage: (...params) => ask(call, "channel.sendMedia", forms.image(...params)),
        sendFile: (...params) => ask(call, "channel.sendMedia", forms.file(...params)),
        deleteMessage: (params) => ask(call, "channel.revokeMessage", params),
        decryptMedia: async (...params) =>
          (await ask(call, "channel.readMedia", received(forms.media(...params)))).base64,
        getAllContacts: (account) => ask(call, "channel.getContacts", account ?? {}),
        getAllChats: (account) => ask(call, "channel.getChats", account ?? {}),
      }));
    }
    get storage() {
      const call = this.#call;
      return (this.#storage ??= freeze({
        get: (key) => ask(call, "storage.get", { key }),
        set: (key, value) => ask(call, "storage.set", { key, value: value === undefined ? null : value }),
        delete: (key) => ask(call, "storage.delete", { key }),
        list: (options) => ask(call, "storage.list", options ?? {}),
      }));
    }
    get files() {
      const call = this.#call;
      return (this.#files ??= freeze({
        read: (path) => ask(call, "file.read", { path }),
        write: (path, content) =>
          ask(call, "file.write", isObject(content) ? { path, base64: own(content, "base64") } : { path, text: content }),
        delete: (path) => ask(call, "file.delete", { path }),
        list: () => ask(call, "file.list", {}),
      }));
    }
    get sleep() {
      const call = this.#call;
      return (ms) => ask(call, "clock.sleep", { ms });
    }
    get fetch() {
      const call = this.#call;
      return (this.#fetch ??= async (url, init) =>
        response(
          await ask(call, "http.fetch", {
            url: `${url}`,
            method: own(init, "method"),
            headers: own(init, "headers"),
            body: own(init, "body"),
            secrets: pathsOf(own(init, "secrets")),
          }),
        ));
    }
    get capability() {
      const call = this.#call;
      return (this.#capability ??= (kind, request, options) => {
        const id = own(options, "id");
        return ask(call, "capability.call", id === undefined ? { kind, request } : { kind, id, request });
      });
    }
    get emit() {
      const call = this.#call;
      return (this.#emit ??= (chunk) => ask(call, "capability.emit", { chunk: chunk === undefined ? null : chunk }));
    }
    get secret() {
      const call = this.#call;
      return (this.#secret ??= (secret) => {
        const path = pathOf(secret);
        const sign = (data, algorithm) => {
          const what = data instanceof Bytes ? { hex: hexOf(data) } : { text: `${data}` };
          return ask(call, "secret.sign", { path, sign: algorithm, ...what });
        };
        return freeze({ path, sign });
      });
    }
    get tools() {
      const call = this.#call;
      return (this.#tools ??= freeze({
        call: (name, input) => ask(call, "tool.call", { name, input: input === undefined ? null : input }),
      }));
    }
  }
  delete Context.prototype.constructor;
  freeze(Context.prototype);
  deepFreeze(plugin);
  deepFreeze(config);

  globalThis.console = {
    debug: (...parts) => unlessOver(print("debug", ...parts)),
    log: (...parts) => unlessOver(print("info", ...parts)),
    info: (...parts) => unlessOver(print("info", ...parts)),
    warn: (...parts) => unlessOver(print("warn", ...parts)),
    error: (...parts) => unlessOver(print("error", ...parts)),
  };

  return async (call, handler, payload) => {
    let value;
    try {
      value = await handler(payload, new Context(call));
    } catch (error) {
      settle(call, false, error);
      return;
    }
    settle(call, true, value);
  };
}
