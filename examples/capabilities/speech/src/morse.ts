/** Morse code: a point and a dash for each letter. */
export const CODE: Record<string, string> = {
  a: ".-", b: "-...", c: "-.-.", d: "-..", e: ".", f: "..-.", g: "--.", h: "....", i: "..", j: ".---", k: "-.-", l: ".-..", m: "--",
  n: "-.", o: "---", p: ".--.", q: "--.-", r: ".-.", s: "...", t: "-", u: "..-", v: "...-", w: ".--", x: "-..-", y: "-.--", z: "--..",
  "0": "-----", "1": ".----", "2": "..---", "3": "...--", "4": "....-", "5": ".....", "6": "-....", "7": "--...", "8": "---..",
  "9": "----.", ".": ".-.-.-", ",": "--..--", "?": "..--..", "-": "-....-", "/": "-..-.", "'": ".----.", "!": "-.-.--",
};

/** Samples a second, 16 bits each, and samples of one point. */
export const RATE = 8000;
export const UNIT = 80;

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
