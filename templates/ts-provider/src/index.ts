import { definePlugin } from "wa";
import type { Capabilities } from "wa";

type Contract = Capabilities["textInference/{{ id }}"];
type Request = Contract["request"];

const ENDPOINT = "https://api.example.com/v1/chat/completions";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The conversation as services that speak the chat completions protocol have it; this one takes no tools and no files. */
const messages = (request: Request) => request.messages.map((message) => ({ role: message.role, content: message.text }));

export default definePlugin({
  capabilities: {
    "textInference/{{ id }}": async (request, wa) => {
      const answer = await wa.fetch(ENDPOINT, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: request.model ?? wa.config.model,
          messages: messages(request),
          max_tokens: request.max_tokens,
          temperature: request.temperature,
        }),
      });
      if (answer.status === 429) throw failure("rate_limited", "the service asks to wait");
      if (!answer.ok) throw failure("unavailable", `the service answered with status ${answer.status}`);
      const text: string = answer.json().choices?.[0]?.message?.content ?? "";
      if (request.stream && text !== "") await wa.emit({ text });
      return { text, finish_reason: "stop" };
    },
  },
});
