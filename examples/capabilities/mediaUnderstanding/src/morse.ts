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

const LETTERS = new Map(Object.entries(CODE).map(([letter, code]) => [code, letter]));

/** Whether there is a tone, unit by unit. */
export const tones = (pcm: Uint8Array): boolean[] => {
  const samples = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const list: boolean[] = [];
  for (let start = 0; start + UNIT * 2 <= pcm.byteLength; start += UNIT * 2) {
    let sum = 0;
    for (let i = 0; i < UNIT; i++) sum += Math.abs(samples.getInt16(start + i * 2, true));
    list.push(sum / UNIT > 1000);
  }
  return list;
};

/** Words out of tones, fed piece by piece. */
export class Ear {
  #on = false;
  #length = 0;
  #code = "";

  /** The letters that the tones complete. */
  hear(tones: boolean[]): string {
    let text = "";
    for (const on of tones) {
      if (on === this.#on) this.#length++;
      else {
        if (this.#on) this.#code += this.#length > 2 ? "-" : ".";
        this.#on = on;
        this.#length = 1;
      }
      if (!this.#on && this.#length === 3) text += this.end();
      if (!this.#on && this.#length === 7) text += " ";
    }
    return text;
  }

  /** The letter that is still open. */
  end(): string {
    const letter = LETTERS.get(this.#code) ?? (this.#code === "" ? "" : "?");
    this.#code = "";
    return letter;
  }
}
