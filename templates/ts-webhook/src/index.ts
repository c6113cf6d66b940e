import { definePlugin } from "wa";

interface Notice {
  title: string;
  body?: string;
}

function parse(body: string): Notice | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value?.title === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

export default definePlugin({
  routes: {
    "GET /health": async () => ({ json: { ok: true } }),

    // POST {"title": "…", "body": "…"} with the gateway's token, and the notice becomes a message.
    "POST /notify": async (request, wa) => {
      const notice = parse(request.body ?? "");
      if (notice === undefined) {
        return { status: 400, json: { error: "send a JSON object with a title" } };
      }
      const text = notice.body === undefined ? notice.title : `${notice.title}\n${notice.body}`;
      const sent = await wa.channel.sendText({ channel: wa.config.channel, to: wa.config.to, text });
      await wa.storage.set("last", { title: notice.title, id: sent.id });
      return { status: 202, json: { id: sent.id } };
    },
  },
});
