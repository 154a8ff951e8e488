import type { Offset } from "../../kernel/streams.ts";

/** Header of each record whose offset was translated: where it was. */
export const ORIGIN_HEADER = "headgate-origin";
/** Key of the last record of each batch of filler, so that a restore knows its own. */
export const FILLER_KEY = "headgate-filler";

export interface Origin {
  /** Id of the cluster it was in. */
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** The restore point, with what was picked of it. */
  readonly point: string;
}

/** "cluster/topic/partition/offset/point": none of them has a slash. */
export const originText = ({ cluster, topic, partition, offset, point }: Origin): string =>
  `${cluster}/${topic}/${partition}/${offset}/${point}`;

/** Undefined for any other text. */
export function readOrigin(text: string): Origin | undefined {
  const [cluster, topic, partition = "", offset = "", point, ...more] = text.split("/");
  if (cluster === undefined || topic === undefined || point === undefined || more.length > 0) return undefined;
  if (!/^\d+$/.test(partition) || !/^\d+$/.test(offset)) return undefined;
  return { cluster, topic, partition: Number(partition), offset: Number(offset), point };
}
