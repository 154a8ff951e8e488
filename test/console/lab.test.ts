import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { scalingRows } from "../../console/src/known-scaling.ts";
import { addressOf, type LabPlace, readAddress } from "../../console/src/lab/address.ts";
import { type Field, KINDS, SECTION, type Value } from "../../console/src/lab/fields.ts";
import { forecastPlot, forecastText } from "../../console/src/lab/forecast.ts";
import { madeUpFortnight } from "../../console/src/lab/made-up.ts";
import { objectiveAddress, objectiveOf, readObjective, STANDARD_FORM } from "../../console/src/lab/objective.ts";
import { labPlots, pointsOf, stretches } from "../../console/src/lab/plots.ts";
import {
  choose,
  faultOf,
  firstFault,
  isMeant,
  LOOSE,
  move,
  NOTHING_TRIED,
  ownIndex,
  sectionOf,
  settingOf,
  type Tried,
  triedKind,
  triedOf,
} from "../../console/src/lab/section.ts";
import { stopOf } from "../../console/src/lab/shown.ts";
import { regretText } from "../../console/src/lab/tuning-words.ts";
import { FIGURES, loadText, type Score, verdictText } from "../../console/src/lab/words.ts";
import { writable } from "../../console/src/lab/written.ts";
import { sectionYaml, yamlOf } from "../../console/src/lab/yaml.ts";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { parseTrace } from "../../shared/core/kernel/trace.ts";

const parsed = (section: unknown) => v.parse(AutoscalingConfig, section);

/** A value that its slider can stand on. */
function valueFor(field: Field): fc.Arbitrary<Value> {
  switch (field.kind) {
    case "choice":
      return fc.constantFrom(...field.options.map(([value]) => value));
    case "flag":
      return fc.boolean();
    case "text":
      return fc.string({ minLength: 1, maxLength: 30 });
    default:
      return fc.constantFrom(...field.stops);
  }
}

/** A policy with some of its sliders moved, as a person would: one after the other. */
const triedArbitrary: fc.Arbitrary<Tried> = fc.constantFrom(...KINDS).chain((kind) =>
  fc
    .tuple(...[...kind.fields, ...SECTION].map((field) => fc.option(valueFor(field), { nil: undefined, freq: 2 })))
    .map((values) => {
      let tried = choose(NOTHING_TRIED, kind.type);
      [...kind.fields, ...SECTION].forEach((field, index) => {
        if (values[index] !== undefined) tried = move(tried, field, values[index], LOOSE);
      });
      return tried;
    }),
);
const valid = triedArbitrary.filter((tried) => firstFault(tried, LOOSE) === undefined);

describe("sliders and the policy they mean", () => {
  test("with nothing moved every policy is the product's own default", () => {
    for (const { type, fixed = {}, fields } of KINDS) {
      const { policies } = parsed(sectionOf({ type, set: {} }, LOOSE));
      const least = {
        hpa: { metrics: [{ target: 70 }] },
        "target-tracking": { target: 70 },
        "kafka-lag": { cluster: "main", group: "consumers" },
      }[type];
      expect(policies).toEqual(parsed({ ...LOOSE, policies: [{ type, ...least, ...fixed }] }).policies);
      expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
    }
  });

  test("whatever is moved inside its bounds is a valid section that says exactly that", () => {
    fc.assert(
      fc.property(valid, (tried) => {
        const config = parsed(sectionOf(tried, LOOSE));
        const again = writable(config) as Record<string, unknown>;
        const kind = triedKind(tried, LOOSE);
        for (const field of [...kind.fields, ...SECTION]) {
          if (!isMeant(field, tried, LOOSE)) continue;
          const expected = settingOf(field, tried, LOOSE);
          const seen = settingOf(field, NOTHING_TRIED, again);
          // One half of a limit is given both halves by the schema.
          if (field.key.startsWith("maxStep.") && expected === undefined) continue;
          expect([field.key, seen]).toEqual([field.key, expected]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("as YAML it is read back as the same section, whatever a name is made of", () => {
    fc.assert(
      fc.property(valid, fc.string({ minLength: 1, maxLength: 40 }), (tried, name) => {
        const section = sectionOf(tried, LOOSE);
        const read = parseYaml(sectionYaml(name, section), { maxAliasCount: 0 });
        expect(Object.keys(read.autoscaling)).toEqual([name]);
        expect(parsed(read.autoscaling[name])).toEqual(parsed(section));
      }),
      { numRuns: 150 },
    );
  });

  test("every plain value survives YAML", () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.constantFrom("yes", "no", "on", "~", "null", "1e3", "0x1", "5m", "- a", "a: b", "#", "", " ", "12:30"),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(plain, (value) => {
        expect(parseYaml(yamlOf({ value }))).toEqual({ value });
      }),
      { numRuns: 300 },
    );
  });

  test("the address says the same again", () => {
    fc.assert(
      fc.property(valid, fc.constantFrom(undefined, "3-8", "12-12"), (tried, days) => {
        const place: LabPlace = { load: { from: "service", service: "orders/ß" }, tried, days };
        const query = new URLSearchParams();
        for (const [key, value] of Object.entries(addressOf(place))) if (value !== undefined) query.set(key, value);
        expect(readAddress(new URLSearchParams(query.toString()))).toEqual(place);
      }),
      { numRuns: 150 },
    );
  });

  test("an address that says nonsense says nothing", () => {
    const query = new URLSearchParams(
      "policy=magic&days=all&target=&drain=soon&forecaster=tea&min=NaN&startDelay=none",
    );
    expect(readAddress(query)).toEqual({
      load: undefined,
      days: undefined,
      tried: { type: undefined, set: { startDelay: "" } },
    });
    expect(readAddress(new URLSearchParams("load=file&service=orders")).load).toEqual({ from: "file" });
  });
});

describe("a service's own section", () => {
  const OWN: AutoscalingConfigInput = {
    min: 3,
    max: 12,
    mode: "observe",
    startDelay: "90s",
    maxStep: 4,
    outcome: { after: "15m" },
    policies: [
      { type: "scheduled", actions: [{ cron: "0 8 * * 1-5", min: 6 }] },
      {
        type: "predictive",
        surge: { factor: 5, wait: "8m" },
        events: [{ from: "2026-11-27T00:00:00Z", to: "2026-11-28T00:00:00Z", factor: 3, name: "black friday" }],
      },
      { type: "hpa", metrics: [{ target: 60 }], out: { rules: [{ type: "pods", value: 2, period: "30s" }] } },
      { type: "step", threshold: 80, cooldown: "2m", steps: [{ from: 0, by: 1 }] },
      { type: "kafka-lag", cluster: "main", group: "g", cooldown: "90s" },
    ],
  };
  const shown = parsed(OWN);
  const section = writable(shown) as Record<string, unknown>;

  test("as the API shows it, it may be written again", () => {
    expect(parsed(section)).toEqual(shown);
  });

  test("with nothing moved it is what it was; what is moved changes that and nothing else", () => {
    expect(sectionOf(NOTHING_TRIED, section)).toEqual(section);
    expect(ownIndex(section)).toBe(1);
    const hold = triedKind(NOTHING_TRIED, section).fields.find(({ key }) => key === "hold") as Field;
    const tried = move(NOTHING_TRIED, hold, 3, section);
    const config = parsed(sectionOf(tried, section));
    expect(config).toEqual({
      ...shown,
      policies: shown.policies.map((one, at) => (at === 1 ? { ...one, hold: 3 } : one)),
    });
    // Moved back, nothing is left of it.
    expect(move(tried, hold, 1, section)).toEqual(NOTHING_TRIED);
  });

  test("half of a pair goes with the other half, and what may be left out can be taken out", () => {
    const { fields } = triedKind(NOTHING_TRIED, section);
    const factor = fields.find(({ key }) => key === "surge.factor") as Field;
    const off = move(NOTHING_TRIED, factor, undefined, section);
    expect(parsed(sectionOf(off, section)).policies[1]).not.toHaveProperty("surge");
    const delay = SECTION.find(({ key }) => key === "startDelay") as Field;
    expect(parsed(sectionOf(move(NOTHING_TRIED, delay, undefined, section), section))).not.toHaveProperty("startDelay");
  });

  test("another policy takes the place of them all, in the bounds of the service", () => {
    const config = parsed(sectionOf({ type: "demand", set: { target: 0.8 } }, section));
    expect(config.policies).toEqual(parsed({ policies: [{ type: "demand", target: 0.8 }] }).policies);
    expect([config.min, config.max, config.startDelay]).toEqual([3, 12, 90_000]);
  });

  test("what was picked stands on the sliders", () => {
    const picked = parsed({ policies: [{ type: "predictive", thrift: 1.4, hold: 6, waste: 2.5 }] }).policies[0];
    const tried = triedOf(writable(picked) as Record<string, unknown>);
    expect(tried).toEqual({ type: "predictive", set: { thrift: 1.4, hold: 6, waste: 2.5 } });
    expect(triedOf({ type: "step" })).toBeUndefined();
  });
});

describe("what is typed", () => {
  const field = (key: string) =>
    [...KINDS.flatMap(({ fields }) => fields), ...SECTION].find((one) => one.key === key) as Field;

  test("outside of the bounds is said, not bent", () => {
    expect(faultOf(field("target"), 1.2)).toBe("a number from 0.05 to 1");
    expect(faultOf(field("min"), 1.5)).toBe("a whole number from 0 to 10000");
    expect(faultOf(field("min"), Number.NaN)).toBeDefined();
    expect(faultOf(field("surge.factor"), undefined)).toBeUndefined();
    expect(faultOf(field("hold"), undefined)).toBe("a number");
    expect(faultOf(field("min"), undefined)).toBe("a number");
    expect(firstFault({ type: "demand", set: { min: 9, max: 3 } }, LOOSE)).toContain("must not be above");
  });

  test("the slider stands at the nearest stop, and every stop is allowed", () => {
    expect([stopOf([0, 10, 20], 14), stopOf([0, 10, 20], 16), stopOf([0, 10], undefined)]).toEqual([1, 2, -1]);
    for (const one of [...KINDS.flatMap(({ fields }) => fields), ...SECTION]) {
      if (one.kind !== "number" && one.kind !== "duration") continue;
      expect(one.stops).toEqual([...new Set(one.stops)].sort((a, b) => a - b));
      for (const stop of one.stops) expect([one.key, stop, faultOf(one, stop)]).toEqual([one.key, stop, undefined]);
      if (one.standard !== undefined) expect([one.key, one.stops.includes(one.standard)]).toEqual([one.key, true]);
    }
  });

  test("an objective is prices or a share; nothing typed is not zero", () => {
    expect(objectiveOf(STANDARD_FORM)).toEqual({ taskHour: 1, violationMinute: 1 });
    expect(objectiveOf({ ...STANDARD_FORM, taskHour: " " })).toContain("Both prices");
    expect(objectiveOf({ ...STANDARD_FORM, taskHour: "0", violationMinute: "0" })).toContain("above 0");
    expect(objectiveOf({ ...STANDARD_FORM, by: "slo", slo: "99.9" })).toEqual({ slo: 99.9 });
    expect(objectiveOf({ ...STANDARD_FORM, by: "slo", slo: "12" })).toContain("50 to 100");
    const form = { ...STANDARD_FORM, by: "slo", slo: "99.9" } as const;
    const said = Object.entries(objectiveAddress(form)).filter(([, value]) => value !== undefined) as [
      string,
      string,
    ][];
    expect(readObjective(new URLSearchParams(said))).toEqual(form);
  });
});

describe("what is drawn and told", () => {
  const series = {
    ...{
      startAt: 1_000_000,
      stepMs: 60_000,
      load: [1, 2, 3, 4],
      capacity: [2, 2, Number.NaN, 4],
      desired: [2, 2, 4, 4],
    },
    ...{ backlog: [0, 0, 1, 0], violated: [0, 1, 1, 0], actions: [0, 0, 1, 0] },
  };

  test("what is not known is a gap, and bad minutes are stretches", () => {
    expect(pointsOf(series, series.capacity).map(({ at, value }) => [at, value])).toEqual([
      [1_000_000, 2],
      [1_060_000, 2],
      [1_180_000, 4],
    ]);
    expect(stretches([1, 0, 2, 3, 0, 1])).toEqual([
      [0, 1],
      [2, 4],
      [5, 6],
    ]);
    expect(stretches([])).toEqual([]);
  });

  test("today's policy is drawn beside it only where the points are the same minutes", () => {
    const names = (today?: typeof series) => labPlots(series, today).map(({ lines }) => lines.map(({ name }) => name));
    expect(names()).toEqual([["load", "ready"], ["desired"], ["waiting"]]);
    expect(names(series)).toEqual([
      ["today", "load", "ready"],
      ["today", "desired"],
      ["today", "waiting"],
    ]);
    expect(names({ ...series, stepMs: 120_000 })).toEqual(names());
  });

  const score = (change: Partial<Score>): Score => ({
    ...{
      minutes: 1440,
      violationMinutes: 40,
      taskHours: 200,
      oracleTaskHours: 133,
      costRatio: 1.5,
      j: 2,
      worstWaitSeconds: 90,
    },
    ...{ actionsPerDay: 20, ...change },
  });

  test("differences are words", () => {
    const told = (change: Partial<Score>) =>
      FIGURES.map((one) => one.against(score(change), score({})).replaceAll("\u00a0", " "));
    expect(told({})).toEqual(["the same", "the same", "the same", "the same", "the same"]);
    expect(told({ taskHours: 150, violationMinutes: 1, j: 1, worstWaitSeconds: 200, actionsPerDay: 25 })).toEqual([
      "25 % cheaper",
      "39 minutes fewer",
      "50 % better",
      "1 min 50 s longer",
      "5 more",
    ]);
    expect(told({ taskHours: 500, violationMinutes: 41 }).slice(0, 2)).toEqual(["2.5 times as much", "1 minute more"]);
    expect(
      verdictText(score({ taskHours: 176, violationMinutes: 6, j: 1.5 }), score({})).replaceAll("\u00a0", " "),
    ).toBe(
      "It would have cost 12 % less than today's policy, with 34 bad minutes fewer. Both together: better (J 1.5, today 2).",
    );
    expect(verdictText(score({}), score({}))).toContain("no difference");
  });

  test("how much of a load was measured is said", () => {
    const load = {
      source: "recorded",
      service: "orders",
      from: 0,
      to: 86_400_000 * 3,
      days: 3,
      meanTasks: 4.2,
      perTask: 40,
      known: 0.5,
    } as const;
    expect(loadText(load).replaceAll("\u00a0", " ")).toContain("50 % of its minutes were measured");
    expect(loadText({ ...load, known: 1 })).not.toMatch(/measured|without/u);
    expect(loadText({ ...load, without: ["backlog"] })).toContain("Played without backlog: nobody measures it of");
    expect(loadText({ ...load, without: ["backlog", "ready"] })).toContain("backlog and ready: nobody measures them");
    const short = { ...load, known: 1, to: 80 * 60_000, days: 0.0556 };
    expect(loadText(short)).toMatch(/: 1 h 20 min from .*That is little/u);
  });

  test("the made-up fortnight is a trace of fourteen days, the same each time", () => {
    const read = parseTrace(madeUpFortnight());
    expect(read).toMatchObject({ ok: true, warnings: [] });
    if (read.ok) expect([read.trace.points.length, read.trace.stepMs]).toEqual([14 * 288, 300_000]);
    expect(madeUpFortnight()).toBe(madeUpFortnight());
  });
});

describe("what policies knew", () => {
  const MINUTE = 60_000;

  test("minutes that nobody measured are gaps of the forecast, in line and band", () => {
    const points = [
      { at: 0, came: 5 },
      { at: MINUTE, low: 2, likely: 4, high: 6 },
      { at: 2 * MINUTE, low: 0, likely: 0, high: 1, came: 0 },
    ];
    const view = {
      ...{ policy: 0, metric: "requests", unit: "per_second", forecaster: "last" as const, horizon: 4 },
      minutes: 90,
      points,
    } as const;
    const { lines, bands } = forecastPlot({ ...view, trusted: true });
    expect(lines.map(({ id, points: own }) => [id, own.map(({ at, value }) => [at / MINUTE, value])])).toEqual([
      [
        "likely",
        [
          [1, 4],
          [2, 0],
        ],
      ],
      [
        "came",
        [
          [0, 5],
          [2, 0],
        ],
      ],
    ]);
    expect(bands[0]?.points.map(({ at }) => at / MINUTE)).toEqual([1, 2]);
    expect(forecastPlot({ ...view, points: [], trusted: true }).lines).toEqual([]);
    expect(forecastText({ ...view, trusted: false, why: "its error has grown" }).join(" ")).toBe(
      "The forecast is not trusted, so the demand rule decides: its error has grown. How often the load came as expected is not known yet. The last value over 90 minutes, 4 minutes ahead.",
    );
  });

  test("a decision tells forecast and lag as values with their age; what could not be read is not known, never 0", () => {
    const forecast = {
      at: 5 * MINUTE,
      knownAt: 0,
      level: 12,
      perTask: 2,
      trusted: false,
      why: "why",
      minutes: 90,
      forecaster: "last",
    };
    const topics = { orders: [[10, 25, 0], [-1, 40, 0], null] };
    const lags = {
      "1": { at: 3 * MINUTE, state: "Stable", topics },
      "2": { at: 3 * MINUTE, why: "the broker is away" },
    };
    const rows = scalingRows({ forecasts: { "0": forecast }, lags }, 4 * MINUTE);
    expect(rows.map(({ name, ageMs, from }) => [name, ageMs, from])).toEqual([
      ["forecast", 3 * MINUTE, "last over 90 min, not trusted: why"],
      ["lag", MINUTE, "group Stable"],
      ["lag", MINUTE, "the broker is away"],
    ]);
    expect(rows.map(({ value }) => value?.replaceAll("\u00a0", " ").replace(/ at .*/u, ""))).toEqual([
      "288 req/s",
      "15 records in 1 of 3 partitions",
      undefined,
    ]);
  });

  test("regret is one sentence, in money where there are prices", () => {
    const load = { source: "recorded", from: 0, to: 1, days: 12, meanTasks: 3, perTask: 1, known: 1 } as const;
    const regret = { minutes: 1, cost: 200, best: { name: "demand 60 %", cost: 180 }, oracle: 120 };
    expect(regretText({ policy: "instances", load, regret }).replaceAll("\u00a0", " ")).toBe(
      "Over the last 12 days instances cost 200 task-hours, bad minutes included: demand 60 % would have cost 180, 10 % less; perfect foresight 120.",
    );
    expect(regretText({ policy: "x", load, regret: { ...regret, money: { cost: 9, best: 9, oracle: 5 } } })).toContain(
      "cost 9 in your currency: no policy that is known would have cost less; perfect foresight 5",
    );
  });
});
