// What Node has and the built-in engine has not: URL, Buffer, crypto, streams.

import { createHash } from "node:crypto";
import { definePlugin } from "./wa-plugin.mjs";

const links = (text) => text.match(/https?:\/\/\S+/g) ?? [];

definePlugin({
  tools: {
    link_parts: ({ url }) => {
      if (!URL.canParse(url)) return { ok: false };
      const { host, pathname, searchParams } = new URL(url);
      return { ok: true, host, path: pathname, parameters: Object.fromEntries(searchParams) };
    },
  },

  agent: async ({ message }, wa) => {
    const found = links(message.text);
    const key = `chat/${createHash("sha256").update(message.chat).digest("hex")}`;
    const known = (await wa.storage.get(key)) ?? [];
    await wa.storage.set(key, [...known, ...found].slice(-100));
    wa.log.debug("links", { found: found.length });
    return { text: `${found.length} new, ${known.length} known` };
  },
});
