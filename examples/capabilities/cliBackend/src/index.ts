// The bridge is a program of the operator's beside the command: it answers `POST /run` with `{prompt, system?, model?, session?}` by
// running the command, and says `{text, session?, exit_code?}`; 404 where it does not know the session.
import { definePlugin } from "wa";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

const codes: Record<number, string> = { 400: "invalid_request", 404: "unknown_session", 429: "rate_limited" };

export default definePlugin({
  capabilities: {
    "cliBackend/cli-bridge": async ({ stream, ...request }, wa) => {
      if (stream) await wa.emit({ kind: "progress", text: "the command runs" });
      const answer = await wa.fetch(`${wa.config.apiUrl}/run`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      if (!answer.ok) throw failure(codes[answer.status] ?? "unavailable", `the bridge answered with status ${answer.status}`);
      const { text, session, exit_code } = answer.json();
      if (stream) {
        for (const line of String(text).split(/(?<=\n)/)) if (line !== "") await wa.emit({ kind: "text", text: line });
      }
      return { text, session, exit_code };
    },
  },
});
