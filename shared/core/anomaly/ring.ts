import type { Charted } from "./series.ts";

/** Points kept for charts: three hours of minutes. */
export const RING_POINTS = 180;
/** at and value as doubles; score, low and high as floats: a chart needs no more. */
const BYTES = 28;

const viewOf = (ring: Uint8Array) => new DataView(ring.buffer, ring.byteOffset, ring.byteLength);

/** The ring with one point more, the oldest dropped when it is full. Writes into the ring that is given where it is full. */
export function appended(ring: Uint8Array, { at, value, score, low, high }: Charted): Uint8Array {
  const full = ring.length >= RING_POINTS * BYTES;
  const next = full ? ring : new Uint8Array(ring.length + BYTES);
  if (full) next.copyWithin(0, BYTES);
  else next.set(ring);
  const view = viewOf(next);
  const start = next.length - BYTES;
  view.setFloat64(start, at, true);
  view.setFloat64(start + 8, value, true);
  view.setFloat32(start + 16, score, true);
  view.setFloat32(start + 20, low ?? Number.NaN, true);
  view.setFloat32(start + 24, high ?? Number.NaN, true);
  return next;
}

/** The points of a ring, oldest first. */
export function chartedOf(ring: Uint8Array): readonly Charted[] {
  const view = viewOf(ring);
  const points: Charted[] = [];
  for (let start = 0; start + BYTES <= ring.length; start += BYTES) {
    const [low, high] = [view.getFloat32(start + 20, true), view.getFloat32(start + 24, true)];
    points.push({
      at: view.getFloat64(start, true),
      value: view.getFloat64(start + 8, true),
      score: view.getFloat32(start + 16, true),
      ...(Number.isNaN(low) ? {} : { low }),
      ...(Number.isNaN(high) ? {} : { high }),
    });
  }
  return points;
}
