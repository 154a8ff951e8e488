import type { Fetched, FetchRequest, Offset } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, isDenied, passing, wordsOf } from "./kafka-errors.ts";
import { type FetchedPartition, fetchCall, wholeBatches } from "./kafka-fetch-wire.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { partitionKey } from "./kafka-partitions.ts";
import { inRounds, type Turn } from "./kafka-rounds.ts";

/** A partition that had to wait behind large batches of others gets room for an ordinary batch of its own. */
const ROOM = 1_200_000;
const WAIT_MS = 500;
const LONGEST_THROTTLE_MS = 30_000;

interface Asked extends FetchRequest {
  room: number;
}

/** `offsets`: an answer out of range does not say what the range is. */
export function kafkaFetch(link: KafkaLink, offsets: Streams["offsets"]): Streams["fetch"] {
  return async (requests, { waitMs = WAIT_MS } = {}) => {
    let wait = waitMs;
    const asked = requests.map((request): Asked => ({ ...request, room: request.maxBytes }));
    const answers = await inRounds<Asked, Fetched>(link, asked, {
      ask: async (broker, items) => {
        const turns = await askOne(link, broker, items, wait);
        // Somebody has an answer: the others are not waited for a second time.
        if (turns.some((turn) => "answer" in turn)) wait = 0;
        return turns;
      },
      unknown: ({ topic, partition }) => ({ topic, partition, status: "unknown" }),
      failed: ({ topic, partition }, why, code, retryable) => ({
        topic,
        partition,
        status: "failed",
        why: isDenied(code) ? `DESCRIBE on topic ${topic} is not allowed` : code === 0 ? why : wordsOf(code),
        retryable,
      }),
    });
    return withRanges(answers, offsets);
  };
}

async function withRanges(answers: Fetched[], offsets: Streams["offsets"]): Promise<Fetched[]> {
  const outside = answers.filter(({ status }) => status === "out_of_range");
  if (outside.length === 0) return answers;
  const ranges = new Map((await offsets(outside)).map((one) => [partitionKey(one), one]));
  return answers.map((answer) => {
    if (answer.status !== "out_of_range") return answer;
    const { topic, partition } = answer;
    const range = ranges.get(partitionKey(answer));
    if (range === undefined) return { topic, partition, status: "unknown" };
    const { logStart, end } = range;
    return { topic, partition, status: "out_of_range", logStart, end };
  });
}

const NOT_SAID: Offset = -1;

async function askOne(
  link: KafkaLink,
  broker: number,
  items: readonly Asked[],
  waitMs: number,
): Promise<Turn<Fetched>[]> {
  const version = (await link.version(broker, 1, [12])) ?? 13;
  const ids =
    version === 12 ? undefined : new Map(items.map(({ topic }) => [topic, link.known.topic(topic)?.id ?? ""]));
  const requests = items.map((item) => ({ ...item, maxBytes: item.room }));
  const answer = await link.raw(
    broker,
    fetchCall(version as 12 | 13, { requests, waitMs, ...(ids === undefined ? {} : { ids }) }),
  );
  if (answer.throttleMs > 0 && answer.partitions.length === 0)
    await new Promise((resolve) => setTimeout(resolve, Math.min(answer.throttleMs, LONGEST_THROTTLE_MS)));
  const by = new Map(answer.partitions.map((one) => [partitionKey(one), one]));
  return items.map((item, index) => {
    const one = by.get(partitionKey(item));
    if (one === undefined)
      return answer.code === CODE.none
        ? { again: "the broker throttles", pause: false }
        : { again: wordsOf(answer.code) };
    return turnOf(item, one, index === 0);
  });
}

/** `first`: a broker always gives the first partition of a request a whole batch, however large. */
function turnOf(item: Asked, one: FetchedPartition, first: boolean): Turn<Fetched> {
  const { topic, partition } = item;
  if (one.code === CODE.none) {
    const { end, old } = wholeBatches(one.records);
    if (old && end === 0)
      return {
        answer: {
          topic,
          partition,
          status: "failed",
          why: "its messages are in a format that Kafka had before version 0.11 (magic 0 or 1), which cannot be kept as it is",
          retryable: false,
        },
      };
    if (end === 0 && one.stable > item.offset && !first) {
      item.room = Math.max(item.room, ROOM) * 2;
      return { again: "others came first", pause: false };
    }
    const { aborted, logStart, stable } = one;
    const records = one.records.subarray(0, end);
    return { answer: { topic, partition, status: "ok", records, aborted, logStart, stable, end: one.end } };
  }
  if (one.code === CODE.outOfRange)
    return { answer: { topic, partition, status: "out_of_range", logStart: NOT_SAID, end: NOT_SAID } };
  if (one.code === CODE.unknownPartition || passing(one.code)) return { again: wordsOf(one.code) };
  const why = isDenied(one.code) ? `READ on topic ${topic} is not allowed` : wordsOf(one.code);
  return { answer: { topic, partition, status: "failed", why, retryable: false } };
}
