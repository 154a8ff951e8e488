import { bytesOf, type Sizes, type Track, trackOver } from "./track.ts";

/** "HGS" and the version of the layout. */
const MAGIC = [0x48, 0x47, 0x53, 1];
const HEAD_BYTES = 8;

type Meta = Pick<Track, "name" | "made" | "rows" | "told" | "sizes">;

/** Numbers are kept as the machine has them; all that Node runs on have the lower byte first. */
const padded = (length: number): number => Math.ceil(length / 8) * 8;

/**
 * Tracks of many objectives as one binary: magic and version, length of the header, the header as JSON, then each track's numbers as they lie in
 * memory. Equal tracks give equal bytes.
 */
export function packTracks(tracks: readonly Track[]): Uint8Array {
  const metas = tracks.map(({ name, made, rows, told, sizes }): Meta => ({ name, made, rows, told, sizes }));
  const header = new TextEncoder().encode(JSON.stringify(metas));
  const start = padded(HEAD_BYTES + header.length);
  const bytes = new Uint8Array(tracks.reduce((sum, track) => sum + track.bytes.length, start));
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(4, header.length, true);
  bytes.set(header, HEAD_BYTES);
  let at = start;
  for (const track of tracks) {
    bytes.set(track.bytes, at);
    at += track.bytes.length;
  }
  return bytes;
}

/** What {@link packTracks} put together; undefined where bytes are missing, are too many, or are something else. */
export function unpackTracks(bytes: Uint8Array): readonly Track[] | undefined {
  if (bytes.length < HEAD_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const metas = metasOf(bytes.subarray(HEAD_BYTES, HEAD_BYTES + length));
  const start = padded(HEAD_BYTES + length);
  if (!metas || metas.reduce((sum, { sizes }) => sum + bytesOf(sizes), start) !== bytes.length) return undefined;
  // One copy for all, at an address that numbers can lie at, and ours to write into.
  const own = bytes.slice();
  let at = start;
  return metas.map((meta) => {
    const size = bytesOf(meta.sizes);
    const track = trackOver(meta, own.subarray(at, at + size));
    at += size;
    return track;
  });
}

function metasOf(header: Uint8Array): readonly Meta[] | undefined {
  try {
    const metas = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header)) as unknown;
    return Array.isArray(metas) && metas.every(isMeta) ? metas : undefined;
  } catch {
    return undefined;
  }
}

const isSize = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 100_000;

function isMeta(value: unknown): value is Meta {
  const { name, made, rows, told, sizes } = (value ?? {}) as Partial<Meta>;
  const { minutes, fives, hours } = (sizes ?? {}) as Partial<Sizes>;
  const texts = [name, made, told].every((one) => typeof one === "string");
  return texts && Array.isArray(rows) && [minutes, fives, hours].every(isSize);
}
