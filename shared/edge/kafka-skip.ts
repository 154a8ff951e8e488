import { initProducerIdV4 } from "@platformatic/kafka";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { TopicPartition } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError, isDenied, passing, wordsOf } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { MARKER_KEY, MARKER_VERSION, markersCall } from "./kafka-marker-wire.ts";
import { kafkaEnds } from "./kafka-offsets.ts";
import { partitionKey } from "./kafka-partitions.ts";
import { inRounds, insist, patience, type Turn } from "./kafka-rounds.ts";
import { skipByTransactions } from "./kafka-skip-transactions.ts";

/** Markers of one request: enough that its way to and fro costs nothing, and few enough that its answer comes within the time for one. */
const AT_ONCE = 2_000;

interface Skip extends TopicPartition {
  readonly count: number;
}
type Skipped = Awaited<ReturnType<Streams["skip"]>>[number];

interface Fence {
  readonly producerId: bigint;
  readonly epoch: number;
}

/**
 * Offsets are used up by the markers that end a transaction, of a producer that never wrote anything: a broker appends each of them, and no
 * consumer is given one. Where only brokers may write markers, empty transactions have them written.
 */
export function kafkaSkip(link: KafkaLink): Streams["skip"] {
  const endsOf = kafkaEnds(link);
  // One for all calls: it never writes, so nothing of it is ever out of date, and a log of transactions has a hole for each of them.
  let fence: Promise<Fence> | undefined;
  const fenced = (): Promise<Fence> => {
    fence ??= producer(link).catch((error: unknown) => {
      fence = undefined;
      throw error;
    });
    return fence;
  };
  return async (parts) => {
    const wanted = parts.filter(({ count }) => count > 0);
    const ends = new Map(await endsOf(parts));
    const refused = new Map<string, string>();
    const left = await withMarkers(link, endsOf, fenced, ends, wanted, refused);
    if (refused.size > 0) fence = undefined;
    if (left.length > 0) {
      const from = await endsOf(left);
      const written = await skipByTransactions(link, left, refused);
      await landed(link, endsOf, left, from, written);
      for (const [key, end] of await endsOf(left)) ends.set(key, end);
    }
    return parts.map((part): Skipped => {
      const { topic, partition } = part;
      const why = refused.get(partitionKey(part));
      const end = ends.get(partitionKey(part));
      if (end === undefined) return { topic, partition, status: "refused", why: "no such topic or partition" };
      return why === undefined
        ? { topic, partition, status: "done", end }
        : { topic, partition, status: "refused", why };
    });
  };
}

type Ends = ReadonlyMap<string, number>;
type EndsOf = (parts: readonly TopicPartition[]) => Promise<Ends>;

/** The markers of a transaction are written after its end was promised: an end that is told too early would be skipped past. */
async function landed(
  link: KafkaLink,
  endsOf: EndsOf,
  parts: readonly Skip[],
  from: Ends,
  written: Ends,
): Promise<void> {
  const again = patience(link.patienceMs);
  for (;;) {
    const ends = await endsOf(parts);
    const short = parts.some((part) => {
      const key = partitionKey(part);
      return (ends.get(key) ?? 0) < (from.get(key) ?? 0) + (written.get(key) ?? 0);
    });
    if (!short || !(await again())) return;
  }
}

const STILL_MS = 500;

/** A request whose answer was lost may still be under way: the ends once they have not moved for a while. */
async function still(endsOf: EndsOf, parts: readonly TopicPartition[]): Promise<Ends> {
  for (let ends = await endsOf(parts); ; ) {
    await new Promise((resolve) => setTimeout(resolve, STILL_MS));
    const now = await endsOf(parts);
    if ([...now].every(([key, end]) => ends.get(key) === end)) return now;
    ends = now;
  }
}

/** What is left for transactions: partitions whose broker does not take markers from us. */
async function withMarkers(
  link: KafkaLink,
  endsOf: EndsOf,
  fenced: () => Promise<Fence>,
  /** Where they end; what was seen last when it is over. */
  known: Map<string, number>,
  wanted: readonly Skip[],
  refused: Map<string, string>,
): Promise<Skip[]> {
  if (wanted.length === 0) return [];
  const before: Ends = new Map(known);
  let fence: Fence;
  try {
    fence = await fenced();
  } catch (error) {
    // Without leave to write idempotently there is no producer to name; transactions have rules of their own.
    if (!(error instanceof HeadgateError) || error.code !== "streams.denied") throw error;
    return [...wanted];
  }
  const left = new Map(wanted.map((one) => [partitionKey(one), one.count]));
  const denied = new Set<string>();
  const isOpen = (one: Skip) => {
    const key = partitionKey(one);
    return !refused.has(key) && !denied.has(key) && (left.get(key) ?? 0) > 0;
  };
  let again = patience(link.patienceMs);
  for (;;) {
    const open = wanted.filter(isOpen);
    if (open.length === 0) break;
    let progress = false;
    const turns = await inRounds<Skip, Outcome>(link, open, {
      ask: (broker, items) => markersOn(link, broker, items, fence, left),
      unknown: () => ({ why: "no such topic or partition" }),
      failed: (_, why, code) => ({ why: code === 0 ? why : wordsOf(code) }),
      lost: () => ({ answer: "lost" }),
    });
    const ends = await (turns.includes("lost") ? still(endsOf, open) : endsOf(open));
    for (const [index, one] of open.entries()) {
      const key = partitionKey(one);
      const turn = turns[index];
      if (turn === "denied") denied.add(key);
      else if (typeof turn === "object") refused.set(key, turn.why);
      const end = ends.get(key);
      if (end === undefined) known.delete(key);
      else known.set(key, end);
      const now = one.count - ((end ?? 0) - (before.get(key) ?? 0));
      if (now < (left.get(key) ?? 0)) progress = true;
      left.set(key, now);
    }
    if (progress) again = patience(link.patienceMs);
    else if (!(await again()))
      for (const one of wanted.filter(isOpen)) refused.set(partitionKey(one), "its broker takes no markers for now");
  }
  return wanted
    .filter((one) => denied.has(partitionKey(one)))
    .map((one) => ({ ...one, count: left.get(partitionKey(one)) ?? 0 }));
}

type Outcome = "some" | "lost" | "denied" | { readonly why: string };

/** An identity that owns no transaction, hence no partition waits for it. */
function producer(link: KafkaLink): Promise<Fence> {
  return insist(link, async () => {
    const { errorCode, producerId, producerEpoch } = await link.ask(
      "any",
      [initProducerIdV4.api],
      null,
      60_000,
      -1n,
      -1,
    );
    if (errorCode !== CODE.none) throw codeError(link.name, errorCode, "IDEMPOTENT_WRITE on cluster");
    return { producerId, epoch: producerEpoch };
  });
}

async function markersOn(
  link: KafkaLink,
  broker: number,
  items: readonly Skip[],
  fence: Fence,
  left: ReadonlyMap<string, number>,
): Promise<Turn<Outcome>[]> {
  if ((await link.version(broker, MARKER_KEY, [MARKER_VERSION])) === undefined)
    return items.map(() => ({ answer: "denied" }));
  const share = Math.max(1, Math.floor(AT_ONCE / items.length));
  const counts = items.map((item) => Math.min(left.get(partitionKey(item)) ?? 0, share));
  const each = Array.from({ length: Math.max(...counts) }, (_, marker) =>
    items.filter((_item, index) => (counts[index] ?? 0) > marker),
  );
  const codes = await link.raw(broker, markersCall({ ...fence, each }));
  const by = new Map(codes.map((one) => [partitionKey(one), one.code]));
  return items.map((item): Turn<Outcome> => {
    const code = by.get(partitionKey(item));
    if (code === undefined || code === CODE.none) return { answer: "some" };
    if (isDenied(code)) return { answer: "denied" };
    if (code !== CODE.unknownPartition && !passing(code)) return { answer: { why: wordsOf(code) } };
    // Some of them may have come through before: only the ends tell.
    link.known.forget([item.topic]);
    return { answer: "lost" };
  });
}
