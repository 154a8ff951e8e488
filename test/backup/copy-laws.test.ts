import fc from "fast-check";
import { expect, test } from "vitest";
import { copyUnit } from "../../functions/backup/copy-unit.ts";
import type { Receipt, Stretch } from "../../shared/core/backup/run/unit.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog, MemoryTransaction } from "../../shared/edge/memory-streams-types.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { readBack, stretchesOf } from "./copy-kit.ts";

type Deed =
  | {
      readonly do: "produce";
      readonly partition: number;
      readonly records: number;
      readonly codec: "none" | "gzip" | "zstd";
    }
  | { readonly do: "write"; readonly producer: number; readonly partition: number; readonly records: number }
  | { readonly do: "end"; readonly producer: number; readonly commit: boolean }
  | { readonly do: "compact" };

const partition = fc.nat(2);
const records = fc.integer({ min: 1, max: 6 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant("produce" as const),
    partition,
    records,
    codec: fc.constantFrom("none" as const, "gzip" as const, "zstd" as const),
  }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("write" as const), producer: fc.nat(2), partition, records }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), producer: fc.nat(2), commit: fc.boolean() }) },
  fc.record({ do: fc.constant("compact" as const) }),
);

async function play(deeds: readonly Deed[]): Promise<MemoryLog> {
  let now = 1_700_000_000_000;
  const log = memoryStreams({ now: () => now++ });
  await log.createTopic({
    name: "t",
    partitions: 3,
    replicationFactor: 1,
    configs: [{ name: "cleanup.policy", value: "compact" }],
  });
  const open = new Map<number, MemoryTransaction>();
  let n = 0;
  const some = (count: number) =>
    Array.from({ length: count }, () => ({
      key: `k${n % 7}`,
      value: n % 11 === 0 ? null : `value ${n++}`.padEnd(n % 90),
      headers: [["n", `${n++}`] as const],
    }));
  for (const one of deeds) {
    if (one.do === "produce") log.produce("t", one.partition, some(one.records), { codec: one.codec });
    else if (one.do === "compact") log.compact("t");
    else if (one.do === "write") {
      const transaction = open.get(one.producer) ?? log.transaction(`p${one.producer}`);
      open.set(one.producer, transaction);
      transaction.produce("t", one.partition, some(one.records));
    } else {
      const transaction = open.get(one.producer);
      if (one.commit) transaction?.commit();
      else transaction?.abort();
      open.delete(one.producer);
    }
  }
  return log;
}

const texts = (
  all: readonly {
    readonly offset: number;
    readonly timestamp: bigint | number;
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
  }[],
) =>
  all.map(
    ({ offset, timestamp, key, value }) =>
      `${offset} ${timestamp} ${key && Buffer.from(key)} ${value && Buffer.from(value)}`,
  );

test("every committed record is copied once, in order, and nothing else, whatever the sizes, faults and interruptions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 5, maxLength: 60 }),
      fc.record({
        fetchBytes: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constant(100_000)),
        chunkBytes: fc.integer({ min: 1, max: 2_000 }),
        objectBytes: fc.integer({ min: 1, max: 4_000 }),
        roundsPerPart: fc.integer({ min: 1, max: 12 }),
      }),
      fc.array(fc.nat(20), { maxLength: 4 }),
      fc.tuple(fc.nat(20), fc.nat(20)),
      async (deeds, sizes, faults, [head, tail]) => {
        const log = await play(deeds);
        // Any window of each partition, as increments have them.
        let rest: readonly Stretch[] = (await stretchesOf(log)).map((one) => ({
          ...one,
          from: Math.min(one.to, one.from + head),
          to: Math.max(Math.min(one.to, one.from + head), one.to - tail),
        }));
        const wanted = rest;
        for (const after of faults) log.faults.fail("fetch", { after });
        const places = ["a", "b"].map((name) => ({ name, objects: memoryObjects({ now: () => 0 }) }));
        const receipts: Receipt[] = [];
        let clock = 0;
        for (let part = 0; rest.length > 0; part += 1) {
          expect(part).toBeLessThan(500);
          let looks = 0;
          const receipt = await copyUnit({
            ...{ streams: log, places, prefix: "data/p/x/", unit: 3, part, stretches: rest },
            ...sizes,
            deadline: () => looks++ > sizes.roundsPerPart * 2 && part < 60,
            now: () => clock,
            pause: async (ms) => {
              clock += ms;
            },
          });
          rest = receipt.rest;
          receipts.push(receipt);
        }
        for (const { objects } of places) {
          const found = await readBack(objects, receipts);
          for (const { topic, partition: number, from, to } of wanted) {
            const expected = log.consume(topic, number).filter(({ offset }) => offset >= from && offset < to);
            expect(texts(found.get(`${topic}-${number}`) ?? [])).toEqual(texts(expected));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
