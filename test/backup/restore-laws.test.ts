import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { restorePoint } from "../../functions/backup/restore.ts";
import { compareRestored } from "../../functions/backup/restore-compare.ts";
import type { RestoreContext } from "../../functions/backup/restore-types.ts";
import { drillMachine } from "../../shared/core/backup/drill/machine.ts";
import { DRILL_STEPS, type DrillInput } from "../../shared/core/backup/drill/types.ts";
import { restoreMachine } from "../../shared/core/backup/restore/machine.ts";
import type { RestoreInput } from "../../shared/core/backup/restore/state.ts";
import type { RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { machineLaws } from "../contract/machine.ts";
import { contextOf, logAt, NOW, pointOf, seen, topic } from "./restore-kit.ts";

type Move =
  | {
      readonly kind: "plain" | "commit" | "abort";
      readonly records: number;
      readonly key: number;
      readonly codec: "none" | "gzip" | "zstd";
    }
  | { readonly kind: "compact" }
  | { readonly kind: "trim"; readonly share: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("plain", "commit", "abort"),
      records: fc.integer({ min: 1, max: 5 }),
      key: fc.integer({ min: 0, max: 3 }),
      codec: fc.constantFrom("none", "gzip", "zstd"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("trim"), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
) as fc.Arbitrary<Move>;

async function played(moves: readonly Move[], compacted: boolean): Promise<MemoryLog> {
  const log = logAt();
  await topic(log, "orders", { configs: compacted ? { "cleanup.policy": "compact,delete" } : {} });
  let serial = 0;
  for (const one of moves) {
    const [now] = await log.offsets([{ topic: "orders", partition: 0 }]);
    if (one.kind === "compact") {
      if (compacted) log.compact("orders");
    } else if (one.kind === "trim") {
      const offset = (now?.logStart ?? 0) + Math.floor(one.share * ((now?.stable ?? 0) - (now?.logStart ?? 0)));
      await log.deleteRecords([{ topic: "orders", partition: 0, offset }]);
    } else {
      const records = Array.from({ length: one.records }, () => ({
        key: `k${one.key}`,
        value: serial++ % 4 === 0 ? null : `v${serial}`,
        timestamp: NOW - (serial % 5) * 1000,
      }));
      if (one.kind === "plain") log.produce("orders", 0, records, { codec: one.codec });
      else {
        const transaction = log.transaction("p");
        transaction.produce("orders", 0, records, { codec: one.codec });
        if (one.kind === "commit") transaction.commit();
        else transaction.abort();
      }
    }
  }
  return log;
}

describe("whatever a log went through", () => {
  test("a restore gives back exactly what a consumer of it sees, and where it ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 14 }), fc.boolean(), async (moves, compacted) => {
        const log = await played(moves, compacted);
        const target = logAt();
        const report = await restorePoint(contextOf(target, await pointOf(log)), {});
        expect(report).toMatchObject({ status: "done", faults: [] });
        expect(seen(target, "orders")).toEqual(seen(log, "orders"));
        const end = async (of: MemoryLog) => (await of.offsets([{ topic: "orders", partition: 0 }]))[0]?.end;
        expect(await end(target)).toBe(await end(log));
      }),
      { numRuns: 25 },
    );
  });

  test("a position lands on the same next record, with offsets kept or translated", async () => {
    const run = fc.record({
      moves: fc.array(move, { minLength: 1, maxLength: 12 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      keep: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ moves, share, keep }) => {
        const log = await played(moves, false);
        const [now] = await log.offsets([{ topic: "orders", partition: 0 }]);
        const offset = (now?.logStart ?? 0) + Math.round(share * ((now?.end ?? 0) - (now?.logStart ?? 0)));
        log.commitGroup("g", [{ topic: "orders", partition: 0, offset }]);
        const target = logAt();
        await restorePoint(contextOf(target, await pointOf(log)), { offsets: keep ? "keep" : "translate" });
        const position = target.groupOf("g")?.offsets[0]?.offset ?? -1;
        const next = (of: MemoryLog, from: number) => of.consume("orders", 0, from)[0]?.value ?? "none";
        expect(next(target, position)).toEqual(next(log, offset));
      }),
      { numRuns: 25 },
    );
  });
});

/** A process that dies in its nth call to the cluster: before the call is made, or with its answer. */
function dying(context: RestoreContext, nth: number, after: boolean): RestoreContext {
  let calls = 0;
  const streams = new Proxy(context.streams, {
    get:
      (target, name: keyof Streams) =>
      async (...args: unknown[]) => {
        calls += 1;
        if (calls > nth || (calls === nth && !after)) throw new Error("killed");
        const answer = await (target[name] as (...given: unknown[]) => Promise<unknown>).apply(target, args);
        if (calls === nth) throw new Error("killed");
        return answer;
      },
  });
  return { ...context, streams };
}

describe("a restore that dies", () => {
  const cases: readonly [string, RestoreRequest][] = [
    ["with offsets kept", {}],
    ["with offsets translated", { offsets: "translate" }],
  ];
  test.each(cases)("at any call %s is gone on with, and nothing is there twice", async (_, request) => {
    const log = logAt();
    await topic(log, "orders", { partitions: 2 });
    log.produce(
      "orders",
      0,
      Array.from({ length: 40 }, () => ({ value: "gone" })),
    );
    await log.deleteRecords([{ topic: "orders", partition: 0, offset: 40 }]);
    for (const fate of ["plain", "abort", "plain"]) {
      if (fate === "plain") log.produce("orders", 0, [{ value: "a" }, { value: "b" }]);
      else {
        const transaction = log.transaction("p");
        transaction.produce("orders", 0, [{ value: "never" }]);
        transaction.abort();
      }
    }
    log.produce("orders", 1, [{ value: "other" }]);
    log.commitGroup("g", [{ topic: "orders", partition: 0, offset: 44 }]);
    const source = await pointOf(log);
    const whole = logAt();
    await restorePoint(contextOf(whole, source), request);
    const wanted = [seen(whole, "orders"), seen(whole, "orders", 1)];
    const calls = Object.values(whole.faults.calls).reduce((sum, one) => sum + one, 0);
    for (let nth = 1; nth <= calls; nth += 1) {
      const target = logAt({ random: () => 0.5 });
      const context = contextOf(target, source);
      // Killed, and killed again when it was begun again.
      await restorePoint(dying(context, nth, nth % 2 === 0), request).catch(() => undefined);
      await restorePoint(dying(context, (nth * 7) % calls, nth % 3 === 0), request).catch(() => undefined);
      const report = await restorePoint(context, request);
      expect(report, `call ${nth}`).toMatchObject({ status: "done", faults: [] });
      expect([seen(target, "orders"), seen(target, "orders", 1)], `call ${nth}`).toEqual(wanted);
      expect(target.groupOf("g"), `call ${nth}`).toEqual(whole.groupOf("g"));
      expect(await target.topicConfigs(["orders"])).toEqual(await log.topicConfigs(["orders"]));
      expect((await compareRestored(context, report.plan)).partitions.map(({ differences }) => differences)).toEqual([
        0, 0,
      ]);
    }
  });
});

const said = fc.record({ by: fc.constant("ops"), why: fc.constantFrom("", "because") });
const totals = { topics: 1, created: 1, partitions: 2, records: 10, bytes: 100, padded: 0, markers: 0, estimateMs: 5 };
const worker = fc.constantFrom("wrk_a", "wrk_b");

machineLaws("restore", restoreMachine, {
  runs: 40,
  config: fc.record({ approval: fc.boolean(), check: fc.boolean(), backOffMs: fc.constant(1000) }),
  input: fc
    .oneof(
      fc.tuple(said, fc.boolean()).map(
        ([words, refused]) =>
          (): RestoreInput => ({
            ...{ kind: "start", id: "rst_a", plan: "hourly", point: "bkp_1", cluster: "main", request: {}, totals },
            ...words,
            refusals: refused ? ["no"] : [],
          }),
      ),
      said.map((words) => (): RestoreInput => ({ kind: "approve", ...words })),
      said.map((words) => (): RestoreInput => ({ kind: "cancel", ...words })),
      worker.map(
        (one) =>
          (_: unknown, at: number): RestoreInput => ({ kind: "take", worker: one, until: at + 60_000 }),
      ),
      fc
        .record({
          status: fc.constantFrom("done" as const, "more" as const, "partly" as const, "failed" as const),
          final: fc.boolean(),
          records: fc.nat(9),
          bytes: fc.nat(9),
          partitions: fc.nat(2),
          groups: fc.nat(2),
          faults: fc.array(fc.constantFrom("a is wrong", "b is wrong"), { maxLength: 2 }),
        })
        .chain((turn) => worker.map((one) => (): RestoreInput => ({ kind: "turn", worker: one, turn }))),
    )
    .map((make) => (_: unknown, at: number) => make(_, at)),
});

machineLaws("drill", drillMachine, {
  runs: 40,
  config: fc.record({
    plan: fc.constant("hourly"),
    every: fc.constant(3_600_000),
    deadlineMs: fc.constant(600_000),
    backOffMs: fc.constant(1000),
  }),
  input: fc
    .oneof(
      fc.constant((): DrillInput => ({ kind: "look", id: "drl_a" })),
      said.map((words) => (): DrillInput => ({ kind: "start", id: "drl_b", ...words })),
      worker.map(
        (one) =>
          (_: unknown, at: number): DrillInput => ({ kind: "take", worker: one, until: at + 60_000 }),
      ),
      fc
        .record({
          status: fc.constantFrom("more" as const, "failed" as const),
          final: fc.boolean(),
          phase: fc.constantFrom("restoring" as const, "checking" as const, "cleaning" as const),
          steps: fc.dictionary(fc.constantFrom(...DRILL_STEPS), fc.nat(100)),
          faults: fc.array(fc.constantFrom("a is wrong", "b is wrong"), { maxLength: 2 }),
        })
        .chain((turn) => worker.map((one) => (): DrillInput => ({ kind: "turn", worker: one, turn }))),
    )
    .map((make) => (_: unknown, at: number) => make(_, at)),
});
