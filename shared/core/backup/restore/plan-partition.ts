import type { Offset } from "../../kernel/streams.ts";
import type { ChunkRef, PartitionPart } from "../format/types.ts";
import { MARKER_LIMIT, PAD_LIMIT, START_MARKERS } from "./constants.ts";
import { picks } from "./select.ts";
import type { PartitionPlan, RestoreRequest, TargetPartition } from "./types.ts";

interface Inside {
  readonly records: number;
  readonly bytes: number;
  readonly first?: Offset;
  readonly last?: Offset;
}

/** Records and bytes of chunks in [from, to) and in the time asked for: exact where whole chunks are taken, else by share of a chunk's offsets. */
export function inside(chunks: readonly ChunkRef[], from: Offset, to: Offset, time: RestoreRequest["time"]): Inside {
  let records = 0;
  let bytes = 0;
  let first: Offset | undefined;
  let last: Offset | undefined;
  for (const chunk of chunks) {
    if (chunk.last < from || chunk.first >= to) continue;
    if (time?.from !== undefined && chunk.maxTimestamp < time.from) continue;
    if (time?.to !== undefined && chunk.minTimestamp >= time.to) continue;
    const low = Math.max(from, chunk.first);
    const high = Math.min(to - 1, chunk.last);
    const share = (high - low + 1) / (chunk.last - chunk.first + 1);
    records += Math.min(chunk.records, Math.ceil(chunk.records * share));
    bytes += Math.ceil(chunk.raw * share);
    first ??= low;
    last = high;
  }
  return { records, bytes, ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) };
}

/** Where the restored log begins: as it did, unless the first record comes so much later that markers up to it are too many. */
const beginning = (from: Offset, first: Offset | undefined, to: Offset): Offset =>
  (first ?? to) - from <= START_MARKERS ? from : (first ?? to);

/** Why offsets cannot be kept; undefined: they can. */
function obstacle(
  request: RestoreRequest,
  append: boolean,
  pad: number,
  markers: number,
  there: TargetPartition | undefined,
): string | undefined {
  const { limits = {} } = request;
  if (append) return "it is appended behind records that are there already";
  if (request.offsets === "translate") return "the request says so";
  if (picks(request) && request.offsets !== "keep")
    return "records are picked by time or key, and each one that is left out would be a hole";
  if (there && there.origin !== undefined) return "an earlier restore into this topic has translated them";
  const padLimit = limits.pad ?? PAD_LIMIT;
  if (pad > padLimit) return `${pad} offsets before the first record are more than the ${padLimit} that are filled`;
  const markerLimit = limits.markers ?? MARKER_LIMIT;
  if (markers > markerLimit)
    return `${markers} holes between records are more than the ${markerLimit} that are made of markers`;
  return undefined;
}

/** What becomes of one partition. `there` absent: it is made. */
export function planPartition(
  request: RestoreRequest,
  part: PartitionPart,
  stretch: { readonly from: Offset; readonly to: Offset },
  chunks: readonly ChunkRef[],
  there: TargetPartition | undefined,
  append: boolean,
): PartitionPlan {
  const { partition } = part;
  const { from, to } = stretch;
  const atMost = picks(request);
  const whole = inside(chunks, from, to, undefined);
  // What was restored before stays: the offsets in between become markers.
  const logStart = there?.tail === "same" ? there.logStart : beginning(from, whole.first, to);
  const reached = there?.end ?? 0;
  const begun = Math.max(logStart, reached);
  const left = inside(chunks, begun, to, request.time);
  const pad = Math.max(0, logStart - reached);
  const markers = Math.max(0, to - begun - inside(chunks, begun, to, undefined).records);
  const why = obstacle(request, append, pad, markers, there);
  if (why === undefined)
    return {
      partition,
      offsets: "kept",
      from,
      to,
      next: Math.max(from, begun),
      logStart,
      end: Math.max(to, reached),
      pad,
      markers,
      records: left.records,
      bytes: left.bytes,
      atMost,
    };
  const next = there?.origin === undefined ? from : Math.max(from, there.origin + 1);
  const rest = inside(chunks, next, to, request.time);
  return {
    partition,
    offsets: "translated",
    why,
    from,
    to,
    next,
    logStart: there?.logStart ?? 0,
    end: reached + rest.records,
    pad: 0,
    markers: 0,
    records: rest.records,
    bytes: rest.bytes,
    atMost,
  };
}
