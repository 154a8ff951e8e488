import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { PlanContext } from "../../../functions/backup/context.ts";
import { driveRun } from "../../../functions/backup/direct.ts";
import { PRICES } from "../../../shared/core/cost/self/prices.ts";
import { HOUR_MS } from "../../../shared/core/kernel/time.ts";
import type { Objects } from "../../../shared/core/ports/objects.ts";
import { backupWorld } from "../../backup/run-kit.ts";
import { root } from "../platform.ts";
import { counting, noCounts } from "./counting.ts";

const RUNS_A_MONTH = 24 * 30;

/** The same objects, with calls counted by name. */
function counted(objects: Objects, calls: Map<string, number>): Objects {
  return new Proxy(objects, {
    get(target, name, receiver) {
      const member = Reflect.get(target, name, receiver) as unknown;
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        return Reflect.apply(member, target, given);
      };
    },
  });
}

it("an hour in which 500 partitions have nothing new costs what docs/scale.md says", async () => {
  const world = backupWorld();
  for (let topic = 0; topic < 50; topic += 1) {
    await world.log.createTopic({ name: `t${topic}`, partitions: 10, replicationFactor: 1, configs: [] });
    for (let partition = 0; partition < 10; partition += 1)
      world.log.produce(`t${topic}`, partition, [{ key: "k", value: "v".repeat(100) }]);
  }
  await driveRun(world.context());
  world.clock.now += HOUR_MS;
  const counts = noCounts();
  const calls = new Map<string, number>();
  const context = world.context();
  const [first, ...others] = context.places;
  if (!first) throw new Error("no destination");
  const watched: PlanContext = {
    ...context,
    runtime: counting(context.runtime, counts),
    places: [{ ...first, objects: counted(first.objects, calls) }, ...others],
  };
  expect((await driveRun(watched)).point).toMatchObject({ kind: "incremental", newRecords: 0 });
  const of = (name: string) => calls.get(name) ?? 0;
  const page = readFileSync(join(root, "docs/scale.md"), "utf8");
  const [, decisions, units, written, lists] =
    /^\| An idle hour \| .*?: (\w+) decisions, (\d+) write units, .*? (\d+) objects written, .*?, (\d+) lists/m.exec(
      page,
    ) ?? [];
  expect(["", "one", "two", "three", "four", "five", "six"][counts.recordBytes.size]).toBe(decisions);
  expect(Math.abs(counts.writeUnits - Number(units))).toBeLessThanOrEqual(5);
  expect(of("put") + of("putStream")).toBeLessThanOrEqual(Number(written));
  expect(Math.abs(of("list") - Number(lists))).toBeLessThanOrEqual(2);
  const table = RUNS_A_MONTH * counts.writeUnits * PRICES.writeUnits;
  const requests = RUNS_A_MONTH * 2 * ((of("put") + of("list")) * PRICES.objectWrites + of("get") * PRICES.objectReads);
  const [, saidTable, saidRequests] =
    /every hour for a month is ([\d.]+) USD in the table and ([\d.]+) USD in requests/.exec(page) ?? [];
  expect(Math.abs(table - Number(saidTable))).toBeLessThan(0.01);
  expect(Math.abs(requests - Number(saidRequests))).toBeLessThan(0.03);
});
