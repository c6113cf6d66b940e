// Does whatever a plugin can do, in the engine of the host.
import { block, definePlugin } from "wa";

/** `note` in base64. */
const NOTE = "bm90ZQ==";

/** The word of a refusal. */
const refusal = (asked: Promise<unknown>) => asked.then(() => null, (error) => error.code);

export default definePlugin({
  events: {
    "message.received": async (message, wa) => {
      if (message.text !== "everything") return;
      const { channel } = wa;
      const to = message.chat;
      await channel.sendText({ to, text: "a text" });
      await channel.sendReply({ to, reply_to: message.id, text: "a reply" });
      await channel.sendReaction({ to, message_id: message.id, emoji: "👍" });
      await channel.sendPoll({ to, question: "tea?", options: ["yes", "no"] });
      await channel.sendMedia({ to, base64: NOTE, mime: "text/plain", file_name: "note.txt", caption: "a caption" });
      await channel.sendVoiceNote({ to, base64: NOTE, mime: "audio/ogg" });
      await channel.sendSeen({ chat: to });
      const writer = await channel.getContact({ id: message.from });
      const contacts = await channel.getContacts();
      const chats = await channel.getChats();
      const known = contacts.some(({ id }) => id === writer?.id) && chats.some(({ id }) => id === to);
      await wa.storage.set("known", known && (await channel.getHostNumber()) !== null);
    },
    "message.sent": (message, wa) => wa.storage.set(`sent/${message.kind}`, true),
    "media.received": async (media, wa) => {
      const { base64 } = await wa.channel.readMedia({ local_path: media.local_path });
      await wa.storage.set("file", base64);
    },
    "reaction.received": async ({ chat: to, target: message_id, emoji }, wa) => {
      if (emoji === "✏️") await wa.channel.editMessage({ to, message_id, text: "another text" });
      if (emoji === "❌") await wa.channel.revokeMessage({ to, message_id });
      await wa.storage.set("emoji", emoji);
    },
  },
  hooks: {
    "message.sending": (draft) => {
      if (draft.text?.includes("forbidden")) return block("a forbidden word");
      return draft.text === draft.text?.trim() ? undefined : { ...draft, text: draft.text?.trim() };
    },
  },
  tools: {
    keep: async (_, { storage, files }) => {
      for (const key of ["a/1", "a/2", "a/3", "b"]) await storage.set(key, { key });
      const { keys, more } = await storage.list({ prefix: "a/", after: "a/1", limit: 1 });
      await files.write("notes/one.txt", "one");
      await files.write("notes/two.txt", { base64: NOTE });
      return {
        keys,
        more,
        files: (await files.list()).map(({ path, bytes }) => [path, bytes]),
        value: await storage.get("b"),
        none: await storage.get("c"),
        deleted: [await storage.delete("b"), await storage.delete("b")],
        text: (await files.read("notes/two.txt")).text,
        removed: [await files.delete("notes/one.txt"), await files.delete("notes/one.txt")],
        missing: await refusal(files.read("notes/one.txt")),
      };
    },
    ask: async (_, wa) => {
      const headers = { "x-mark": "7", "content-type": "application/json" };
      const answer = await wa.fetch("https://api.example.com/orders", { method: "POST", headers, body: JSON.stringify({ number: 7 }) });
      await wa.sleep(1);
      wa.log.warn("a warning");
      wa.log.info("with details", { n: 1 });
      return {
        status: answer.status,
        ok: answer.ok,
        type: answer.headers["content-type"],
        body: answer.json(),
        denied: await refusal(wa.fetch("https://elsewhere.example.com/")),
        searched: await refusal(wa.capability("webSearch", { query: "tea" })),
        signature: (await wa.secret("key").sign("text")).hex,
        greeting: wa.config.greeting,
        now: Date.now(),
      };
    },
    fail: () => {
      throw new Error("the shop is closed");
    },
  },
  routes: {
    "POST /echo": ({ path, query, headers, body }) => ({
      status: 201,
      json: { path, query, mark: headers["x-mark"], body: JSON.parse(body ?? "{}") },
    }),
    "POST /inbound": async ({ body }, wa) => {
      const received = await wa.channel.receive(JSON.parse(body ?? "{}"));
      return { text: received.new ? "new" : "a repeat" };
    },
  },
  commands: { everything: ({ args }) => ({ text: `it is ${args.who}`, status: 1 }) },
  rpc: { "everything.count": () => 7 },
  schedules: {
    hourly: ({ scheduled_at, missed, run_id }, wa) => wa.storage.set("due", [scheduled_at, missed, run_id === ""]),
  },
  services: {
    watch: { start: (_, wa) => wa.storage.set("watching", true), health: () => ({ ok: true }) },
  },
  capabilities: {
    "channel/pigeon": () => ({ message_id: "1" }),
    "textInference/parrot": async ({ messages, stream }, wa) => {
      const { text } = messages[0];
      if (stream) await wa.emit({ text });
      return { text, finish_reason: "stop" };
    },
  },
  agent: async ({ agent, message }, wa) => {
    if (message.text !== "how many?") return undefined;
    const kept = await wa.tools.call("keep", {});
    return { text: `  ${kept.files.length} files, says ${agent}  ` };
  },
});
