import { type Frame, walkFrames } from "../../shared/core/backup/batch/frames.ts";
import { type Batch, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { ORIGIN_HEADER, originText } from "../../shared/core/backup/restore/origin.ts";
import type { Offset } from "../../shared/core/kernel/streams.ts";

const encoder = new TextEncoder();
const KEY = encoder.encode(ORIGIN_HEADER);

/** What picks records: by their time, [from, to), and by key. */
export interface Picking {
  readonly from?: number;
  readonly to?: number;
  readonly keys?: ReadonlySet<string>;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

/** Keys as a request has them. */
export const keySet = (keys: readonly string[]): ReadonlySet<string> =>
  new Set(
    keys.map((key) =>
      base64(key.startsWith("base64:") ? Buffer.from(key.slice("base64:".length), "base64") : encoder.encode(key)),
    ),
  );

/** The key of the record at `frame`; undefined: null. */
function keyOf({ bytes }: Batch, { body, end }: Frame): string | undefined {
  let shift = 0;
  let zigzag = 0;
  let at = body;
  for (; at < end; shift += 7) {
    const byte = bytes[at++] as number;
    zigzag |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  const length = (zigzag >>> 1) ^ -(zigzag & 1);
  return length < 0 ? undefined : base64(bytes.subarray(at, at + length));
}

/** Whether a record is wanted. */
export function picker({ from, to, keys }: Picking): ((batch: Batch, frame: Frame) => boolean) | undefined {
  if (from === undefined && to === undefined && !keys) return undefined;
  return (batch, frame) => {
    const { header } = batch;
    const timestamp =
      header.timestampType === "append"
        ? Number(header.maxTimestamp)
        : Number(header.baseTimestamp) + Number(frame.timestampDelta);
    if (from !== undefined && timestamp < from) return false;
    if (to !== undefined && timestamp >= to) return false;
    if (!keys) return true;
    const key = keyOf(batch, frame);
    return key !== undefined && keys.has(key);
  };
}

/** Makes the header that says where a record was. */
export function originHeader(of: {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly point: string;
}) {
  return (offset: Offset) => ({ key: KEY, value: encoder.encode(originText({ ...of, offset })) });
}

/** Records of one piece in [from, to) that are wanted, in order, batch by batch. */
export function* framesOf(
  bytes: Uint8Array,
  from: Offset,
  to: Offset,
  wanted: ((batch: Batch, frame: Frame) => boolean) | undefined,
): Generator<{ readonly batch: Batch; readonly frames: readonly Frame[] }, void, undefined> {
  for (const batch of walkBatches(bytes)) {
    if (batch.header.lastOffset < from || batch.header.baseOffset >= to) continue;
    const frames: Frame[] = [];
    walkFrames(batch, (frame) => {
      if (frame.offset >= from && frame.offset < to && (!wanted || wanted(batch, frame))) frames.push({ ...frame });
    });
    if (frames.length > 0) yield { batch, frames };
  }
}
