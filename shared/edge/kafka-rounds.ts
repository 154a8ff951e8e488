import { HeadgateError } from "../core/kernel/errors.ts";
import type { TopicPartition } from "../core/kernel/streams.ts";
import type { DurationMs } from "../core/kernel/time.ts";
import { CODE, passing } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

const sleep = (ms: DurationMs) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Pauses that double, within a budget; `false`: it is used up. */
export function patience(budgetMs: DurationMs): () => Promise<boolean> {
  const until = performance.now() + budgetMs;
  let pause = FIRST_PAUSE_MS;
  return async () => {
    const left = until - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(pause, left));
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    return true;
  };
}

/** Does it again while it rejects with something that may pass, within the cluster's patience. */
export async function insist<T>(link: KafkaLink, work: () => Promise<T>): Promise<T> {
  const again = patience(link.patienceMs);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HeadgateError && error.retryable) || !(await again())) throw error;
    }
  }
}

/** How one partition of a round fared: answered, or not yet, and why. */
export type Turn<T> = { readonly answer: T } | { readonly again: string; readonly pause?: boolean };

export interface Rounds<Item extends TopicPartition, T> {
  /** Asks one broker for all of these, and answers in their order. A rejection that may pass is another round for all of them. */
  readonly ask: (broker: number, items: readonly Item[]) => Promise<readonly Turn<T>[]>;
  /** No such topic or partition. */
  readonly unknown: (item: Item) => T;
  /** It cannot be asked; `code`: why the topic cannot be described. */
  readonly failed: (item: Item, why: string, code: number, retryable: boolean) => T;
  /** What a rejection of `ask` means. Default: another round where it may pass, else the rejection of the whole call. */
  readonly lost?: (item: Item, error: HeadgateError) => Turn<T>;
}

/**
 * Asks the leaders of many partitions, each broker once a round and all of them side by side, and goes on with what has no answer until
 * everything has one or patience ends. A partition that is named twice is asked in rounds after each other.
 */
export async function inRounds<Item extends TopicPartition, T>(
  link: KafkaLink,
  items: readonly Item[],
  { ask, unknown, failed, lost }: Rounds<Item, T>,
): Promise<T[]> {
  const answers = new Map<number, T>();
  const why = new Map<number, string>();
  const again = patience(link.patienceMs);
  let open = items.map((_, index) => index);
  while (open.length > 0) {
    const places = await leaders(link, items, open);
    let pause = false;
    const wait = (index: number, reason: string) => {
      why.set(index, reason);
      pause = true;
    };
    const byBroker = new Map<number, number[]>();
    for (const [index, place] of places) {
      const item = items[index] as Item;
      if (place.kind === "unknown") answers.set(index, unknown(item));
      else if (place.kind === "failed") answers.set(index, failed(item, place.why, place.code, false));
      else if (place.kind === "wait") wait(index, place.why);
      else byBroker.set(place.broker, [...(byBroker.get(place.broker) ?? []), index]);
    }
    await Promise.all(
      [...byBroker].map(async ([broker, indices]) => {
        const asked = indices.map((index) => items[index] as Item);
        const turns = await ask(broker, asked).catch((error: unknown) => {
          if (!(error instanceof HeadgateError)) throw error;
          return asked.map((item): Turn<T> => {
            if (lost) return lost(item, error);
            if (!error.retryable) throw error;
            return { again: error.message };
          });
        });
        indices.forEach((index, at) => {
          const turn = turns[at] ?? { again: "no answer" };
          if ("answer" in turn) answers.set(index, turn.answer);
          else if (turn.pause === false) why.set(index, turn.again);
          else {
            wait(index, turn.again);
            link.known.forget([(items[index] as Item).topic]);
          }
        });
      }),
    );
    open = open.filter((index) => !answers.has(index));
    if (open.length > 0 && pause && !(await again())) break;
  }
  for (const index of open) answers.set(index, failed(items[index] as Item, why.get(index) ?? "no answer", 0, true));
  return items.map((_, index) => answers.get(index) as T);
}

type Place =
  | { readonly kind: "broker"; readonly broker: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "wait"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string; readonly code: number };

/** Where each open item is asked in this round; what is named twice waits without a place. */
async function leaders(link: KafkaLink, items: readonly TopicPartition[], open: readonly number[]) {
  const missing = new Set(
    open.map((index) => (items[index] as TopicPartition).topic).filter((name) => !link.known.topic(name)),
  );
  if (missing.size > 0) await insist(link, () => link.refresh([...missing]));
  const taken = new Set<string>();
  const places: [number, Place][] = [];
  for (const index of open) {
    const { topic, partition } = items[index] as TopicPartition;
    const key = `${partition}/${topic}`;
    if (taken.has(key)) continue;
    taken.add(key);
    places.push([index, placeOf(link, topic, partition)]);
  }
  // They may be made, or led, in a moment.
  link.known.forget(
    places.filter(([, { kind }]) => kind !== "broker").map(([index]) => (items[index] as TopicPartition).topic),
  );
  return places;
}

const INVALID_NAME = 17;

function placeOf(link: KafkaLink, topic: string, partition: number): Place {
  const found = link.known.topic(topic);
  if (found === undefined || found.code === CODE.unknownPartition || found.code === INVALID_NAME)
    return { kind: "unknown" };
  if (found.code !== CODE.none && !passing(found.code)) return { kind: "failed", why: topic, code: found.code };
  const leader = found.leaders.get(partition);
  if (leader === undefined)
    return found.code === CODE.none ? { kind: "unknown" } : { kind: "wait", why: `${topic} is not ready` };
  if (leader < 0 || link.known.broker(leader) === undefined)
    return { kind: "wait", why: `partition ${partition} of ${topic} has no leader` };
  return { kind: "broker", broker: leader };
}
