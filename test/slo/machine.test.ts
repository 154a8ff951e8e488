import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { backtest } from "../../shared/core/slo/backtest.ts";
import { look, lookOf, ratioOf, spentOf, standing } from "../../shared/core/slo/evaluate.ts";
import { explain, sentence } from "../../shared/core/slo/explain.ts";
import { slo } from "../../shared/core/slo/machine.ts";
import { newTrack } from "../../shared/core/slo/track.ts";
import { toldOf, turn } from "../../shared/core/slo/turn.ts";
import type { Look, Minute, Objective, Reading, SloInput, SloState, SloStep } from "../../shared/core/slo/types.ts";
import { machineLaws } from "../contract/machine.ts";
import { decision } from "../contract/records.ts";
import { given, repeat, START } from "./given.ts";

const sums = fc.integer({ min: 0, max: 400 }).chain((total) =>
  fc.record({
    bad: fc.integer({ min: 0, max: total }),
    total: fc.constant(total),
    known: fc.integer({ min: 0, max: 60 }),
  }),
);
const flags = fc.record({
  silent: fc.boolean(),
  blind: fc.boolean(),
  never: fc.boolean(),
  invalid: fc.boolean(),
  broken: fc.integer({ min: 0, max: 20 }),
});

machineLaws("slo", slo, {
  config: fc.constantFrom<Objective>(
    given({ service: "orders", description: "people can pay" }),
    given({ dry: true }),
    given({ window: "7d", dry: "2023-11-15" }),
    given({ alerts: "off" }),
    given({ sli: { promql: { value: "lag" }, max: "30s" } }),
  ),
  input: fc
    .tuple(fc.array(fc.tuple(sums, sums), { minLength: 4, maxLength: 4 }), sums, flags)
    .map(([rows, budget, { silent, blind, never, invalid, broken }]) => (config: Objective, at: number): SloInput => {
      if (broken === 20) return { kind: "gone" };
      const end = Math.floor(at / MINUTE_MS) * MINUTE_MS;
      const seen: Look = {
        at: end,
        rows: config.rows.map(({ name, severity }, index) => {
          const [long, short] = rows[index] ?? [budget, budget];
          return { name, severity, long, short, fires: false };
        }),
        budget: {
          ...(silent ? { bad: 0, total: 0, known: budget.known } : budget),
          from: end - DAY_MS,
          minutes: broken === 19 ? -1 : 1440,
        },
        spent: false,
        followedSince: end - 2 * DAY_MS,
        ...(blind ? { unknownSince: end - HOUR_MS } : {}),
        ...(never ? { never: true as const } : {}),
        ...(invalid ? { invalidAt: end } : {}),
      };
      return { kind: "look", look: broken === 18 ? { ...seen, at: -1 } : seen };
    }),
  maxPauseMs: 20 * HOUR_MS,
  runs: 8,
});

/** What a shell does each minute: turn, decide what is due, note it. */
function world(objective: Objective) {
  let tracks = [newTrack(objective)];
  let state: SloState = slo.initial(objective, START);
  let at = START;
  const steps: (SloStep & { readonly at: number; readonly minute: number })[] = [];
  const turnBy = (reading: Reading | undefined, config = objective) => {
    at += MINUTE_MS;
    const turned = turn([config], tracks, at, () => reading);
    tracks = turned.tracks.map((track) => {
      const due = turned.due.find(({ objective: { name } }) => name === track.name);
      if (!due) return track;
      const step = slo.step(config, state, { kind: "look", look: due.look }, at);
      state = step.state;
      steps.push({ ...step, at, minute: (at - START) / MINUTE_MS });
      return toldOf(track, due.standing);
    });
  };
  return {
    steps,
    state: () => state,
    track: () => tracks[0] as (typeof tracks)[number],
    run: (minutes: number, part: number | undefined, total: number | undefined, config?: Objective) => {
      const list = (value: number | undefined) => (value === undefined ? [] : [value / 60]);
      for (let index = 0; index < minutes; index += 1)
        turnBy({ kind: "ratio", part: list(part), total: list(total) }, config);
    },
    blind: (minutes: number) => {
      for (let index = 0; index < minutes; index += 1) turnBy(undefined);
    },
  };
}
type World = ReturnType<typeof world>;

const told = ({ steps }: World) =>
  steps.flatMap(({ minute, actions }) =>
    actions.map(({ state, alert }) => `${minute} ${alert.labels["alertname"]} ${alert.labels["severity"]} ${state}`),
  );
const reasons = ({ steps }: World) => steps.map(({ minute, reason }) => `${minute} ${reason}`);

describe("stories", () => {
  test("a total outage after calm pages within a minute, and resolves when the short window is calm", () => {
    const it = world(given({ window: "28d" }));
    it.run(120, 0, 600);
    it.run(5, 600, 600);
    it.run(60, 0, 600);
    // 0.1 % × 13.44 × 60 min = 0.81 min. Five bad minutes of two hours: 6 h page, 1 d and 3 d rows burn as well.
    expect(it.steps[0]).toMatchObject({ minute: 1, reason: "data_again" });
    expect(it.steps.find(({ reason }) => reason === "started_burning")).toMatchObject({ minute: 121 });
    expect(told(it)[0]).toBe("121 SLOBurnRate page firing");
    expect(told(it)).toContain("155 SLOBurnRate page resolved");
    // Five of the forty minutes that 28 days may have.
    expect(spentOf(given({ window: "28d" }), lookOf(given({ window: "28d" }), it.track()).budget)).toBeCloseTo(
      5 / 40.32,
      2,
    );
  });

  test("an outage of the metrics is not the end of an incident", () => {
    const own = world(given({ target: 99, alerts: [{ severity: "page", long: "1h", short: "5m", factor: 14.4 }] }));
    own.run(120, 0, 60_000);
    own.run(20, 60_000, 60_000);
    own.blind(12);
    expect(own.state().rows).toEqual(["1h"]);
    expect(own.steps.at(-1)).toMatchObject({ minute: 145, reason: "held_no_data" });
    own.run(6, 0, 60_000);
    expect(own.state().rows).toEqual([]);
  });

  test("no data for 15 minutes is told, and its end", () => {
    const it = world(given());
    it.run(30, 0, 600);
    it.blind(20);
    it.run(1, 0, 600);
    expect(told(it)).toEqual(["45 SLOAbsent ticket firing", "51 SLOAbsent ticket resolved"]);
    expect(reasons(it)).toEqual(["1 data_again", "45 no_data", "51 data_again"]);
  });

  test("nothing ever is no data from the start, and never 100 %", () => {
    const it = world(given());
    it.run(20, undefined, undefined);
    expect(it.state().status).toBe("no_data");
    expect(told(it)).toEqual(["15 SLOAbsent ticket firing"]);
    const seen = lookOf(given(), it.track());
    expect([spentOf(given(), seen.budget), ratioOf(seen.budget)]).toEqual([undefined, undefined]);
  });

  test("a total of zero reads as no data, not as 100 %, and is told after a day", () => {
    const it = world(given());
    it.run(1441, 0, 0);
    expect(it.state().status).toBe("no_data");
    expect(told(it)).toEqual(["1440 SLOAbsent ticket firing"]);
  });

  test("more bad events than all are invalid for five minutes and in no sum", () => {
    const it = world(given());
    it.run(10, 0, 600);
    it.run(1, 700, 600);
    it.run(10, 0, 600);
    expect(reasons(it)).toEqual(["1 data_again", "11 invalid", "16 valid_again"]);
    expect(told(it)).toEqual(["11 SLOInvalid ticket firing", "16 SLOInvalid ticket resolved"]);
    expect(lookOf(given(), it.track()).budget).toMatchObject({ bad: 0, known: 20 });
  });

  test("a dry run tells nobody and counts; when it is over, what is on is told", () => {
    const it = world(given({ dry: true, alerts: [{ severity: "page", long: "1h", short: "5m", factor: 14.4 }] }));
    it.run(60, 0, 600);
    it.run(10, 600, 600);
    expect(told(it)).toEqual([]);
    expect(it.state().would).toEqual({ page: 1, ticket: 0 });
    const would = it.steps.find(({ reason }) => reason === "started_burning");
    expect(would?.trace.at(-1)).toMatchObject({
      kind: "vetoed",
      rule: "dry-run",
      text: expect.stringMatching(/^a dry run: it would have paged/),
    });
    it.run(1, 600, 600, given({ alerts: [{ severity: "page", long: "1h", short: "5m", factor: 14.4 }] }));
    expect(told(it)).toEqual(["71 SLOBurnRate page firing"]);
    expect(it.steps.at(-1)?.reason).toBe("dry_run_over");
  });

  test("what is on is sent again long before it ends", () => {
    const it = world(given({ alerts: "off" }));
    it.run(2.5 * 1440, 60, 600);
    const fired = it.steps.flatMap(({ at, actions }) => actions.map(({ alert }) => [at, alert.endsAt ?? 0] as const));
    expect(fired.length).toBeGreaterThan(3);
    for (const [index, [at]] of fired.entries())
      if (index > 0) expect((fired[index - 1]?.[1] ?? 0) - at).toBeGreaterThan(DAY_MS - 1);
    expect(new Set(it.steps.flatMap(({ actions }) => actions.map(({ key }) => key))).size).toBe(fired.length);
  });

  test("an objective that is gone ends what is on, once", () => {
    const it = world(given());
    it.run(500, 60, 600);
    const gone = slo.step(given(), it.state(), { kind: "gone" }, START + DAY_MS);
    expect(gone).toMatchObject({ reason: "removed", state: { firing: [], status: "no_data" } });
    expect(gone.actions.every(({ state }) => state === "resolved")).toBe(true);
    expect(gone.actions.length).toBeGreaterThan(1);
    expect(slo.step(given(), gone.state, { kind: "gone" }, START + DAY_MS)).toMatchObject({
      state: gone.state,
      actions: [],
      reason: "nothing_new",
    });
  });

  test("late and unreadable looks change nothing", () => {
    const it = world(given());
    it.run(2, 60, 600);
    const seen = look(given(), it.track());
    const step = (input: Look) => slo.step(given(), it.state(), { kind: "look", look: input }, START);
    expect(step({ ...seen, at: START })).toMatchObject({ reason: "held_too_late" });
    expect(step({ ...seen, at: START + DAY_MS, budget: { ...seen.budget, bad: null as never } })).toMatchObject({
      reason: "held_unreadable",
    });
    expect(step({ ...seen, at: START }).state).toBe(it.state());
  });
});

test("words: the sentence has the figures, the explanation every clause and what was sent", () => {
  const it = world(given({ service: "orders" }));
  it.run(120, 0, 600);
  it.run(2, 60, 600);
  it.run(20, 60, 600);
  const step = it.steps.find(({ reason }) => reason === "started_burning") as SloStep;
  const record = decision({
    at: START,
    noun: "slo",
    subject: "checkout",
    reason: step.reason,
    trace: step.trace,
    actions: step.actions,
    input: {},
  });
  expect(sentence(record)).toMatch(
    /^checkout: the budget has started burning: (page|ticket) fires: in \w+ [\d.]+ % of \d+ bad/,
  );
  const lines = explain(record).join("\n");
  expect(lines).toContain("did: send SLOBurnRate");
  expect(lines).toContain("computed by budget");
  const summary = step.actions[0]?.alert.annotations["summary"];
  expect(summary).toMatch(
    /^checkout: [\d.]+ % of events in \w+ were bad, [\d.]+ times what the target of 99.9 % allows; (at the present rate the budget is spent in|the budget is spent already)/,
  );
});

test("two looks at the same are judged alike outside and inside of the machine", () => {
  const objective = given();
  const it = world(objective);
  it.run(100, 30, 600);
  const seen = lookOf(objective, it.track());
  const one = standing(objective, seen, it.state());
  expect({ rows: one.rows, status: one.status }).toEqual({ rows: it.state().rows, status: it.state().status });
});

describe("backtest", () => {
  const minutes: Minute[] = [
    ...repeat(600, { bad: 0, total: 600 }),
    ...repeat(30, { bad: 60, total: 600 }),
    ...repeat(600, { bad: 0, total: 600 }),
    ...repeat(20, "unknown"),
    "invalid",
  ];
  const result = backtest(given({ dry: true }), START, minutes);

  test("tells what would have fired, from when to when", () => {
    const page = result.alerts.find(({ severity }) => severity === "page");
    // 0.1 % × 14.4 × 60 min / 10 % = 8.64 min
    expect(page).toMatchObject({ kind: "burn", from: START + 609 * MINUTE_MS });
    expect(page?.to).toBeGreaterThan(START + 630 * MINUTE_MS);
    expect(result).toMatchObject({ pages: 1, known: 1230, unknown: 20, invalid: 1 });
    expect(result.alerts.map(({ kind }) => kind)).toContain("absent");
  });

  test("and the budget by the hour", () => {
    expect(result.budget).toHaveLength(21);
    expect(result.budget[9]).toEqual({ at: START + 600 * MINUTE_MS, spent: 0 });
    // Three minutes' worth of bad events, of the 43.2 that 30 days may have.
    expect(result.budget.at(-1)?.spent).toBeCloseTo(3 / 43.2, 3);
  });

  test("decides as a look each minute does", () => {
    const it = world(given());
    for (const minute of minutes) {
      if (minute === "unknown") it.blind(1);
      else if (minute === "invalid") it.run(1, 2, 1);
      else it.run(1, minute.bad, minute.total);
    }
    const fired = told(it).filter((one) => one.endsWith(" firing"));
    expect(result.alerts.map(({ from, severity }) => [(from - START) / MINUTE_MS, severity])).toEqual(
      fired.map((one) => [Number(one.split(" ")[0]), one.split(" ")[2]]),
    );
  });
});
