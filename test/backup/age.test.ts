import { afterEach, expect, test } from "vitest";
import { backupCheck } from "../../functions/health/backup-checks.ts";
import type { PointNote, RunState } from "../../shared/core/backup/run/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const point = (hoursAgo: number, verified?: PointNote["verified"]) =>
  ({ id: "bkp_x", cutAt: NOW - hoursAgo * HOUR_MS, ...(verified ? { verified } : {}) }) as PointNote;
const state = (more: Partial<RunState>): RunState => ({ v: 1, ended: [], failures: 0, avoid: [], ...more });

/** What /health says of plans whose runs have left this. */
async function checked(plans: Readonly<Record<string, string>>, states: Readonly<Record<string, RunState>>) {
  const { store, journal, close } = openSqlite(":memory:", () => NOW);
  closing.push(close);
  const runtime = { now: () => NOW, store, journal, objects: memoryObjects({ now: () => NOW }) } as unknown as Runtime;
  const text = `version: 1\nbackup: { ${Object.entries(plans)
    .map(([name, settings]) => `${name}: { to: [./b], ${settings} }`)
    .join(", ")} }\n`;
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(runtime, "default", { ...parsed, text }, { by: "test" });
  for (const [plan, one] of Object.entries(states))
    await store.write({ tenant: "default", noun: "backup", subject: `run:${plan}` }, 0, {
      state: one as unknown as Json,
    });
  return backupCheck(runtime, "default");
}

test.each<[string, string, RunState, string, string | undefined]>([
  ["a verified point within two intervals", "every: 1h", state({ point: point(2, "ok") }), "pass", undefined],
  [
    "one that is older",
    "every: 1h",
    state({ point: point(2.1, "ok") }),
    "warn",
    "the newest verified point of p is 2 h 6 min old",
  ],
  [
    "a younger one that is damaged",
    "every: 1h",
    state({ point: point(0.5, "failed"), watchedFrom: NOW - 5 * HOUR_MS }),
    "warn",
    "p has had no verified point for 5 h",
  ],
  [
    "a younger one that is not verified yet, behind one that is",
    "every: 1h",
    state({ point: point(0.5), ended: [{ point: point(1.5, "ok") } as never] }),
    "pass",
    undefined,
  ],
  ["a plan that verifies nothing", "every: 1h, verify: off", state({ point: point(1) }), "pass", undefined],
  ["a plan that has just begun", "every: 1h", state({ watchedFrom: NOW - HOUR_MS }), "pass", undefined],
])("backup:age with %s", async (_, settings, runs, status, output) => {
  const check = await checked({ p: settings }, { p: runs });
  expect(check.status).toBe(status);
  expect(check.output).toBe(output);
});

test("backup:age without a plan, or with one that nobody has looked at, passes and says so", async () => {
  expect((await checked({ p: "every: 1h" }, {})).output).toContain("none was looked at yet");
});

test("backup:age tells the oldest of several plans in seconds, and names those that are late", async () => {
  const check = await checked(
    { a: "every: 1h", b: "every: 1d", c: "every: 1h" },
    { a: state({ point: point(1, "ok") }), b: state({ point: point(20, "ok") }), c: state({ point: point(3, "ok") }) },
  );
  expect(check).toMatchObject({ status: "warn", observedValue: 20 * 3600, observedUnit: "seconds since the cut" });
  expect(check.output).toBe("the newest verified point of c is 3 h old");
});
