import { definePlugin } from "wa";
import { encode } from "./base64.ts";
import { hash } from "./hash.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** Frames a second, the longest film in milliseconds, and the largest side in points. */
const RATE = 10;
const LONGEST = 5000;
const LARGEST = 64;

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

export default definePlugin({
  capabilities: {
    "videoGeneration/colour-wheel": ({ prompt, image, duration_ms = 1000, width = 32, height = 32, seed = 0 }) => {
      if (image !== undefined) throw failure("unsupported", "a film cannot begin with a picture");
      if (duration_ms > LONGEST) throw failure("unsupported", `a film has at most ${LONGEST} milliseconds`);
      if (width > LARGEST || height > LARGEST || width % 2 === 1 || height % 2 === 1) {
        throw failure("unsupported", `a side has an even number of points, at most ${LARGEST}`);
      }
      const start = hash(`${prompt} ${seed}`);
      // YUV4MPEG2: frames as they are, a plane of light and two of colour.
      const bytes = ascii(`YUV4MPEG2 W${width} H${height} F${RATE}:1 Ip A1:1 C420jpeg\n`);
      const frames = Math.max(1, Math.round((duration_ms * RATE) / 1000));
      for (let frame = 0; frame < frames; frame++) {
        bytes.push(...ascii("FRAME\n"));
        for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) bytes.push((start + x * 4 + y * 4 + frame * 8) & 255);
        for (let i = 0; i < (width * height) / 4; i++) bytes.push(((start >>> 8) + frame * 4) & 255);
        for (let i = 0; i < (width * height) / 4; i++) bytes.push(((start >>> 16) - frame * 4) & 255);
      }
      return { mime: "video/x-yuv4mpeg", base64: encode(Uint8Array.from(bytes)), duration_ms, width, height };
    },
  },
});
