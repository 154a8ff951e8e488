import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "../shared/core/kernel/json.ts";
import type { AggregateKey } from "../shared/core/kernel/key.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import type { Action, Machine } from "../shared/core/kernel/step.ts";
import type { Pending, Store } from "../shared/core/ports/store.ts";
import { openSqlite } from "../shared/edge/sqlite.ts";
import { run } from "../shared/shell/run.ts";
import { benchRuntime, withFolder } from "./parts.ts";
import { median } from "./timing.ts";

/** Workers in flight, as a tick has them. */
const IN_FLIGHT = 50;
const AGGREGATES = 4_000;
const ROUNDS = 5;

interface Count {
  readonly v: 1;
  readonly count: number;
}

/** The smallest machine that acts every time: what is left is the cost of the shell and the store. */
const counter: Machine<Record<string, never>, Count, Record<string, never>, Action, "counted"> = {
  noun: "bench",
  initial: () => ({ v: 1, count: 0 }),
  step: (_config, state, _input, now) => ({
    state: { v: 1, count: state.count + 1 },
    actions: [{ type: "nothing", key: `nothing:${now}:${state.count}` }],
    reason: "counted",
    trace: [],
  }),
  settle: (_config, state) => state,
  dueAt: () => undefined,
};

const keyOf = (index: number): AggregateKey => ({ tenant: "default", noun: "bench", subject: `service-${index}` });

/** A record of the size autoscaling writes, about 2 KB. */
function pendingOf(index: number): Pending {
  const record: DecisionRecord = {
    v: 1,
    id: `dec_bench${index}`,
    tenant: "default",
    noun: "bench",
    subject: `service-${index}`,
    at: 0,
    trigger: { type: "schedule" },
    mode: "act",
    configVersion: "bench",
    config: {},
    input: { points: Array.from({ length: 40 }, (_, at) => ({ at: at * 60_000, value: 71.25 })) },
    stateBefore: { v: 1, count: 0 },
    reason: "counted",
    trace: [],
    actions: [{ type: "nothing", key: "nothing" }],
    stateAfter: { v: 1, count: 1 },
    outcomes: [],
    traceId: "0".repeat(31).concat("1"),
  };
  return { record, actions: record.actions, attempts: 1 };
}

async function inFlight(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

async function rate(count: number, work: () => Promise<void> | void): Promise<number> {
  const from = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - from);
}

/** `versions` is what each aggregate was left at by the round before; 0 (absent) in the first. */
async function claimAndSettle(store: Store, versions: number[], round: number): Promise<void> {
  await inFlight(versions.length, async (index) => {
    const key = keyOf(index);
    const state: Json = { v: 1, count: round };
    const version = versions[index] ?? 0;
    const claim = await store.write(key, version, { state, pending: pendingOf(index), leaseUntil: 30_000 });
    if (!claim.ok) throw new Error("the claim was refused");
    const settle = await store.write(key, claim.version, { state });
    if (!settle.ok) throw new Error("the settle was refused");
    versions[index] = settle.version;
  });
}

/** The peer: the same two conditional writes of the same bytes, one durable transaction each, as one would write it first. */
function naiveStore(path: string, aggregates: number): { claimAndSettle(round: number): void; close(): void } {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(
    "CREATE TABLE aggregates (key TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, pending TEXT)",
  );
  const insert = db.prepare("INSERT INTO aggregates VALUES (?, 0, '', NULL)");
  db.exec("BEGIN");
  for (let index = 0; index < aggregates; index += 1) insert.run(keyOf(index).subject);
  db.exec("COMMIT");
  const update = db.prepare(
    "UPDATE aggregates SET version = version + 1, state = ?, pending = ? WHERE key = ? AND version = ?",
  );
  return {
    claimAndSettle(round) {
      const state = JSON.stringify({ v: 1, count: round });
      for (let index = 0; index < aggregates; index += 1) {
        const key = keyOf(index).subject;
        const claim = update.run(state, JSON.stringify(pendingOf(index)), key, round * 2);
        const settle = update.run(state, null, key, round * 2 + 1);
        if (claim.changes !== 1 || settle.changes !== 1) throw new Error("a write was refused");
      }
    },
    close: () => db.close(),
  };
}

/**
 * Aggregates claimed and settled a second: two conditional writes, each on the disk before the next step. Ours and the
 * naive peer take turns, so that whatever else the machine does meets both.
 */
export function claimSettleRates(
  aggregates = AGGREGATES,
  rounds = ROUNDS,
): Promise<{ readonly ours: number; readonly naive: number }> {
  return withFolder(async (folder) => {
    const file = openSqlite(join(folder, "bench.db"), () => 1);
    const peer = naiveStore(join(folder, "naive.db"), aggregates);
    try {
      const ours: number[] = [];
      const naive: number[] = [];
      const versions = new Array<number>(aggregates).fill(0);
      for (let round = 0; round < rounds; round += 1) {
        ours.push(await rate(aggregates, () => claimAndSettle(file.store, versions, round)));
        naive.push(await rate(aggregates, () => peer.claimAndSettle(round)));
      }
      return { ours: median(ours), naive: median(naive) };
    } finally {
      peer.close();
      await file.close();
    }
  });
}

/** The whole shell: load, step, claim, journal, act, outcome, settle; aggregates a second. */
export function runRate(): Promise<number> {
  return withFolder(async (folder) => {
    const started = performance.now();
    const now = (): number => 1_700_000_000_000 + performance.now() - started;
    const file = openSqlite(join(folder, "bench.db"), now);
    const runtime = benchRuntime(now, file);
    const rates: number[] = [];
    try {
      for (let count = 0; count < ROUNDS; count += 1) {
        const round = () =>
          inFlight(AGGREGATES, async (index) => {
            const result = await run(runtime, {
              machine: counter,
              tenant: "default",
              subject: `service-${index}`,
              mode: "act",
              config: {},
              configVersion: "bench",
              trigger: { type: "schedule" },
              observe: async () => ({}),
              perform: async (action) => ({ key: action.key, status: "done", at: now(), detail: "nothing to do" }),
            });
            if (result.status !== "decided") throw new Error(`the run ended ${result.status}`);
          });
        rates.push(await rate(AGGREGATES, round));
      }
      return median(rates);
    } finally {
      await file.close();
    }
  });
}
