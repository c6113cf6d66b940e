import { definePlugin } from "wa";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** What a server's refusal means in the contract. */
const refusal = (status: number, text: string) => {
  const codes: Record<number, string> = { 400: "invalid_request", 404: "unsupported", 422: "invalid_request", 429: "rate_limited" };
  return failure(codes[status] ?? "unavailable", `the server answered with status ${status}: ${text.slice(0, 200)}`);
};

/** The results given where the request names no number. */
const USUAL = 10;

export default definePlugin({
  capabilities: {
    "webSearch/searxng": async ({ query, count = USUAL, language, safe }, wa) => {
      const pairs = { q: query, format: "json", language, safesearch: safe ? "2" : undefined };
      const words = Object.entries(pairs).filter(([, value]) => value !== undefined);
      const search = words.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join("&");
      const answer = await wa.fetch(`${wa.config.apiUrl}/search?${search}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw refusal(answer.status, answer.text());
      const found = answer.json().results ?? [];
      const results = found
        .filter((one: any) => /^https?:\/\//.test(one.url))
        .slice(0, count)
        .map((one: any) => ({
          title: String(one.title ?? ""),
          url: one.url,
          ...(one.content ? { snippet: String(one.content) } : {}),
          ...(one.publishedDate ? { published: String(one.publishedDate) } : {}),
        }));
      return { results };
    },
  },
});
