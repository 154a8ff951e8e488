import { type API, listOffsetsV5, listOffsetsV6, listOffsetsV7 } from "@platformatic/kafka";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Offset, PartitionOffsets, TopicPartition } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError, moved, passing, unavailable, wordsOf } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { LOG_DIRS } from "./kafka-log-dirs.ts";
import { byTopic, partitionKey } from "./kafka-partitions.ts";
import { inRounds, type Turn } from "./kafka-rounds.ts";

const LATEST = -1n;
const EARLIEST = -2n;
const UNCOMMITTED = 0;
const COMMITTED = 1;

type ListOffsets = API<
  Parameters<typeof listOffsetsV7.api.async> extends [unknown, ...infer Rest] ? Rest : never,
  Awaited<ReturnType<typeof listOffsetsV7.api.async>>
>;
const LIST_OFFSETS = [listOffsetsV7.api, listOffsetsV6.api, listOffsetsV5.api] as unknown as readonly ListOffsets[];

/** An offset as a number. Throws HeadgateError `streams.unavailable` past 2^53 − 1. */
export function offsetOf(link: KafkaLink, value: bigint): Offset {
  const offset = Number(value);
  if (!Number.isSafeInteger(offset)) throw unavailable(link.name, `offset ${value} is past 2^53 - 1`, false);
  return offset;
}

/** What one of several questions to a leader found: an offset, that there is none, or an error. */
type Found = { readonly offset: Offset } | { readonly code: number };

async function listed(
  link: KafkaLink,
  broker: number,
  items: readonly TopicPartition[],
  isolation: number,
  at: bigint,
) {
  const topics = byTopic(items).map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: -1,
      timestamp: at,
    })),
  }));
  const answer = await link.ask(broker, LIST_OFFSETS, -1, isolation, topics);
  const found = new Map<string, Found>();
  for (const { name, partitions } of answer.topics)
    for (const { partitionIndex, errorCode, offset } of partitions)
      found.set(
        partitionKey({ topic: name, partition: partitionIndex }),
        errorCode === CODE.none ? { offset: offsetOf(link, offset) } : { code: errorCode },
      );
  return found;
}

/** The turn of one partition by what its questions found; a code that does not pass ends the call. */
function turn<T>(
  link: KafkaLink,
  { topic }: TopicPartition,
  found: readonly (Found | undefined)[],
  done: (offsets: readonly Offset[]) => T,
): Turn<T> {
  const offsets: Offset[] = [];
  for (const one of found) {
    if (one === undefined) return { again: "no answer" };
    if ("offset" in one) offsets.push(one.offset);
    else if (one.code === CODE.unknownPartition || moved(one.code) || passing(one.code))
      return { again: wordsOf(one.code) };
    else throw codeError(link.name, one.code, `DESCRIBE on topic ${topic}`);
  }
  return { answer: done(offsets) };
}

const ends = <T>(link: KafkaLink) => ({
  unknown: (): T | undefined => undefined,
  failed: ({ topic, partition }: TopicPartition, why: string, code: number, retryable: boolean): T | undefined => {
    if (code !== 0) throw codeError(link.name, code, `DESCRIBE on topic ${topic}`);
    throw unavailable(link.name, `partition ${partition} of ${topic}: ${why}`, retryable);
  },
});

const present = <T>(all: readonly (T | undefined)[]): T[] => all.filter((one) => one !== undefined);

export function kafkaOffsets(link: KafkaLink): Streams["offsets"] {
  return async (partitions) =>
    present(
      await inRounds<TopicPartition, PartitionOffsets | undefined>(link, partitions, {
        ask: async (broker, items) => {
          // Sent at once, and answered in this order: a log start that moves on meanwhile is no reason for an end before it.
          const [start, stable, end, bytes] = await Promise.all([
            listed(link, broker, items, UNCOMMITTED, EARLIEST),
            listed(link, broker, items, COMMITTED, LATEST),
            listed(link, broker, items, UNCOMMITTED, LATEST),
            sizes(link, broker, items),
          ]);
          return items.map((item) => {
            const key = partitionKey(item);
            return turn(
              link,
              item,
              [start.get(key), stable.get(key), end.get(key)],
              ([first = 0, decided = 0, last = 0]) => {
                const size = bytes.get(key);
                const { topic, partition } = item;
                return {
                  topic,
                  partition,
                  logStart: first,
                  stable: decided,
                  end: last,
                  ...(size === undefined ? {} : { bytes: size }),
                };
              },
            );
          });
        },
        ...ends<PartitionOffsets>(link),
      }),
    );
}

/** Where partitions end, and nothing else: one question to each leader. Those that are not there are absent. */
export function kafkaEnds(link: KafkaLink): (partitions: readonly TopicPartition[]) => Promise<Map<string, Offset>> {
  return async (partitions) => {
    const found = await inRounds<TopicPartition, readonly [string, Offset] | undefined>(link, partitions, {
      ask: async (broker, items) => {
        const last = await listed(link, broker, items, UNCOMMITTED, LATEST);
        return items.map((item) =>
          turn(link, item, [last.get(partitionKey(item))], ([end = 0]) => [partitionKey(item), end] as const),
        );
      },
      ...ends<readonly [string, Offset]>(link),
    });
    return new Map(present(found));
  };
}

/** Bytes on this broker's disks; nothing where it does not tell. */
async function sizes(link: KafkaLink, broker: number, items: readonly TopicPartition[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const topics = byTopic(items).map(([name, all]) => ({ name, partitions: all.map(({ partition }) => partition) }));
  try {
    const { results } = await link.ask(broker, LOG_DIRS, topics);
    for (const { errorCode, topics: told } of results)
      if (errorCode === CODE.none)
        for (const { name, partitions } of told)
          for (const { partitionIndex, partitionSize, isFutureKey } of partitions)
            if (!isFutureKey)
              found.set(partitionKey({ topic: name, partition: partitionIndex }), Number(partitionSize));
  } catch (error) {
    // A size is a courtesy: managed clusters do not offer it, and rules may keep it from us.
    if (!(error instanceof HeadgateError) || error.retryable) throw error;
  }
  return found;
}

export function kafkaOffsetsAt(link: KafkaLink): Streams["offsetsAt"] {
  return async (partitions, at) =>
    present(
      await inRounds<TopicPartition, (TopicPartition & { offset: Offset }) | undefined>(link, partitions, {
        ask: async (broker, items) => {
          const found = await listed(link, broker, items, COMMITTED, BigInt(Math.ceil(at)));
          return items.map((item) =>
            turn(link, item, [found.get(partitionKey(item))], ([offset = -1]) =>
              offset < 0 ? undefined : { topic: item.topic, partition: item.partition, offset },
            ),
          );
        },
        ...ends<TopicPartition & { offset: Offset }>(link),
      }),
    );
}
