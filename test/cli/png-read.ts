import { crc32, inflateSync } from "node:zlib";

export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly texts: Readonly<Record<string, string>>;
  /** Red, green and blue of a pixel. */
  readonly at: (x: number, y: number) => readonly number[];
}

/** Reads a PNG of 8 bits a channel without alpha; throws where signature, check sums, order or size of anything are wrong. */
export function readPng(file: Buffer): Decoded {
  if (file.subarray(0, 8).toString("latin1") !== "\u0089PNG\r\n\u001a\n") throw new Error("no PNG");
  const found: [string, Buffer][] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (file.readUInt32BE(at + 8 + length) !== crc32(body)) throw new Error("check sum");
    found.push([body.toString("latin1", 0, 4), body.subarray(4)]);
    at += 12 + length;
  }
  const names = found.map(([name]) => name);
  if (names[0] !== "IHDR" || names.at(-1) !== "IEND") throw new Error(`order of chunks: ${names}`);
  const head = (found[0] as [string, Buffer])[1];
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  if (head.subarray(8).toString("hex") !== "0802000000") throw new Error("no plain RGB");
  const raw = inflateSync(Buffer.concat(found.filter(([name]) => name === "IDAT").map(([, data]) => data)));
  const stride = width * 3;
  if (raw.length !== height * (stride + 1)) throw new Error("number of bytes");
  const rgb = new Uint8Array(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)];
    if (filter !== 0 && filter !== 2) throw new Error(`filter ${filter}`);
    for (let at = 0; at < stride; at += 1) {
      const above = filter === 2 && row > 0 ? (rgb[(row - 1) * stride + at] as number) : 0;
      rgb[row * stride + at] = (raw[row * (stride + 1) + 1 + at] as number) + above;
    }
  }
  const texts = found.flatMap(([name, data]) => {
    const end = data.indexOf(0);
    return name === "iTXt" ? [[data.toString("latin1", 0, end), data.toString("utf8", end + 5)] as const] : [];
  });
  return {
    width,
    height,
    texts: Object.fromEntries(texts),
    at: (x, y) => [...rgb.subarray(y * stride + x * 3, y * stride + x * 3 + 3)],
  };
}
