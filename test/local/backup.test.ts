import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openPlan } from "../../functions/backup/context.ts";
import { loadPoint } from "../../functions/backup/load-point.ts";
import { restorePoint } from "../../functions/backup/restore.ts";
import { openRestore } from "../../functions/backup/restore-open.ts";
import { startView } from "../../functions/backup/work.ts";
import { localWork } from "../../local/backup/work.ts";
import { startHeadgate } from "../../local/headgate.ts";
import { decisionPrinter } from "../../local/say.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { tempDir } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CONFIG = {
  version: 1,
  services: {},
  streams: { events: { embedded: true } },
  destinations: { here: { directory: "backups/here" }, there: { directory: "backups/there" } },
  backup: {
    hourly: { every: "1h", to: ["here", "there"], what: { topics: { cluster: "events" }, config: {}, state: true } },
  },
};

/** Starts on a folder; `point` waits for the next restore point. */
async function started(dir: string) {
  const waiting: (() => void)[] = [];
  const running = await startHeadgate(
    {
      ...{ root: ROOT, console: false, config: join(dir, "headgate.yaml"), data: join(dir, "data") },
      ...{ port: 0, speed: 600, load: false, quiet: false },
    },
    {
      line: (text) => {
        // Of a run only what became of it is printed.
        if (/^\d\d:\d\d {2}hourly: /.test(text)) for (const told of waiting.splice(0)) told();
      },
      error: (text) => expect.fail(text),
    },
  );
  const point = async (): Promise<string> => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return (
      readdirSync(join(dir, "backups", "here", "points", "hourly"))
        .sort()
        .at(-1) ?? ""
    );
  };
  return { running, point };
}

/** A batch of each partition in a transaction that holds, and one in a transaction that does not. */
function sell(log: MemoryLog, now: number, what: string): void {
  for (const end of ["commit", "abort"] as const) {
    const checkout = log.transaction();
    for (const partition of [0, 1])
      checkout.produce("orders", partition, [{ key: what, value: `${what} ${end}`, timestamp: now }]);
    checkout[end]();
  }
  log.commitGroup("billing", [{ topic: "orders", partition: 1, offset: 2 }]);
}

test("the log of npm start is backed up on schedule to both places; a deleted topic is restored as it was, also after a restart", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "headgate.yaml"), JSON.stringify(CONFIG));
  const first = await started(dir);
  const before = first.running.local;
  const old = before.embedded.open("events");
  await old.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  sell(old, before.clock.now(), "first");
  await first.point();
  sell(old, before.clock.now(), "second");
  await first.running.stop();

  const second = await started(dir);
  onTestFinished(() => second.running.stop());
  const { runtime, embedded } = second.running.local;
  const log = embedded.open("events");
  const held = [0, 1].map((partition) => log.consume("orders", partition));
  const context = await openPlan(runtime, "default", "hourly");
  // The next one by schedule is an hour away: nothing is under way when the first process ends.
  const made = second.point();
  await startView(runtime, "default", "hourly", { by: "test", why: "story" });
  const { manifest } = await loadPoint(context.places, "hourly", await made);
  const { id } = manifest;
  expect(manifest).toMatchObject({ kind: "incremental", destinations: ["here", "there"], gaps: [], warnings: [] });
  expect(manifest.totals).toMatchObject({ topics: 1, partitions: 2, groups: 1, records: 4 });
  expect(readdirSync(join(dir, "backups", "there", "points", "hourly"))).toContain(id);

  await log.deleteTopic("orders");
  expect(await log.groups()).toEqual([]);
  const report = await restorePoint(await openRestore(context, id), {});
  expect(report).toMatchObject({ status: "done", faults: [] });
  expect([0, 1].map((partition) => log.consume("orders", partition))).toEqual(held);
  expect(held[0]?.map(({ offset }) => offset)).toEqual([0, 4]);
  expect(await log.groups()).toMatchObject([
    { id: "billing", offsets: [{ topic: "orders", partition: 1, offset: 2 }] },
  ]);
}, 30_000);

describe("the workers of this process", () => {
  const piece = (unit: number): WorkMessage => ({
    ...{ tenant: "default", plan: "p", run: "r", task: "unit", cut: "c", attempt: 0 },
    unit,
  });
  const workers = () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const errors: unknown[] = [];
    const work = localWork({
      runtime: () => ({}) as Runtime,
      onError: (error) => errors.push(error),
      work: (_runtime, { unit = -1 }) => {
        begun.push(unit);
        return new Promise((resolve, reject) => {
          ends.push(unit === 2 ? () => reject(new RangeError("lost")) : () => resolve(undefined));
        });
      },
    });
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    return { work, begun, ends, errors, turn };
  };

  test("two pieces are done side by side, in order, each once however often it is sent, and one that fails stops nobody", async () => {
    const { work, begun, ends, errors, turn } = workers();
    await work.send([1, 2, 3].map(piece));
    expect(begun).toEqual([]);
    await turn();
    expect(begun).toEqual([1, 2]);
    await work.send([3, 4].map(piece));
    ends[1]?.();
    await turn();
    expect(errors).toHaveLength(1);
    expect(begun).toEqual([1, 2, 3]);
    ends[0]?.();
    await turn();
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  test("stopping begins nothing more and ends with what is being done", async () => {
    const { work, begun, ends, turn } = workers();
    await work.send([1, 2, 3].map(piece));
    await turn();
    const stopped = work.stop();
    for (const end of ends.splice(0)) end();
    await stopped;
    await turn();
    expect(begun).toEqual([1, 2]);
  });
});

test("of a run's steps only what became of it is printed, each time", () => {
  const lines: string[] = [];
  const print = decisionPrinter({ line: (text) => lines.push(text), error: () => {} });
  const record = (reason: string) =>
    ({ noun: "backup", subject: "run:hourly", reason, at: 0, actions: [], trace: [] }) as unknown as DecisionRecord;
  for (let run = 0; run < 2; run++)
    for (const reason of [
      "started",
      "cut_taken",
      "work_sent",
      "held_waiting",
      "sealing",
      "verification_asked",
      "finished",
    ])
      print(record(reason));
  print(record("given_up"));
  expect(lines).toHaveLength(3);
});
