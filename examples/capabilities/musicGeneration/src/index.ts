import { definePlugin } from "wa";
import { encode } from "./base64.ts";
import { hash } from "./hash.ts";
import { joined, wavHead } from "./wav.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

const RATE = 8000;
/** Milliseconds of a tone, and of the longest piece. */
const TONE = 200;
const LONGEST = 20000;
/** A scale of five tones, in hertz. */
const SCALE = [262, 294, 330, 392, 440];

export default definePlugin({
  capabilities: {
    "musicGeneration/music-box": ({ prompt, duration_ms = 2000, format, lyrics, seed = 0 }) => {
      if (format !== undefined && format !== "wav") throw failure("unsupported", "the format is `wav`");
      if (lyrics !== undefined) throw failure("unsupported", "a music box does not sing");
      if (duration_ms > LONGEST) throw failure("unsupported", `a piece has at most ${LONGEST} milliseconds`);
      const count = Math.round((duration_ms * RATE) / 1000);
      const samples = new DataView(new ArrayBuffer(count * 2));
      for (let i = 0; i < count; i++) {
        const second = i / RATE;
        const tone = Math.floor((second * 1000) / TONE);
        const hertz = SCALE[hash(`${prompt} ${seed} ${tone}`) % SCALE.length];
        const fading = 1 - (second * 1000 - tone * TONE) / TONE;
        samples.setInt16(i * 2, Math.round(Math.sin(2 * Math.PI * hertz * second) * fading * 9000), true);
      }
      const bytes = new Uint8Array(samples.buffer);
      return { mime: "audio/wav", base64: encode(joined(wavHead(bytes.length, RATE), bytes)), duration_ms };
    },
  },
});
