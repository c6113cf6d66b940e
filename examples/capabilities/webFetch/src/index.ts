import { definePlugin } from "wa";
import { title, words } from "./html.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The most characters given, whatever is asked for. */
const MOST = 200_000;

export default definePlugin({
  capabilities: {
    "webFetch/page-reader": async ({ url, format, max_chars = MOST }, wa) => {
      const answer = await wa.fetch(url).catch((error: any) => {
        // An origin that the manifest does not name is another provider's.
        throw failure(error.code === "denied" ? "unsupported" : error.code === "timeout" ? "timeout" : "unavailable", error.message);
      });
      if (answer.status === 404 || answer.status === 410) throw failure("not_found", `there is no page ${url}`);
      if (answer.status === 429) throw failure("rate_limited", "the site wants fewer requests");
      const mime = answer.headers["content-type"] ?? "";
      const body = answer.text();
      const isPage = /html/i.test(mime);
      const text = isPage ? words(body, format === "markdown") : body;
      const most = Math.min(max_chars, MOST);
      const name = isPage ? title(body) : undefined;
      return {
        url,
        status: answer.status,
        ...(mime === "" ? {} : { mime }),
        ...(name === undefined ? {} : { title: name }),
        text: text.slice(0, most),
        truncated: text.length > most,
      };
    },
  },
});
