import { definePlugin } from "wa";
import { decode } from "./base64.ts";
import { Ear, tones } from "./morse.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** Sessions that may be open; the oldest makes room. */
const MOST = 16;
const sessions = new Map<string, Ear>();
let last = 0;

const open = (): string => {
  const oldest = sessions.keys().next().value;
  if (sessions.size >= MOST && oldest !== undefined) sessions.delete(oldest);
  const session = `s${++last}`;
  sessions.set(session, new Ear());
  return session;
};

export default definePlugin({
  capabilities: {
    "realtimeTranscription/telegraph": async ({ session: named, mime, base64, end, stream }, wa) => {
      if (mime !== "audio/pcm") throw failure("unsupported", "the sound must be `audio/pcm`, 8000 samples a second");
      const session = named ?? open();
      const ear = sessions.get(session);
      if (ear === undefined) throw failure("unknown_session", `there is no session ${session}`);
      let text = ear.hear(tones(decode(base64 ?? "")));
      if (end) {
        text += ear.end();
        sessions.delete(session);
      }
      if (stream && text !== "") await wa.emit({ text, final: true });
      return { session, text };
    },
  },
});
