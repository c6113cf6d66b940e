const CRC = Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc >>> 0;
});

const crc32 = (bytes: number[]): number =>
  (bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

const long = (value: number): number[] => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

const chunk = (name: string, data: number[]): number[] => {
  const body = [...name].map((letter) => letter.charCodeAt(0)).concat(data);
  return [...long(data.length), ...body, ...long(crc32(body))];
};

/** The bytes as a zlib stream that compresses nothing. */
const zlib = (bytes: number[]): number[] => {
  const out = [0x78, 0x01];
  for (let at = 0; at < bytes.length; at += 0xffff) {
    const part = bytes.slice(at, at + 0xffff);
    const size = part.length;
    out.push(at + size >= bytes.length ? 1 : 0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255);
    for (const byte of part) out.push(byte);
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) b = (b + (a = (a + byte) % 65521)) % 65521;
  return [...out, b >> 8, b & 255, a >> 8, a & 255];
};

/** A PNG file with two colours: `on` says which points have the first. */
export const png = (width: number, height: number, colours: [number, number], on: (x: number, y: number) => boolean): Uint8Array => {
  const lines: number[] = [];
  for (let y = 0; y < height; y++) {
    lines.push(0);
    for (let x = 0; x < width; x++) lines.push(on(x, y) ? 0 : 1);
  }
  const palette = colours.flatMap((colour) => long(colour).slice(1));
  const head = [...long(width), ...long(height), 8, 3, 0, 0, 0];
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([...signature, ...chunk("IHDR", head), ...chunk("PLTE", palette), ...chunk("IDAT", zlib(lines)), ...chunk("IEND", [])]);
};
