import { definePlugin } from "wa";
import { decode } from "./base64.ts";
import { Ear, RATE, tones } from "./morse.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The samples of a WAV file with 16 bits, one channel and the rate of the code. */
const samples = (file: Uint8Array): Uint8Array => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const word = (at: number) => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 44 || word(0) !== "RIFF" || word(8) !== "WAVE") throw failure("invalid_request", "this is no WAV file");
  if (view.getUint16(22, true) !== 1 || view.getUint16(34, true) !== 16 || view.getUint32(24, true) !== RATE) {
    throw failure("unsupported", `the sound must have one channel, 16 bits and ${RATE} samples a second`);
  }
  return file.subarray(44);
};

export default definePlugin({
  capabilities: {
    "mediaUnderstanding/telegraph": ({ mime, base64 }) => {
      if (!/^audio\/(x-)?wav\b/.test(mime)) throw failure("unsupported", `only WAV files are understood, not ${mime}`);
      const ear = new Ear();
      return { text: (ear.hear(tones(samples(decode(base64)))) + ear.end()).trim() };
    },
  },
});
