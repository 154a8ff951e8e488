import { hash64 } from "../../kernel/hash.ts";
import { canonical, type Json } from "../../kernel/json.ts";
import { matcher } from "../../kernel/patterns.ts";
import type { Offset } from "../../kernel/streams.ts";
import type { PartitionPart } from "../format/types.ts";
import type { RestoreRequest, Slice } from "./types.ts";

/** Which topics of the point are wanted. */
export const topicWanted = ({ topics, exclude }: RestoreRequest): ((name: string) => boolean) =>
  matcher(topics ?? ["*"], exclude);

const renamed = (
  name: string,
  rename: readonly { readonly from: string; readonly to: string }[] = [],
  prefix = "",
): string => rename.find(({ from }) => from === name)?.to ?? `${prefix}${name}`;

/** What a topic is called where it is restored. */
export const targetTopic = (request: RestoreRequest, name: string): string =>
  renamed(name, request.rename, request.prefix);

export const targetGroup = (request: RestoreRequest, name: string): string =>
  renamed(name, request.renameGroups, request.groupPrefix);

/** Whether records are picked one by one, so that it is not known beforehand how many there are. */
export const picks = ({ time, keys }: RestoreRequest): boolean =>
  keys !== undefined || time?.from !== undefined || time?.to !== undefined;

const named = (slice: Slice, topic: string, partition: number): boolean =>
  (slice.topic === undefined || matcher([slice.topic])(topic)) &&
  (slice.partition === undefined || slice.partition === partition);

/** The offsets that are wanted of a partition, [from, to); undefined: none of it. */
export function stretchOf(
  request: RestoreRequest,
  topic: string,
  part: PartitionPart,
): { readonly from: Offset; readonly to: Offset } | undefined {
  const { slices = [] } = request;
  const slice = slices.find((one) => named(one, topic, part.partition));
  if (!slice && slices.length > 0) return undefined;
  const from = Math.max(part.logStart, slice?.from ?? 0);
  const to = Math.min(part.end, slice?.to ?? part.end);
  return { from: Math.min(from, part.end), to: Math.max(Math.min(from, part.end), to) };
}

/**
 * Names what is picked of a point, as origins carry it. A whole restore is named by its plan alone, so that one of a later point of the same plan goes on
 * where it ended; with something picked it is that point and that choice.
 */
export function selectionOf(request: RestoreRequest, point: { readonly plan: string; readonly id: string }): string {
  const { slices = [], time = {}, keys } = request;
  if (slices.length === 0 && !picks(request)) return point.plan;
  const chosen = { slices, time, ...(keys ? { keys: [...keys].sort() } : {}) };
  return `${point.id}#${hash64(canonical(chosen as unknown as Json))}`;
}
