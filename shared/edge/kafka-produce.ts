import { HeadgateError } from "../core/kernel/errors.ts";
import type { Produced, TopicPartition } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, isDenied, moved, wordsOf } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { partitionKey } from "./kafka-partitions.ts";
import { PRODUCE_VERSIONS, type ProducedPartition, type ProduceItem, produceCall } from "./kafka-produce-wire.ts";
import { inRounds, type Turn } from "./kafka-rounds.ts";

const TIMEOUT_MS = 20_000;
/** Bytes of one request: brokers refuse those over 100 MiB, and memory is not free. */
const AT_ONCE = 16_777_216;
const SIZE_AT = 8;
const OUTSIDE = 12;

type Batch = ProduceItem;

export function kafkaAppend(link: KafkaLink): Streams["append"] {
  return async (given) => {
    const queues = given.map(({ topic, partition, records }) => ({
      topic,
      partition,
      batches: batchesOf(records),
      done: 0,
      first: undefined as Extract<Produced, { status: "done" }> | undefined,
      result: undefined as Produced | undefined,
    }));
    for (;;) {
      const open = queues.filter(({ result, done, batches }) => result === undefined && done < batches.length);
      if (open.length === 0) break;
      const round = open.map(
        ({ topic, partition, batches, done }): Batch => ({ topic, partition, records: batches[done] as Uint8Array }),
      );
      const answers = await appendRound(link, round).catch((error: unknown): Produced[] => {
        // What was appended in rounds before must not be lost from the answer.
        const some = queues.some(({ done }) => done > 0);
        if (!some || !(error instanceof HeadgateError) || !error.retryable) throw error;
        return round.map(({ topic, partition }) => ({ topic, partition, status: "unknown", why: error.message }));
      });
      open.forEach((queue, index) => {
        const answer = answers[index] as Produced;
        if (answer.status === "done") {
          queue.first ??= answer;
          queue.done += 1;
        } else queue.result = queue.done === 0 ? answer : partly(queue, answer);
      });
    }
    return queues.map(
      ({ topic, partition, result, first }): Produced =>
        result ?? first ?? { topic, partition, status: "refused", why: "there is no whole record batch" },
    );
  };
}

/** Some of it is there: whoever wants to go on has to look. */
function partly(
  queue: TopicPartition & { done: number; batches: readonly unknown[] },
  answer: Exclude<Produced, { status: "done" }>,
): Produced {
  const { topic, partition, done, batches } = queue;
  return {
    topic,
    partition,
    status: "unknown",
    why: `${done} of ${batches.length} batches were appended; then ${answer.why}`,
  };
}

/** The batches one after another; what is no whole batch at the end stays away. */
function batchesOf(records: Uint8Array): Uint8Array[] {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const batches: Uint8Array[] = [];
  let at = 0;
  while (at + OUTSIDE <= records.length) {
    const next = at + OUTSIDE + view.getInt32(at + SIZE_AT);
    if (next > records.length || next <= at + OUTSIDE) break;
    batches.push(records.subarray(at, next));
    at = next;
  }
  return at === records.length ? batches : [];
}

function appendRound(link: KafkaLink, items: readonly Batch[]): Promise<Produced[]> {
  return inRounds<Batch, Produced>(link, items, {
    ask: async (broker, asked) => {
      const version = await link.version(broker, 0, PRODUCE_VERSIONS);
      if (version === undefined) {
        const why = `broker ${broker} does not offer Produce in the versions ${PRODUCE_VERSIONS.join(", ")}`;
        return asked.map(({ topic, partition }) => ({ answer: { topic, partition, status: "refused", why } }));
      }
      return sent(link, broker, version, asked);
    },
    unknown: ({ topic, partition }) => ({ topic, partition, status: "refused", why: "no such topic or partition" }),
    // Nothing was sent; as for a lost answer, whoever goes on looks at the end first.
    failed: ({ topic, partition }, why, code, retryable) => ({
      topic,
      partition,
      status: retryable ? "unknown" : "refused",
      why: isDenied(code) ? `DESCRIBE on topic ${topic} is not allowed` : code === 0 ? why : wordsOf(code),
    }),
  });
}

/** Once it is on its way, a lost answer leaves open whether it was appended. */
async function sent(
  link: KafkaLink,
  broker: number,
  version: number,
  asked: readonly Batch[],
): Promise<Turn<Produced>[]> {
  const turns: Turn<Produced>[] = [];
  for (const some of portions(asked)) {
    try {
      const said = await link.raw(broker, produceCall(version, some, TIMEOUT_MS));
      const answers = new Map(said.map((one) => [partitionKey(one), one]));
      turns.push(...some.map((item) => turnOf(item, answers.get(partitionKey(item)))));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      turns.push(
        ...some.map(({ topic, partition }) => ({ answer: { topic, partition, status: "unknown", why } }) as const),
      );
    }
  }
  return turns;
}

function* portions(items: readonly Batch[]): Generator<readonly Batch[]> {
  let from = 0;
  let size = 0;
  for (const [index, { records }] of items.entries()) {
    if (index > from && size + records.length > AT_ONCE) {
      yield items.slice(from, index);
      from = index;
      size = 0;
    }
    size += records.length;
  }
  yield items.slice(from);
}

function turnOf({ topic, partition }: Batch, one: ProducedPartition | undefined): Turn<Produced> {
  if (one === undefined)
    return { answer: { topic, partition, status: "unknown", why: "the broker did not answer for it" } };
  const { code, baseOffset, logStart, said } = one;
  if (code === CODE.none)
    return { answer: { topic, partition, status: "done", baseOffset, ...(logStart < 0 ? {} : { logStart }) } };
  if (code === CODE.unknownPartition || code === 19 || moved(code)) return { again: wordsOf(code, said) };
  if (code === CODE.timedOut || code === CODE.notAppendedByAll)
    return { answer: { topic, partition, status: "unknown", why: wordsOf(code, said) } };
  const why = isDenied(code) ? `WRITE on topic ${topic} is not allowed` : wordsOf(code, said);
  return { answer: { topic, partition, status: "refused", why } };
}
