import { definePlugin } from "wa";
import { encode } from "./base64.ts";
import { hash } from "./hash.ts";
import { png } from "./png.ts";

/** An error with a code of the contract. */
const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The largest side, in points. */
const LARGEST = 128;
/** Fields of the pattern in a row. */
const FIELDS = 8;

export default definePlugin({
  capabilities: {
    "imageGeneration/identicon": ({ prompt, count, width = 64, height = 64, format, seed = 0 }) => {
      if (format !== undefined && format !== "png") throw failure("unsupported", "the format is `png`");
      if (width > LARGEST || height > LARGEST) throw failure("unsupported", `a picture has at most ${LARGEST} points a side`);
      const images = Array.from({ length: count ?? 1 }, (_, index) => {
        const pattern = hash(`${seed} ${index} ${prompt}`);
        const on = (x: number, y: number) => {
          const column = Math.floor((x * FIELDS) / width);
          const row = Math.floor((y * FIELDS) / height);
          return ((pattern >>> ((Math.min(column, FIELDS - 1 - column) + row * 4) % 32)) & 1) === 1;
        };
        const bytes = png(width, height, [hash(`${prompt} ink`) & 0xffffff, 0xf4f4f4], on);
        return { mime: "image/png", base64: encode(bytes), width, height };
      });
      return { images };
    },
  },
});
