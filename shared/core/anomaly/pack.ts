import type { SeriesState } from "./series.ts";

/** "HGA" and the version of the layout. */
const MAGIC = [0x48, 0x47, 0x41, 1];
const HEAD_BYTES = 8;

type Meta = Omit<SeriesState, "state" | "ring">;
/** Lengths of the two binary parts, in the order in which they follow. */
type Entry = Meta & { readonly stateBytes: number; readonly ringBytes: number };

/** What is in front of the binary parts: enough for every list and overview, and where each series' parts are. */
export interface PackedHeader {
  /** Bytes up to the first binary part. */
  readonly length: number;
  readonly series: readonly (Meta & { readonly stateAt: number; readonly ringAt: number; readonly end: number })[];
}

/**
 * States of many series as one binary: magic and version, length of the header, the header as JSON, then the detectors' states and
 * the rings one after the other. Equal states give equal bytes, so that the name of an object can be made of its content.
 */
export function pack(series: readonly SeriesState[]): { readonly bytes: Uint8Array; readonly headerBytes: number } {
  const entries = series.map(({ state, ring, ...meta }): Entry => {
    return { ...meta, stateBytes: state.length, ringBytes: ring.length };
  });
  const header = new TextEncoder().encode(JSON.stringify({ series: entries }));
  const headerBytes = HEAD_BYTES + header.length;
  const total = series.reduce((sum, one) => sum + one.state.length + one.ring.length, headerBytes);
  const bytes = new Uint8Array(total);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(4, header.length, true);
  bytes.set(header, HEAD_BYTES);
  let at = headerBytes;
  for (const { state, ring } of series) {
    bytes.set(state, at);
    bytes.set(ring, at + state.length);
    at += state.length + ring.length;
  }
  return { bytes, headerBytes };
}

/** The header alone, from the first bytes of a pack; undefined for anything that is no pack of this version. */
export function unpackHeader(bytes: Uint8Array): PackedHeader | undefined {
  if (bytes.length < HEAD_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) return undefined;
  const length = HEAD_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (bytes.length < length) return undefined;
  let entries: readonly Entry[];
  try {
    ({ series: entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD_BYTES, length))) as {
      series: readonly Entry[];
    });
  } catch {
    return undefined;
  }
  let at = length;
  const series = entries.map(({ stateBytes, ringBytes, ...meta }) => {
    const stateAt = at;
    at += stateBytes + ringBytes;
    return { ...meta, stateAt, ringAt: stateAt + stateBytes, end: at };
  });
  return { length, series };
}

/** What {@link pack} put together; undefined where bytes are missing or are something else. */
export function unpack(bytes: Uint8Array): readonly SeriesState[] | undefined {
  const header = unpackHeader(bytes);
  if (!header || (header.series.at(-1)?.end ?? header.length) !== bytes.length) return undefined;
  return header.series.map(({ stateAt, ringAt, end, ...meta }) => ({
    ...meta,
    state: bytes.slice(stateAt, ringAt),
    ring: bytes.slice(ringAt, end),
  }));
}
