import { CODE, RATE, UNIT } from "./code.ts";

/** Units of tone (positive) and of silence (negative). */
const units = (text: string): number[] => {
  const list: number[] = [];
  for (const word of text.toLowerCase().split(/\s+/)) {
    for (const letter of word) {
      const code = CODE[letter];
      if (code === undefined) continue;
      for (const sign of code) list.push(sign === "-" ? 3 : 1, -1);
      list.push(-2);
    }
    list.push(-4);
  }
  return list;
};

/** The text as samples: 16 bits, little-endian, one channel. */
export const key = (text: string): Uint8Array => {
  const list = units(text);
  const samples = new DataView(new ArrayBuffer(list.reduce((sum, unit) => sum + Math.abs(unit), 0) * UNIT * 2));
  let at = 0;
  for (const unit of list) {
    for (let i = 0; i < Math.abs(unit) * UNIT; i++, at++) {
      const value = unit > 0 ? Math.round(Math.sin((2 * Math.PI * 800 * i) / RATE) * 12000) : 0;
      samples.setInt16(at * 2, value, true);
    }
  }
  return new Uint8Array(samples.buffer);
};
