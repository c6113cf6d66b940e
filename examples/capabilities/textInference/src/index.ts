import { definePlugin } from "wa";
import type { Capabilities, Config, Context } from "wa";

type Contract = Capabilities["textInference/openai-compatible"];
type Request = Contract["request"];
type Response = Contract["response"];

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** What a server's refusal means in the contract. */
const refusal = (status: number, text: string) => {
  const codes: Record<number, string> = { 400: "invalid_request", 404: "unsupported", 422: "invalid_request", 429: "rate_limited" };
  return failure(codes[status] ?? "unavailable", `the server answered with status ${status}: ${text.slice(0, 200)}`);
};

/** The conversation as the server has it. */
const messages = (request: Request) =>
  request.messages.map((message: any) => {
    switch (message.role) {
      case "assistant": {
        const calls = (message.tool_calls ?? []).map((call: any) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: JSON.stringify(call.input) },
        }));
        return { role: "assistant", content: message.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
      }
      case "tool":
        return { role: "tool", tool_call_id: message.tool_call_id, content: message.text };
      case "user": {
        const pictures = (message.media ?? []).map((file: any) => ({
          type: "image_url",
          image_url: { url: `data:${file.mime};base64,${file.base64}` },
        }));
        const content = pictures.length > 0 ? [{ type: "text", text: message.text }, ...pictures] : message.text;
        return { role: "user", content };
      }
      default:
        return { role: message.role, content: message.text };
    }
  });

const body = (request: Request, config: Config) => ({
  model: request.model ?? config.model,
  messages: messages(request),
  tools: request.tools?.map((tool: any) => ({
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: tool.input },
  })),
  tool_choice: request.tools ? request.tool_choice : undefined,
  max_tokens: request.max_tokens,
  temperature: request.temperature,
});

const toolCall = (call: any) => {
  try {
    return { id: String(call.id), name: String(call.function.name), input: JSON.parse(call.function.arguments || "{}") };
  } catch {
    throw failure("unavailable", "the model wrote a call of a tool that is not JSON");
  }
};

const response = (answer: any): Response => {
  const choice = answer?.choices?.[0];
  if (choice === undefined) throw failure("unavailable", "the server answered without a choice");
  const calls = (choice.message?.tool_calls ?? []).map(toolCall);
  const reasons = ["stop", "length", "tool_calls", "content_filter"];
  const finish = calls.length > 0 ? "tool_calls" : reasons.includes(choice.finish_reason) ? choice.finish_reason : "stop";
  const { usage } = answer;
  return {
    text: choice.message?.content ?? "",
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    finish_reason: finish,
    ...(usage ? { usage: { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens } } : {}),
    ...(typeof answer.model === "string" ? { model: answer.model } : {}),
  };
};

export default definePlugin({
  capabilities: {
    "textInference/openai-compatible": async (request, wa) => {
      const answer = await wa.fetch(`${wa.config.apiUrl}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body(request, wa.config)),
      });
      if (!answer.ok) throw refusal(answer.status, answer.text());
      const whole = response(answer.json());
      // `wa.fetch` gives an answer whole, so the words come as one chunk.
      if (request.stream) {
        if (whole.text !== "") await wa.emit({ text: whole.text });
        for (const tool_call of whole.tool_calls ?? []) await wa.emit({ tool_call });
      }
      return whole;
    },
  },
});
