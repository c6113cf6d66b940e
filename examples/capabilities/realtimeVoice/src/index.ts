import { definePlugin } from "wa";
import { decode, encode } from "./base64.ts";
import { RATE } from "./code.ts";
import { Ear, tones } from "./ear.ts";
import { key } from "./key.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The longest answer: its sound fits a frame. */
const LONGEST = 300;
/** Sessions that may be open; the oldest makes room. */
const MOST = 16;
const sessions = new Set<string>();
let last = 0;

const open = (): string => {
  const [oldest] = sessions;
  if (sessions.size >= MOST) sessions.delete(oldest);
  const session = `s${++last}`;
  sessions.add(session);
  return session;
};

const understood = (base64: string): string => {
  const ear = new Ear();
  return (ear.hear(tones(decode(base64))) + ear.end()).trim();
};

export default definePlugin({
  capabilities: {
    "realtimeVoice/telegraph": async (request, wa) => {
      if (request.base64 !== undefined && request.mime !== "audio/pcm") {
        throw failure("unsupported", "the sound must be `audio/pcm`, 8000 samples a second");
      }
      const session = request.session ?? open();
      if (!sessions.has(session)) throw failure("unknown_session", `there is no session ${session}`);
      if (request.end) sessions.delete(session);
      const heard = request.base64 === undefined ? undefined : understood(request.base64);
      const text = (request.text ?? heard ?? "").slice(0, LONGEST);
      const answer = { session, text, ...(heard === undefined ? {} : { heard }), mime: "audio/pcm", sample_rate: RATE };
      if (!request.stream) return { ...answer, base64: encode(key(text)) };
      if (heard) await wa.emit({ heard });
      for (const word of text.split(" ").filter((word: string) => word !== "")) {
        await wa.emit({ text: `${word} ` });
        await wa.emit({ base64: encode(key(word)) });
      }
      return answer;
    },
  },
});
