import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { doChore } from "../../functions/cost/chores.ts";
import { lazyNotify } from "../../functions/lazy-notify.ts";
import {
  CHORES,
  type ChoreStep,
  dueSteps,
  isLate,
  periodOf,
  rhythmOf,
  taken,
  workedOff,
} from "../../shared/core/cost/jobs/clock.ts";
import { type SummaryFacts, summaryOf } from "../../shared/core/cost/jobs/summary.ts";
import type { ReportAction } from "../../shared/core/cost/jobs/types.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { money } from "./allocate-kit.ts";
import { alertmanager, jobsWorld, TENANT } from "./jobs-kit.ts";

const at = (text: string) => Date.parse(`${text}Z`);

describe("chores by the clock", () => {
  test.each([
    ["usage", "off", "2026-01-05T07:30", "2026-01-05T07:00"],
    ["bills", "daily", "2026-01-05T04:59", "2026-01-04T05:00"],
    ["bills", "daily", "2026-01-05T05:00", "2026-01-05T05:00"],
    ["bills", "hourly", "2026-01-05T07:05", "2026-01-05T06:10"],
    ["bills", { every: 6 * HOUR_MS }, "2026-01-05T07:05", "2026-01-05T06:00"],
  ] as const)("%s, %j, at %s: the period from %s on", (chore, schedule, now, start) => {
    expect(periodOf(rhythmOf(chore, schedule) as never, at(now))).toBe(at(start));
  });
  test("bills that are off are never due", () => expect(rhythmOf("bills", "off")).toBeUndefined());

  test("what failed is left and done again after a pause that doubles up to an hour; the next period begins with all of it", () => {
    const rhythm = rhythmOf("bills", "daily") as never;
    let now = at("2026-01-05T05:00");
    let clock = taken(undefined, CHORES.bills, periodOf(rhythm, now), now + HOUR_MS);
    expect(dueSteps("bills", clock, rhythm, now + MINUTE_MS), "somebody is at it").toEqual([]);
    const pauses: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      clock = workedOff(clock, [{ step: "bills", why: "no answer" }], now, 5 * MINUTE_MS);
      pauses.push(((clock.againAt ?? 0) - now) / MINUTE_MS);
      expect(dueSteps("bills", clock, rhythm, (clock.againAt ?? 0) - 1)).toEqual([]);
      now = clock.againAt ?? 0;
      expect(dueSteps("bills", clock, rhythm, now)).toEqual(["bills"]);
      clock = taken(clock, ["bills"], clock.period, now + HOUR_MS);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    const { until: _, ...died } = clock;
    expect(dueSteps("bills", died, rhythm, at("2026-01-06T05:00"))).toEqual(CHORES.bills);
    expect(isLate(died, rhythm, at("2026-01-07T06:01"))).toBe(true);
    expect(isLate(workedOff(died, [], now, 1), rhythm, at("2026-01-07T06:01"))).toBe(false);
  });

  test("two workers at one chore do it once, one that dies is followed when its lease is over, and no step holds up another", async () => {
    const jobs = await jobsWorld("  sources: []\n");
    const done: string[] = [];
    let broken = true;
    const act = async (_: unknown, step: ChoreStep) => {
      if (step === "budgets" && broken) throw new Error("no bills");
      done.push(step);
    };
    const run = () => doChore(jobs.runtime, TENANT, "bills", act);
    const both = await Promise.all([run(), run()]);
    expect(both.map(({ status }) => status).sort()).toEqual(["failed", "skipped"]);
    expect(done).toEqual(CHORES.bills.filter((step) => step !== "budgets"));
    expect((await run()).status, "the pause").toBe("skipped");
    broken = false;
    jobs.clock.advance(5 * MINUTE_MS);
    expect((await run()).status).toBe("done");
    expect(done.filter((step) => step === "budgets")).toHaveLength(1);
    expect((await run()).status, "the rest of the day").toBe("skipped");
    jobs.clock.advance(DAY_MS);
    const dead = jobs.runtime.store.write;
    let writes = 0;
    const dying: Runtime = {
      ...jobs.runtime,
      store: {
        ...jobs.runtime.store,
        write: async (...given) => {
          writes += 1;
          if (writes === 2) throw new Error("killed");
          return dead(...given);
        },
      },
    };
    await expect(doChore(dying, TENANT, "bills", act)).rejects.toThrow("killed");
    expect((await run()).status, "its lease").toBe("skipped");
    jobs.clock.advance(20 * MINUTE_MS);
    expect((await run()).status).toBe("done");
    rmSync(jobs.folder, { recursive: true });
  });
});

describe("what people are told of a report", () => {
  const facts: SummaryFacts = {
    ...{ name: "daily", every: "daily", from: "2026-01-01", to: "2026-01-03", basis: "effective", currency: "USD" },
    ...{ status: "known", finality: "estimated", total: money("30.005") },
    days: [
      { day: "2026-01-01", cost: money("8") },
      { day: "2026-01-02", cost: money("10") },
      { day: "2026-01-03", cost: money("12.005") },
    ],
    services: [
      { name: "S3", cost: money("-1") },
      { name: "MSK", cost: money("31") },
      { name: "Lambda", cost: money("0.0004") },
    ],
  };
  test("is the total with basis and how sure it is, yesterday against the days before, and what is largest", () => {
    expect(summaryOf(facts)).toEqual({
      summary: "Cost report daily, 2026-01-01 to 2026-01-03: 30.00 USD effective, some days are estimates",
      lines: [
        "2026-01-03: 12.00 USD, +33.4 % against the mean of the 2 days before",
        "MSK: 31.00 USD",
        "Lambda: 0.0004 USD",
        "S3: -1.00 USD",
      ],
    });
  });
  test.each([
    ["denied", "bills may not be read: the amount is not known, which is not zero"],
    ["unavailable", "no source answered: the amount is not known, which is not zero"],
    ["no_sources", "no source is configured: the amount is not known, which is not zero"],
    ["none", "0.00 USD, sources answered and have no charge"],
  ] as const)("%s is no zero", (status, said) => {
    const { total: _, ...rest } = facts;
    expect(summaryOf({ ...rest, status }).summary).toBe(`Cost report daily, 2026-01-01 to 2026-01-03: ${said}`);
  });

  test("goes to Slack as a title and a text in which names of a bill call nobody, and to a webhook as an alert", async () => {
    const got: { path: string; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        got.push({ path: request.url ?? "", body });
        response.end("ok");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const jobs = await jobsWorld("  sources: []\n  reports: { daily: { every: daily, receivers: [team] } }\n", {
      files: { "alertmanager.yml": alertmanager(url) },
    });
    const { tellReceiver } = await import("../../functions/cost/tell-receiver.ts");
    const { openCost } = await import("../../functions/cost/context.ts");
    const notify = lazyNotify(() => jobs.runtime, {
      allowLocal: true,
      env: {},
      baseDir: jobs.folder,
      now: jobs.clock.now,
    } as never);
    const work = await openCost({ ...jobs.runtime, notify }, TENANT);
    const action: Omit<Extract<ReportAction, { type: "tell_receiver" }>, "target" | "key"> = {
      ...{ type: "tell_receiver", report: "daily", run: "daily@2026-01-03", to: "2026-01-03" },
      ...{
        summary: "Cost report daily: 5.00 USD",
        lines: ["<!channel> & {{ .Alerts }}: 5.00 USD"],
        files: ["./out: x.html"],
      },
    };
    for (const target of ["team/slack[0]", "team/webhook[0]"])
      expect(await tellReceiver(work, { ...action, target, key: `k:${target}` }), target).toMatchObject({
        status: "done",
      });
    const [slack, hook] = got.map(({ body }) => JSON.parse(body));
    expect(slack.attachments[0]).toMatchObject({
      title: "Cost report daily: 5.00 USD",
      text: "&lt;!channel&gt; &amp; {{ .Alerts }}: 5.00 USD\n./out: x.html",
    });
    expect(hook.alerts[0]).toMatchObject({
      labels: { alertname: "HeadgateCostReport", report: "daily" },
      annotations: { summary: "Cost report daily: 5.00 USD" },
    });
    expect(await tellReceiver(work, { ...action, target: "gone/?", key: "k" })).toMatchObject({ status: "refused" });
    notify.close();
    server.close();
    server.closeAllConnections();
    rmSync(jobs.folder, { recursive: true });
  });
});
