// The document: `{"gateways": [{"id": "lab", "name": "The lab", "url": "https://lab.example.com", "services": ["agents"]}]}`.
import { definePlugin } from "wa";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** What a server's refusal means in the contract. */
const refusal = (status: number, text: string) => {
  const codes: Record<number, string> = { 400: "invalid_request", 404: "unsupported", 422: "invalid_request", 429: "rate_limited" };
  return failure(codes[status] ?? "unavailable", `the server answered with status ${status}: ${text.slice(0, 200)}`);
};

export default definePlugin({
  capabilities: {
    "gatewayDiscovery/directory": async ({ service, limit = 100 }, wa) => {
      const answer = await wa.fetch(wa.config.apiUrl, { headers: { accept: "application/json" } });
      if (!answer.ok) throw refusal(answer.status, answer.text());
      const known = answer.json().gateways ?? [];
      const offers = (gateway: any) => service === undefined || (gateway.services ?? []).includes(service);
      return { gateways: known.filter(offers).slice(0, limit) };
    },
  },
});
