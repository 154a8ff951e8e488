import { crc32, deflateSync } from "node:zlib";
import type { Pixels } from "../shared/core/autoscaling/plot/raster.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Length, type, data and check sum of one chunk (PNG, third edition, 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(data, crc32(head.subarray(4))), 0);
  return Buffer.concat([head, data, tail]);
}

/** Each byte less the one a row above (filter 2): a chart is made of columns, so that most become 0. */
function filtered({ width, height, rgb }: Pixels): Uint8Array {
  const stride = width * 3;
  const rows = new Uint8Array((stride + 1) * height);
  for (let row = 0; row < height; row += 1) {
    const [from, to] = [row * stride, row * (stride + 1)];
    rows[to] = 2;
    for (let at = 0; at < stride; at += 1)
      rows[to + 1 + at] = (rgb[from + at] as number) - (row === 0 ? 0 : (rgb[from + at - stride] as number));
  }
  return rows;
}

/** Pixels as a PNG file (ISO/IEC 15948): 8 bits a channel, no alpha, with the title and description as text. */
export function png(pixels: Pixels, scale: number, texts: Readonly<Record<string, string>> = {}): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels.width, 0);
  header.writeUInt32BE(pixels.height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  // 96 pixels to the inch at scale 1, so that a viewer shows a picture of scale 2 as large, only sharper.
  const perMetre = Math.round((96 * scale) / 0.0254);
  const density = Buffer.alloc(9);
  density.writeUInt32BE(perMetre, 0);
  density.writeUInt32BE(perMetre, 4);
  density[8] = 1;
  // Keyword, no compression, no language, no translated keyword, UTF-8 text.
  const noted = Object.entries(texts).map(([keyword, text]) =>
    chunk(
      "iTXt",
      Buffer.concat([
        Buffer.from(keyword, "latin1"),
        Buffer.alloc(5),
        Buffer.from(text.replaceAll("\u0000", ""), "utf8"),
      ]),
    ),
  );
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("pHYs", density),
    ...noted,
    chunk("IDAT", deflateSync(filtered(pixels))),
    chunk("IEND", new Uint8Array()),
  ]);
}
