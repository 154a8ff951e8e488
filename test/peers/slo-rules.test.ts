import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { look, standing } from "../../shared/core/slo/evaluate.ts";
import { FIVE_MS } from "../../shared/core/slo/rows.ts";
import { type RuleFile, rulesOf } from "../../shared/core/slo/rules.ts";
import { advance, advanceBy, newTrack, type Track } from "../../shared/core/slo/track.ts";
import type { Look, Minute, Objective } from "../../shared/core/slo/types.ts";
import { given } from "../slo/given.ts";
import { missing } from "./parts.ts";
import { promtool } from "./prometheus.ts";
import { randomOf } from "./promql-data.ts";
import { askedOf, type Case, casesOf, minutesOf, readingsOf, type Series, seriesOf } from "./slo-series.ts";

const absent = missing("prometheus");
const SEED = Number(process.env["HEADGATE_SEED"] ?? 20_240_229);
const SERIES = Number(process.env["HEADGATE_SLOS"] ?? 1_000);
/** The longest window of pages and more. */
const MINUTES = 100;
/** promtool takes a third of a millisecond for each rule: objectives with rules of their own are a part of all. */
const WHOLE = 36;
/** promtool's queries hold ten thousand samples at the most. */
const BATCH = 125;
/** Two days and more, for windows of a day. */
const DAYS_MINUTES = 3_600;

const KINDS = ["fires", "page", "absent", "invalid"] as const;
type Kind = (typeof KINDS)[number];

/** At which steps Prometheus and Headgate differ, and over how many objectives: as rules, since promtool's queries may hold few samples. */
const differing = KINDS.map((name) => {
  const on = name === "fires" ? "on (slo, row)" : "on (slo)";
  const theirs = name === "fires" ? "headgate_slo:fires" : `on_${name}`;
  return {
    record: `differing_${name}`,
    expr: `count(((expected_${name} == 1) unless ${on} ${theirs}) or (${theirs} and ${on} (expected_${name} == 0)))`,
  };
});
const differs = (name: Kind, over: string): Expected => ({
  query: `sum(sum_over_time(differing_${name}[${over}])) or vector(0)`,
  value: 0,
});
const held = (name: string, over: string) => `sum(sum_over_time(expected_${name}[${over}]))`;

interface Expected {
  readonly query: string;
  readonly value: number;
}

let dir: string;

/** Runs the rules over series in promtool; what it says where something differs. */
function play(
  rules: RuleFile,
  everyMs: number,
  steps: number,
  series: readonly Series[],
  expected: readonly Expected[],
) {
  // Alerts under names that comparisons can use, and after all others.
  const on = (name: string, alert: string, more = "") => ({
    record: `on_${name}`,
    expr: `max by (slo) (ALERTS{alertname="${alert}",alertstate="firing"${more}})`,
  });
  const last = {
    name: "on",
    rules: [
      ...[on("page", "SLOBurnRate", ',severity="page"'), on("absent", "SLOAbsent"), on("invalid", "SLOInvalid")],
      ...differing,
    ],
  };
  // promtool evaluates all groups at its own interval.
  const groups = [...rules.groups.map(({ name, rules: own }) => ({ name, rules: own })), last];
  writeFileSync(join(dir, "rules.yml"), JSON.stringify({ groups }));
  const text = {
    rule_files: ["rules.yml"],
    evaluation_interval: `${everyMs / 1000}s`,
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      {
        interval: "1m",
        input_series: series,
        promql_expr_test: expected.map(({ query, value }) => ({
          expr: query,
          eval_time: `${((steps - 1) * everyMs) / 1000}s`,
          exp_samples: [{ labels: "{}", value }],
        })),
      },
    ],
  };
  writeFileSync(join(dir, "tests.yml"), JSON.stringify(text));
  return promtool(["test", "rules", "tests.yml"], dir);
}

/** What is on at each step, as 0 and 1. */
class Course {
  readonly values: number[] = [];
  add(on: boolean) {
    this.values.push(on ? 1 : 0);
  }
}

const total = (courses: readonly Course[]): number =>
  courses.reduce((sum, { values }) => sum + values.reduce((a, b) => a + b, 0), 0);

function follow(
  objective: Objective,
  minutes: number,
  step: (track: Track, index: number) => void,
  everyMs = MINUTE_MS,
) {
  const track = newTrack(objective);
  const rows = objective.rows.map(() => new Course());
  const [page, blind, invalid] = [new Course(), new Course(), new Course()];
  let fires: readonly string[] = [];
  for (let index = 0; index < minutes; index += 1) {
    step(track, index);
    if ((index * MINUTE_MS) % everyMs !== 0) continue;
    const seen: Look = look(objective, track);
    const one = standing(objective, seen, { rows: fires, exhausted: false });
    fires = one.rows;
    for (const [at, row] of objective.rows.entries()) rows[at]?.add(fires.includes(row.name));
    page.add(one.burning === "page");
    blind.add(seen.unknownSince !== undefined && seen.at - seen.unknownSince >= objective.absentMs);
    invalid.add(one.invalid);
  }
  return { rows, page, blind, invalid };
}

const isOwn = (record = ""): boolean =>
  record.startsWith("headgate_slo:asked_") || record === "headgate_slo:objective:1m";

/**
 * Cases with all that promtool is given of them, and what is expected.
 *
 * @param plain what their own rules record is given as series
 */
function playable(cases: readonly Case[], plain: boolean) {
  const series: Series[] = [];
  const courses: Record<Kind, Course[]> = { fires: [], page: [], absent: [], invalid: [] };
  const expect1 = (name: Kind, of: Readonly<Record<string, string>>, course: Course) => {
    courses[name].push(course);
    series.push(seriesOf(`expected_${name}`, of, course.values));
  };
  for (const one of cases) {
    const { objective, samples } = one;
    const slo = objective.name;
    const readings = readingsOf(one);
    if (plain) series.push(...askedOf(objective, samples));
    else
      for (const name of ["part", "total"] as const)
        series.push(
          seriesOf(
            name,
            { i: slo },
            samples.map((sampled) => sampled[name]),
          ),
        );
    const seen = follow(
      objective,
      MINUTES,
      (track, index) => void advance(objective, track, index * MINUTE_MS, readings[index]),
    );
    for (const [index, row] of objective.rows.entries())
      if (row.grainMs === MINUTE_MS) expect1("fires", { slo, row: row.name }, seen.rows[index] as Course);
    expect1("page", { slo }, seen.page);
    expect1("absent", { slo }, seen.blind);
    expect1("invalid", { slo }, seen.invalid);
  }
  const { file, left } = rulesOf(cases.map(({ objective }) => objective));
  expect(left).toEqual([]);
  const groups = file.groups
    .slice(0, 1)
    .map((group) => ({ ...group, rules: group.rules.filter(({ record }) => !plain || !isOwn(record)) }));
  return { series, courses, rules: { groups } };
}

describe.skipIf(absent !== undefined)(`generated rules${absent === undefined ? "" : ` (${absent})`}`, () => {
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-slo-"))));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it(`judge ${SERIES} random series as Headgate does, at every one of ${MINUTES} minutes (seed ${SEED})`, () => {
    const whole = Math.min(WHOLE, SERIES);
    const batches = [casesOf(whole, MINUTES, randomOf(SEED), false)];
    const plain = casesOf(SERIES - whole, MINUTES, randomOf(SEED + 1), true);
    for (let from = 0; from < plain.length; from += BATCH) batches.push(plain.slice(from, from + BATCH));
    const sums: Record<Kind, number> = { fires: 0, page: 0, absent: 0, invalid: 0 };
    for (const [index, cases] of batches.entries()) {
      const { series, courses, rules } = playable(cases, index > 0);
      const counts = KINDS.map((name) => ({ query: held(name, `${MINUTES}m`), value: total(courses[name]) }));
      for (const name of KINDS) sums[name] += total(courses[name]);
      const expected = [...counts, ...KINDS.map((name) => differs(name, `${MINUTES}m`))];
      expect(promtoolSaid(play(rules, MINUTE_MS, MINUTES, series, expected)), `batch ${index}`).toBe("");
    }
    // A comparison of nothing with nothing would be green as well.
    for (const name of KINDS) expect(sums[name], name).toBeGreaterThan(SERIES);
  }, 240_000);

  it("are compared with eyes: one expectation that is turned round is found", () => {
    const { series, rules } = playable(casesOf(3, MINUTES, randomOf(SEED), true), true);
    const turned = series.map((one) =>
      one.series === 'expected_fires{slo="0",row="10m"}' ? { ...one, values: one.values.replace(/^0/, "1") } : one,
    );
    expect(promtoolSaid(play(rules, MINUTE_MS, MINUTES, turned, [differs("fires", `${MINUTES}m`)]))).toMatch(
      /exp: \{\} 0E?.*got: \{\} 1E?/s,
    );
  });

  it("judge windows of days by five minutes as Headgate does", () => {
    const random = randomOf(SEED);
    const rows = [
      { severity: "ticket", long: "1d", short: "2h", factor: 2 },
      { severity: "ticket", long: "7h", short: "20m", factor: 4 },
    ];
    const series: Series[] = [];
    const fires: Course[] = [];
    const objectives = Array.from({ length: Math.ceil(SERIES / 20) }, (_, i) =>
      given({ target: 90, alerts: rows }, String(i)),
    );
    for (const objective of objectives) {
      const slo = objective.name;
      const minutes: readonly Minute[] = minutesOf(DAYS_MINUTES, random);
      const value = (of: "bad" | "total") => minutes.map((one) => (typeof one === "string" ? undefined : one[of]));
      series.push(
        seriesOf("headgate_slo:bad:1m", { slo }, value("bad")),
        seriesOf("headgate_slo:total:1m", { slo }, value("total")),
      );
      const seen = follow(
        objective,
        DAYS_MINUTES,
        (track, index) => void advanceBy(objective, track, index * MINUTE_MS, minutes[index] as Minute),
        FIVE_MS,
      );
      for (const [index, row] of objective.rows.entries()) {
        const course = seen.rows[index] as Course;
        fires.push(course);
        // Each of its steps is five minutes of samples.
        series.push(
          seriesOf(
            "expected_fires",
            { slo, row: row.name },
            course.values.flatMap((one) => Array<number>(5).fill(one)),
          ),
        );
      }
    }
    const { file } = rulesOf(objectives);
    expect(total(fires)).toBeGreaterThan(objectives.length * 20);
    const expected = [
      { query: held("fires", `${DAYS_MINUTES}m`), value: 5 * total(fires) - 4 * last(fires) },
      differs("fires", `${DAYS_MINUTES}m`),
    ];
    expect(promtoolSaid(play({ groups: file.groups.slice(1) }, FIVE_MS, DAYS_MINUTES / 5, series, expected))).toBe("");
  });

  it("are good rules to promtool, with dots in names and without any ticket", () => {
    const objectives = [
      given({}, "a.b-c"),
      given({ target: 99, service: "orders" }, "d"),
      given({ alerts: "off" }, "e"),
    ];
    writeFileSync(join(dir, "good.yml"), JSON.stringify(rulesOf(objectives).file));
    expect(promtool(["check", "rules", "good.yml"], dir)).toMatchObject({ status: 0 });
  });
});

/** The last step's value counts once where its five minutes are not over. */
const last = (courses: readonly Course[]): number => courses.reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);

const promtoolSaid = ({ status, said }: { readonly status: number; readonly said: string }): string =>
  status === 0 ? "" : said.slice(0, 3_000);
