import { definePlugin } from "wa";
import { encode } from "./base64.ts";
import { key, RATE } from "./morse.ts";
import { joined, wavHead } from "./wav.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The longest text: its sound fits a frame. */
const LONGEST = 300;
/** Bytes of sound in one chunk. */
const PIECE = 48 << 10;

export default definePlugin({
  capabilities: {
    "speech/telegraph": async ({ text, voice, format, stream }, wa) => {
      if (voice !== undefined && voice !== "sounder") throw failure("unsupported", "there is one voice, `sounder`");
      if (format === "mp3" || format === "ogg") throw failure("unsupported", "the formats are `wav` and `pcm`");
      if (text.length > LONGEST) throw failure("unsupported", `a text has at most ${LONGEST} characters`);
      const samples = key(text);
      const bytes = format === "pcm" ? samples : joined(wavHead(samples.length, RATE), samples);
      const answer = {
        mime: format === "pcm" ? "audio/pcm" : "audio/wav",
        sample_rate: RATE,
        duration_ms: Math.round((samples.length / 2 / RATE) * 1000),
      };
      if (!stream) return { ...answer, base64: encode(bytes) };
      for (let at = 0; at < bytes.length; at += PIECE) await wa.emit({ base64: encode(bytes.subarray(at, at + PIECE)) });
      return answer;
    },
  },
});
