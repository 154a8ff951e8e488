import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { openCost } from "../../functions/cost/context.ts";
import { makeReportNow, reportKey, reportStateOf } from "../../functions/cost/report-job.ts";
import { lastInstant, nextInstant, spanOf } from "../../shared/core/cost/jobs/instants.ts";
import { reportMachine } from "../../shared/core/cost/jobs/machine.ts";
import type { MadeReport, ReportConfig, ReportInput } from "../../shared/core/cost/jobs/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { machineLaws } from "../contract/machine.ts";
import { jobsWorld, TENANT } from "./jobs-kit.ts";

const DAILY = `  sources: [{ sample: { seed: 3, days: 40 } }]
  schedule: off
  reports: { daily: { every: daily, at: 7, to: [./out], receivers: [team] } }
`;
type Jobs = Awaited<ReturnType<typeof jobsWorld>>;
const folders: string[] = [];
const open = async (...given: Parameters<typeof jobsWorld>): Promise<Jobs> => {
  const made = await jobsWorld(...given);
  folders.push(made.folder);
  return made;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const stateOf = async ({ runtime }: Jobs, name = "daily") =>
  reportStateOf(await runtime.store.load(reportKey(TENANT, name)));
const at = (text: string) => Date.parse(`${text}Z`);

describe("when a report is due", () => {
  test.each([
    ["daily", 7, "2026-01-05T06:59:59.999", "2026-01-04T07:00", "2026-01-05T07:00"],
    ["daily", 7, "2026-01-05T07:00", "2026-01-05T07:00", "2026-01-06T07:00"],
    ["daily", 0, "2026-01-05T00:00", "2026-01-05T00:00", "2026-01-06T00:00"],
    ["weekly", 7, "2026-01-05T06:00", "2025-12-29T07:00", "2026-01-05T07:00"],
    ["weekly", 7, "2026-01-11T23:00", "2026-01-05T07:00", "2026-01-12T07:00"],
  ] as const)("%s at %d, seen at %s: last %s, next %s", (every, hour, now, last, next) => {
    expect(lastInstant({ every, at: hour }, at(now))).toBe(at(last));
    expect(nextInstant({ every, at: hour }, at(now))).toBe(at(next));
  });
  test("a daily one is about the 30 days before, a weekly one about Monday to Sunday", () => {
    expect(spanOf({ every: "daily" }, at("2026-03-01T07:00"))).toEqual({ from: "2026-01-30", to: "2026-02-28" });
    expect(spanOf({ every: "weekly" }, at("2026-01-12T07:00"))).toEqual({ from: "2026-01-05", to: "2026-01-11" });
  });
});

const made: MadeReport = {
  ...{ total: "1.50", currency: "USD", basis: "billed", summary: "s", lines: [], troubles: [], denied: false },
  ...{ files: [], places: [], missing: [] },
};
describe("the machine of reports", () => {
  machineLaws("reports", reportMachine, {
    runs: 25,
    maxPauseMs: 9 * HOUR_MS,
    config: fc.record({
      report: fc.constant("daily"),
      every: fc.constantFrom("daily", "weekly"),
      at: fc.integer({ min: 0, max: 23 }),
      targets: fc.subarray(["team/slack[0]", "team/webhook[0]"]),
      backOffMs: fc.constant(MINUTE_MS),
    }) as fc.Arbitrary<ReportConfig>,
    input: fc.oneof(
      fc.constant(() => ({ kind: "look" }) as ReportInput),
      fc.constant(() => ({ kind: "ask", by: "ann" }) as ReportInput),
      fc.constant(() => ({ kind: "ask", by: "ann", later: true }) as ReportInput),
    ),
  });

  test("what cannot be made is tried again with pauses, given up when the next is due, and told", () => {
    const config: ReportConfig = { report: "r", every: "daily", at: 7, targets: [], backOffMs: MINUTE_MS };
    let now = at("2026-01-05T06:00");
    let state = reportMachine.initial(config, now);
    const reasons: string[] = [];
    const told: string[] = [];
    for (; now < at("2026-01-06T07:10"); now += 5 * MINUTE_MS) {
      const step = reportMachine.step(config, state, { kind: "look" }, now);
      state = step.state;
      if (step.state !== state || step.actions.length > 0) reasons.push(step.reason);
      for (const action of step.actions)
        if (action.type === "tell_people") told.push(...action.raise.map(({ event }) => event));
      const results = step.actions.map(({ key }) => ({ key, status: "failed" as const, at: now, detail: "no bills" }));
      if (results.length > 0) state = reportMachine.settle(config, state, results, now);
    }
    expect(reasons[0]).toBe("begun");
    expect(reasons.filter((one) => one === "again").length).toBeGreaterThan(5);
    expect(told).toEqual(["failed"]);
    expect(state.ended).toMatchObject([{ status: "failed", from: "2025-12-06", to: "2026-01-04" }]);
  });

  test("bills that are denied are told once, and their end when they can be read again", () => {
    const config: ReportConfig = { report: "r", every: "daily", at: 7, targets: [], backOffMs: MINUTE_MS };
    const events: string[] = [];
    let now = at("2026-01-05T06:00");
    let state = reportMachine.initial(config, now);
    const answers = [true, true, false, false];
    for (now = at("2026-01-05T07:00"); answers.length > 0; ) {
      const step = reportMachine.step(config, state, { kind: "look" }, now);
      state = step.state;
      const [action] = step.actions;
      if (action?.type === "tell_people") {
        events.push(...action.raise.map(({ event }) => `+${event}`), ...action.end.map((event) => `-${event}`));
      }
      if (action?.type === "make_report") {
        const report = {
          ...made,
          denied: answers[0] ?? false,
          troubles: answers[0] ? ["aws is denied: ce:GetCostAndUsage"] : [],
        };
        const result = {
          key: action.key,
          status: "done" as const,
          at: now,
          detail: "",
          values: { made: report as never },
        };
        state = reportMachine.settle(config, state, [result], now);
      } else {
        answers.shift();
        now += DAY_MS;
      }
    }
    // Each report that is denied says so again: an alert has to be kept alive.
    expect(events).toEqual(["+denied", "+denied", "-denied"]);
  });
});

describe("a scheduled report", () => {
  test("is made once for each day: HTML, Markdown, CSV and JSON at its destination, and told to each receiver once", async () => {
    const jobs = await open(DAILY);
    const { clock, tick, folder, sent, runtime } = jobs;
    for (let hour = 0; hour < 3 * 24; hour += 4) {
      await tick();
      await tick();
      clock.advance(4 * HOUR_MS);
    }
    const days = ["2026-01-04", "2026-01-05", "2026-01-06"];
    const files = days.flatMap((day) => ["csv", "html", "json", "md"].map((type) => `${day}.${type}`));
    expect(readdirSync(join(folder, "out/cost/reports/daily")).sort()).toEqual(files);
    expect(sent.map(({ receiver, integration, key }) => `${receiver}/${integration.id} ${key.slice(0, 16)}`)).toEqual(
      days.flatMap((day) => [`team/webhook[0] daily@${day}`, `team/slack[0] daily@${day}`]),
    );
    expect((await stateOf(jobs))?.ended.map(({ to, status }) => `${to} ${status}`)).toEqual(
      [...days].reverse().map((day) => `${day} made`),
    );
    const kept = await runtime.objects.get("cost/default/reports/daily/2026-01-05.json");
    const view = JSON.parse(new TextDecoder().decode(kept)) as {
      from: string;
      to: string;
      total: string;
      title: string;
    };
    expect(view).toMatchObject({ from: "2025-12-07", to: "2026-01-05", title: "Cost report daily" });
    expect(sent[2]?.alerts[0]?.annotations["summary"]).toMatch(
      /^Cost report daily, 2025-12-07 to 2026-01-05: [\d.]+ USD/,
    );
    expect(readFileSync(join(folder, "out/cost/reports/daily/2026-01-05.html"), "utf8")).toContain("<svg");
  });

  test("is made once although the process dies at any write, and ticks overlap afterwards", async () => {
    const dies = (runtime: Runtime, after: number): Runtime => {
      let left = after;
      const write: Runtime["store"]["write"] = async (...given) => {
        left -= 1;
        if (left < 0) throw new HeadgateError("store.unavailable", "gone", { retryable: true });
        const written = await runtime.store.write(...given);
        // Written, and the process never heard of it.
        if (left === 0) throw new HeadgateError("store.unavailable", "gone", { retryable: true });
        return written;
      };
      return { ...runtime, store: { ...runtime.store, write } };
    };
    for (let after = 1; after <= 6; after += 1) {
      const jobs = await open(DAILY.replace("days: 40", "days: 1"));
      const { clock, tick, runtime, folder, sent } = jobs;
      await tick();
      clock.advance(8 * HOUR_MS);
      await tick(dies(runtime, after)).catch(() => {});
      for (let round = 0; round < 6; round += 1) {
        clock.advance(2 * MINUTE_MS);
        await Promise.all([tick(), tick()]);
      }
      const state = await stateOf(jobs);
      expect(state?.current, `dies after ${after}`).toBeUndefined();
      expect(state?.ended.map(({ to, status }) => `${to} ${status}`)).toEqual(["2026-01-04 made"]);
      expect(readdirSync(join(folder, "out/cost/reports/daily"))).toHaveLength(4);
      expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
      // Told again only where nobody could know that it had been, and then under the same key.
      expect(sent.length).toBeLessThanOrEqual(4);
    }
  });

  test("that was due while nobody looked is made once, as the newest one", async () => {
    const jobs = await open(DAILY);
    await jobs.tick();
    jobs.clock.advance(5 * DAY_MS + 8 * HOUR_MS);
    await jobs.tick();
    await jobs.tick();
    expect((await stateOf(jobs))?.ended.map(({ to }) => to)).toEqual(["2026-01-09"]);
    const { items } = await jobs.runtime.journal.list({ tenant: TENANT, noun: "cost", limit: 10 });
    const record = items.find(({ reason }) => reason === "begun");
    expect(record?.trace[0]?.text).toBe("5 earlier reports were due while nobody looked; only the newest is made");
  });

  test("whose destination fails is laid down elsewhere and told when it is at last there; what is there is not written again", async () => {
    const jobs = await open(DAILY.replace("[./out]", "[./out, ./blocked/x]"));
    const { writeFileSync, unlinkSync } = await import("node:fs");
    writeFileSync(join(jobs.folder, "blocked"), "a file where a folder is wanted");
    await jobs.tick();
    jobs.clock.advance(8 * HOUR_MS);
    await jobs.tick();
    expect(existsSync(join(jobs.folder, "out/cost/reports/daily/2026-01-04.html"))).toBe(true);
    expect(jobs.sent).toHaveLength(0);
    expect((await stateOf(jobs))?.current).toMatchObject({ phase: "making", failures: 1 });
    unlinkSync(join(jobs.folder, "blocked"));
    jobs.clock.advance(5 * MINUTE_MS);
    await jobs.tick();
    expect(existsSync(join(jobs.folder, "blocked/x/cost/reports/daily/2026-01-04.html"))).toBe(true);
    expect(jobs.sent).toHaveLength(2);
  });

  test("is made at once by somebody's word, told under a key of its own, and the schedule goes on as it was", async () => {
    const jobs = await open(DAILY);
    await jobs.tick();
    const work = await openCost(jobs.runtime, TENANT);
    const trigger = { type: "api" as const, detail: "ann" };
    const { state, decision } = await makeReportNow(work, "daily", { by: "ann", to: "2026-01-02" }, trigger);
    expect(state?.ended).toMatchObject([{ to: "2026-01-02", from: "2025-12-04", status: "made" }]);
    expect(decision).toMatch(/^dec_/);
    await expect(makeReportNow(work, "monthly", { by: "ann" }, trigger)).rejects.toThrow(
      /there is no report "monthly"; there is daily/,
    );
    jobs.clock.advance(8 * HOUR_MS);
    await jobs.tick();
    expect((await stateOf(jobs))?.ended.map(({ to }) => to)).toEqual(["2026-01-04", "2026-01-02"]);
    expect(new Set(jobs.sent.map(({ key }) => key)).size).toBe(4);
  });

  test("asked for by somebody whose time is short is begun at once, and made once by whoever looks next", async () => {
    const jobs = await open(DAILY);
    await jobs.tick();
    const work = await openCost(jobs.runtime, TENANT);
    const ask = { by: "ann", to: "2026-01-02", later: true };
    const { state, decision } = await makeReportNow(work, "daily", ask, { type: "api", detail: "ann" });
    expect(state).toMatchObject({ ended: [], current: { by: "ann", to: "2026-01-02", phase: "making" } });
    expect(decision).toMatch(/^dec_/);
    expect(jobs.timers.waiting()).toContainEqual(expect.objectContaining({ key: reportKey(TENANT, "daily") }));
    expect(jobs.sent).toHaveLength(0);
    await expect(makeReportNow(work, "daily", ask, { type: "api" })).rejects.toMatchObject({ code: "cost.refused" });
    await jobs.tick();
    expect((await stateOf(jobs))?.ended).toMatchObject([{ to: "2026-01-02", status: "made" }]);
    expect(jobs.sent).toHaveLength(2);
    const { items } = await jobs.runtime.journal.list({ tenant: TENANT, noun: "cost", limit: 10 });
    expect(items.flatMap(({ trace }) => trace.map(({ text }) => text))).toContain(
      "2025-12-04 to 2026-01-02 is made now, asked for by ann",
    );
  });

  test("that leaves the configuration is forgotten, and due no more", async () => {
    const jobs = await open(DAILY);
    await jobs.tick();
    await jobs.apply("  sources: []\n  schedule: off\n");
    jobs.clock.advance(2 * DAY_MS);
    await jobs.tick();
    expect(await jobs.runtime.store.due(jobs.clock.now(), 10)).toEqual([]);
    expect(jobs.sent).toEqual([]);
  });
});
