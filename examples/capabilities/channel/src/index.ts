// The service gets `POST /deliver` with the message, and answers `{id}`. What somebody writes there, it posts to the route `/inbound` of this
// plugin, with the gateway's token, as `{id, chat, from, text}` or whatever else `wa.channel.receive` takes.
import { definePlugin } from "wa";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

const codes: Record<number, string> = { 400: "invalid_request", 404: "not_found", 429: "rate_limited" };

export default definePlugin({
  capabilities: {
    "channel/webhook": async ({ message }, wa) => {
      const answer = await wa.fetch(`${wa.config.apiUrl}/deliver`, {
        method: "POST",
        // A repeat has the same id, by which the service knows it.
        headers: { "content-type": "application/json", "idempotency-key": message.id },
        body: JSON.stringify(message),
      });
      if (!answer.ok) throw failure(codes[answer.status] ?? "unavailable", `the service answered with status ${answer.status}`);
      return { message_id: String(answer.json().id) };
    },
  },
  routes: {
    "POST /inbound": async ({ body }, wa) => {
      const received = await wa.channel.receive(JSON.parse(body ?? "{}"));
      return { json: received };
    },
  },
});
