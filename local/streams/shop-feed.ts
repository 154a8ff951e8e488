import type { GroupOffset, NewTopic } from "../../shared/core/kernel/streams.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { MemoryLog, MemoryRecord, ProduceOptions } from "../../shared/edge/memory-streams-types.ts";
import { type Pauses, pauses } from "./pauses.ts";

/** Bytes kept of each partition of orders and payments: some three thousand orders in all, over an hour of them at any speed. */
const KEPT_BYTES = "327680";
const CUSTOMERS = 300;
/** One transaction in so many is given up, as when a card is refused. */
const ABORTED = 10;
const PACKING = 8;
/** One customer's news in so many is that they have left. */
const LEAVING = 25;
/** Rounds between two runs of the log cleaner. */
const CLEAN_EVERY = 120;

const topic = (name: string, partitions: number, configs: Readonly<Record<string, string>>): NewTopic => ({
  name,
  partitions,
  replicationFactor: 1,
  configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
});

const ORDERS = topic("orders", 4, { "retention.bytes": KEPT_BYTES });
const PAYMENTS = topic("payments", 2, { "retention.bytes": KEPT_BYTES });
const CUSTOMER_NEWS = topic("customers", 2, { "cleanup.policy": "compact" });
const TOPICS = [ORDERS, PAYMENTS, CUSTOMER_NEWS];

/** Who reads what, and how many records of a partition they may be behind. */
const READERS = [
  { group: "billing", topics: [ORDERS, PAYMENTS], behind: 6 },
  { group: "shipping", topics: [ORDERS], behind: 40 },
];

export interface ShopFeed {
  /** Makes the topics, where the log is new. */
  prepare(): Promise<void>;
  /** What happens in the shop in one round: a few orders with their payments, news of customers, and readers that go on. */
  round(): Promise<void>;
}

export interface ShopFeedOptions {
  readonly log: MemoryLog;
  readonly now: () => Millis;
  readonly random: () => number;
  /** How long a topic that came back has to be at rest before somebody writes to it, by `now`. */
  readonly restMs: DurationMs;
}

/** The streams of the demonstration shop: what its orders and payments write, and who reads it. A topic that is gone is not made again: somebody may want to restore it. */
export function shopFeed({ log, now, random, restMs }: ShopFeedOptions): ShopFeed {
  const below = (count: number): number => Math.floor(random() * count);
  const paused: Pauses = pauses(log, now, restMs);
  let rounds = 0;
  let serial = 0;

  const order = (): { readonly customer: number; readonly order: MemoryRecord; readonly payment: MemoryRecord } => {
    const at = now();
    const customer = below(CUSTOMERS);
    const key = `order-${at.toString(36)}-${(serial++).toString(36)}`;
    const cents = 500 + below(20_000);
    const said = { order: key, customer: `customer-${customer}`, cents };
    return {
      customer,
      order: {
        key,
        value: JSON.stringify({ ...said, items: 1 + below(5), at }),
        headers: [["source", "shop"]],
        timestamp: at,
      },
      payment: { key, value: JSON.stringify({ ...said, by: below(3) === 0 ? "invoice" : "card" }), timestamp: at },
    };
  };
  // One terminal in so many packs what it sends.
  const packing = (): ProduceOptions => (below(PACKING) === 0 ? { codec: "zstd" } : {});
  const sell = (): void => {
    const orders = Array.from({ length: 3 + below(4) }, order);
    const checkout = log.transaction("checkout");
    for (const [into, of] of [
      [ORDERS, "order"],
      [PAYMENTS, "payment"],
    ] as const)
      for (let partition = 0; partition < into.partitions; partition++) {
        const mine = orders.filter(({ customer }) => customer % into.partitions === partition);
        if (mine.length > 0)
          checkout.produce(
            into.name,
            partition,
            mine.map((one) => one[of]),
            packing(),
          );
      }
    if (below(ABORTED) === 0) checkout.abort();
    else checkout.commit();
  };
  const news = (customer: number, leaves: boolean): MemoryRecord => ({
    key: `customer-${customer}`,
    value: leaves ? null : JSON.stringify({ since: now(), tier: below(4) }),
    timestamp: now(),
  });
  const tell = (partition: number, records: readonly MemoryRecord[]): void => {
    log.produce(CUSTOMER_NEWS.name, partition, records);
  };
  const read = async ({ group, topics, behind }: (typeof READERS)[number]): Promise<void> => {
    const there = topics.filter(({ name }) => !paused.isPaused(name));
    const parts = there.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    );
    const at = new Map(log.groupOf(group)?.offsets.map((one) => [`${one.topic}/${one.partition}`, one.offset]));
    const moved = (await log.offsets(parts)).flatMap(({ topic, partition, logStart, stable }): GroupOffset[] => {
      const before = at.get(`${topic}/${partition}`);
      const offset = Math.max(logStart, stable - below(behind));
      return before !== undefined && before >= offset ? [] : [{ topic, partition, offset }];
    });
    if (moved.length > 0) log.commitGroup(group, moved);
  };

  return {
    prepare: async () => {
      if ((await log.topics()).length > 0) return;
      for (const one of TOPICS) await log.createTopic(one);
      const everybody = Array.from({ length: CUSTOMERS }, (_, customer) => customer);
      for (let partition = 0; partition < CUSTOMER_NEWS.partitions; partition++)
        tell(
          partition,
          everybody.filter((one) => one % CUSTOMER_NEWS.partitions === partition).map((one) => news(one, false)),
        );
    },
    round: async () => {
      await paused.look(TOPICS);
      if (!paused.isPaused(ORDERS.name) && !paused.isPaused(PAYMENTS.name)) sell();
      if (!paused.isPaused(CUSTOMER_NEWS.name)) {
        const customer = below(CUSTOMERS);
        tell(customer % CUSTOMER_NEWS.partitions, [news(customer, below(LEAVING) === 0)]);
        if (++rounds % CLEAN_EVERY === 0) log.compact(CUSTOMER_NEWS.name);
      }
      for (const reader of READERS) await read(reader);
    },
  };
}
