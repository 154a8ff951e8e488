import type { TopicPartition } from "../core/kernel/streams.ts";

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${partition}/${topic}`;

/** Requests name a topic once, with its partitions. */
export function byTopic<T extends TopicPartition>(items: readonly T[]): [topic: string, items: T[]][] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const known = topics.get(item.topic);
    if (known) known.push(item);
    else topics.set(item.topic, [item]);
  }
  return [...topics];
}
