import fc from "fast-check";
import { expect, test } from "vitest";
import { hashedText, heldChunks } from "../../shared/core/backup/format/chain.ts";
import type { ChunkRef, KafkaPart, Manifest, PartitionPart } from "../../shared/core/backup/format/types.ts";
import { foldRun } from "../../shared/core/backup/run/fold.ts";
import { planCut } from "../../shared/core/backup/run/plan-cut.ts";
import { byPoint, pointId, pointTime } from "../../shared/core/backup/run/point-id.ts";
import { chainOfReceipts } from "../../shared/core/backup/run/receipts.ts";
import type { Receipt } from "../../shared/core/backup/run/unit.ts";
import { unitsOf } from "../../shared/core/backup/run/units.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";

const MB = 2 ** 20;
const stretch = (partition: number, from: number, to: number, bytes: number) => ({
  ...{ topic: "orders", topicId: "id", partition, from, to, bytes },
});

test("units cover every offset of every stretch once, in order, none twice in one, and few are much larger than others", () => {
  const some = fc.array(
    fc.record({ from: fc.nat(1_000), count: fc.integer({ min: 1, max: 100_000 }), bytes: fc.nat(2_000 * MB) }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 8 }), (drawn, workers) => {
      const all = drawn.map(({ from, count, bytes }, partition) => stretch(partition, from, from + count, bytes));
      const units = unitsOf(all, workers);
      for (const { partition, from, to } of all) {
        const pieces = units.flatMap(({ stretches }) => stretches.filter((one) => one.partition === partition));
        expect(pieces[0]?.from).toBe(from);
        expect(pieces.at(-1)?.to).toBe(to);
        for (const [index, piece] of pieces.entries()) {
          expect(piece.to).toBeGreaterThan(piece.from);
          if (index > 0) expect(piece.from).toBe(pieces[index - 1]?.to);
        }
      }
      expect(units.map(({ unit }) => unit)).toEqual(units.map((_, index) => index));
      expect(units.length).toBeLessThanOrEqual(8_100);
      for (const { stretches } of units)
        expect(new Set(stretches.map((one) => one.partition)).size).toBe(stretches.length);
    }),
    { numRuns: 50 },
  );
});

test.each([
  ["500 small partitions are one unit", Array.from({ length: 500 }, (_, at) => stretch(at, 0, 10, 10_000)), 1],
  ["one large partition is several", [stretch(0, 0, 1_000_000, 1_024 * MB)], 8],
  ["what is enormous is cut into some thousand", [stretch(0, 0, 1e9, 4e12)], 4_000],
])("%s", (_, stretches, count) => {
  expect(unitsOf(stretches, 4)).toHaveLength(count);
});

test("ids of points sort by time, and by number within a second", () => {
  const at = Date.UTC(2026, 10, 23, 7, 30, 0);
  expect(pointId(at)).toBe("bkp_20261123_073000");
  expect(pointId(at + 999, 12)).toBe("bkp_20261123_073000_12");
  expect(
    ["bkp_20261123_073001", "bkp_20261123_073000_12", "bkp_20261123_073000_2", "bkp_20261123_073000"].sort(byPoint),
  ).toEqual(["bkp_20261123_073000", "bkp_20261123_073000_2", "bkp_20261123_073000_12", "bkp_20261123_073001"]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => pointTime(pointId(ms)) === Math.floor(ms / 1000) * 1000),
  );
});

const topic = (partitions: number) => ({
  ...{ name: "orders", id: "id", internal: false },
  partitions: Array.from({ length: partitions }, (_, partition) => ({
    partition,
    leader: 1,
    replicas: [1],
    inSync: [1],
  })),
});
const earlier = (part: Partial<PartitionPart>, manifest: Partial<Manifest> = {}) => ({
  manifest: { id: "bkp_20261123_073000", cutAt: 0, needs: [], gaps: [], ...manifest } as unknown as Manifest,
  kafka: {
    topics: [
      {
        name: "orders",
        id: "id",
        replicationFactor: 1,
        configs: [],
        partitions: [
          { partition: 0, logStart: 0, end: 100, highWatermark: 100, records: 100, sha256: "", chunks: [], ...part },
        ],
      },
    ],
  } as unknown as KafkaPart,
});
const cutWith = (
  part: Partial<PartitionPart>,
  now: { logStart?: number; stable?: number },
  full: false | number = false,
  manifest: Partial<Manifest> = {},
) =>
  planCut({
    ...{ at: HOUR_MS, topics: [topic(1)], configs: new Map(), full },
    offsets: [{ topic: "orders", partition: 0, logStart: 0, stable: 150, end: 151, ...now }],
    previous: earlier(part, manifest),
  });

test("an increment goes on where the last point ended; with nothing new nothing is read", () => {
  expect(cutWith({}, {}).stretches).toMatchObject([{ from: 100, to: 150 }]);
  expect(cutWith({}, { stable: 100 })).toMatchObject({ stretches: [], kind: "incremental" });
});

test("a chain that is too long is ended by reading the partition in full, and partitions do not all do so at once", () => {
  const at = (depth: number) => cutWith({ depth, base: "bkp_20261123_072900" }, {}).stretches[0]?.from;
  expect(at(749)).toBe(100);
  expect(at(1_000)).toBe(0);
  expect(cutWith({ depth: 1_000, base: "b" }, {}).warnings[0]).toContain("its chain has 1000 points");
});

test("a plan that wants full backups gets one when the oldest point it needs is that old", () => {
  const needs = [{ id: pointId(0), sha256: "" }];
  expect(cutWith({}, {}, 2 * HOUR_MS, { needs }).kind).toBe("incremental");
  expect(cutWith({}, {}, HOUR_MS, { needs })).toMatchObject({ kind: "full", stretches: [{ from: 0, to: 150 }] });
});

const receipt = (part: number, over: Partial<Receipt> = {}): Receipt => ({
  v: 1,
  unit: 0,
  part,
  objects: [],
  stretches: [],
  rest: [],
  ...over,
});

test("of receipts that could not see each other those count that follow one another to the end, the same for everybody", () => {
  const rest = [{ topic: "orders", topicId: "id", partition: 0, from: 5, to: 9 }];
  const found = [
    { sha256: "a", receipt: receipt(0, { rest }) },
    { sha256: "b", receipt: receipt(0, { rest: [{ ...rest[0], from: 7 } as never] }) },
    { sha256: "c", receipt: receipt(1, { after: "b" }) },
  ];
  expect(chainOfReceipts(found).map(({ sha256 }) => sha256)).toEqual(["b", "c"]);
  expect(chainOfReceipts([...found].reverse()).map(({ sha256 }) => sha256)).toEqual(["b", "c"]);
  expect(chainOfReceipts([])).toEqual([]);
});

const chunk = (first: number, last: number): ChunkRef => ({
  ...{ object: 0, at: 0, size: 1, raw: 1, first, last, records: last - first + 1, minTimestamp: 0, maxTimestamp: 0 },
  sha256: `${first}-${last};`,
});

test("whatever was read and kept, a reader of the point finds the chunks that were counted and hashed", () => {
  const runs = fc.array(fc.record({ add: fc.nat(20), expire: fc.nat(15) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(runs, (drawn) => {
      const points: { id: string; needs: readonly string[]; kafka: KafkaPart }[] = [];
      let [end, logStart] = [0, 0];
      for (const [index, { add, expire }] of drawn.entries()) {
        const previous = points.at(-1);
        const from = end;
        end += add;
        logStart = Math.min(end, logStart + expire);
        const before = previous?.kafka.topics[0]?.partitions[0];
        const base = previous && before && (before.chunks.length > 0 ? previous.id : before.base);
        const start = Math.max(from, logStart);
        const stretches = new Map(
          start < end ? [["0/orders", [{ from: start, to: end, next: end, chunks: [chunk(start, end - 1)] }]]] : [],
        );
        const cut = {
          ...{ partition: 0, logStart, stable: end, highWatermark: end, from: start },
          ...(before
            ? { before: { logStart: before.logStart, end: before.end, ...(base === undefined ? {} : { base }) } }
            : {}),
        };
        const known = previous ? [...previous.needs, previous.id] : [];
        const fold = foldRun(
          {
            v: 1,
            at: 0,
            kind: "full",
            topics: [{ name: "orders", id: "id", replicationFactor: 1, configs: [], partitions: [cut] }],
            groups: [],
            acls: [],
            quotas: [],
            gaps: [],
            warnings: [],
          },
          { stretches, objects: [], gaps: [], droppedRecords: 0 },
          known,
          (text) => text,
        );
        for (let id = fold.wants(); id !== undefined; id = fold.wants())
          fold.take(id, (points.find((one) => one.id === id) as (typeof points)[number]).kafka);
        const { kafka, needs } = fold.done();
        points.push({ id: `p${index}`, needs, kafka });
        const part = kafka.topics[0]?.partitions[0] as PartitionPart;
        const held = heldChunks(
          { point: `p${index}`, part },
          new Set(needs),
          (id) => points.find((one) => one.id === id)?.kafka.topics[0]?.partitions[0],
        );
        expect(held.missing).toBeUndefined();
        expect(hashedText(held.chunks)).toBe(part.sha256);
        expect(held.chunks.reduce((sum, one) => sum + one.chunk.records, 0)).toBe(part.records);
        expect(new Set(held.chunks.map(({ point }) => point)).size).toBe(
          held.chunks.length === 0 ? 0 : (part.depth ?? 1),
        );
      }
    }),
    { numRuns: 100 },
  );
});
