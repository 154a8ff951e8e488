import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { checkSlo, type SloFacts } from "../../shared/core/slo/check.ts";
import { SloSection } from "../../shared/core/slo/config.ts";
import { objectivesOf } from "../../shared/core/slo/objectives.ts";
import { RATIO, sectionOf } from "./given.ts";

const refused = (settings: object) => {
  const read = v.safeParse(SloSection, { objectives: { checkout: { sli: RATIO, target: 99.9, ...settings } } });
  if (read.success) return "accepted";
  return read.issues
    .map((issue) => `${v.getDotPath(issue)?.replace("objectives.checkout.", "")}: ${issue.message}`)
    .join("; ");
};

describe("the schema refuses", () => {
  test.each<[string, object, RegExp]>([
    ["a target of 100", { target: 100 }, /^target: number above 0 and below 100; at 100 there is no budget/],
    ["a target of 0", { target: 0 }, /^target: number above 0/],
    ["a window of 0", { window: "0" }, /^window: whole days from 1d to 90d/],
    ["a window of hours", { window: "36h" }, /^window: whole days/],
    ["unknown keys", { targte: 99 }, /^targte: /],
    ["no total", { sli: { promql: { bad: "x" } } }, /^sli.promql: bad or good beside total; or value/],
    ["bad and good", { sli: { promql: { bad: "x", good: "y", total: "z" } } }, /^sli.promql: /],
    ["a value without a bound", { sli: { promql: { value: "x" } } }, /^sli: exactly one of max, min, below, above/],
    ["a bound beside events", { sli: { ...RATIO, max: 3 } }, /^sli: exactly one of/],
    [
      "a bound that is no duration",
      { sli: { promql: { value: "x" }, max: "soon" } },
      /^sli.max: a number, or a duration/,
    ],
    ["a signal that nobody knows", { sli: { signal: "luck", max: 1 } }, /^sli.signal: availability, latency/],
    ["no rows", { alerts: [] }, /^alerts: 1 to 16 rows/],
    [
      "a row with factor and share",
      { alerts: [{ severity: "page", long: "1h", factor: 1, share: 1 }] },
      /^alerts.0: exactly one of factor and share/,
    ],
    ["a weight of 0", { sli: { composite: { other: 0 } } }, /^sli.composite.other: a weight above 0/],
    ["a slice of two hours", { budget: "slices", slice: "2h" }, /^slice: duration/],
  ])("%s", (_, settings, said) => {
    expect(refused(settings)).toMatch(said);
  });

  test("names that are no part of an address", () => {
    expect(v.safeParse(SloSection, { objectives: { "a/b": { sli: RATIO, target: 99 } } }).success).toBe(false);
  });
});

const facts: SloFacts = {
  services: ["orders"],
  namesOf: (signal) => (signal === "backup_age" ? undefined : ["orders"]),
  promqlFault: (expr) => (expr === "sum(" ? "unclosed" : undefined),
};
const faults = (objectives: Readonly<Record<string, unknown>>) => {
  const section = sectionOf(objectives);
  return checkSlo(section, objectivesOf(section), facts).map(
    ({ path, message, works }) => `${path.slice(1).join(".")}: ${message}${works ? " (works)" : ""}`,
  );
};
const one = (settings: object) => faults({ checkout: { sli: RATIO, target: 99.9, ...settings } });

describe("the check finds", () => {
  test.each<[string, object, readonly string[]]>([
    ["nothing", { service: "orders" }, []],
    [
      "an unknown service of a signal",
      { sli: { signal: "availability", of: "odrers" } },
      ["checkout.sli.of: nothing of this name has the signal availability"],
    ],
    ["a signal of nothing", { sli: { signal: "latency", max: 3 } }, ["checkout.sli.of: nobody knows what to measure"]],
    ["nothing about names that are not known here", { sli: { signal: "backup_age", of: "x", max: 3 } }, []],
    ["a service that is only a word", { service: "x" }, ["checkout.service: no such service is configured (works)"]],
    [
      "PromQL that does not parse",
      { sli: { promql: { bad: "sum(", total: "t" } } },
      ["checkout.sli.promql.bad: unclosed"],
    ],
    ["no time zone", { window: "month", zone: "Mars/Olympus" }, ["checkout.zone: no such time zone"]],
    [
      "a zone of a rolling window",
      { zone: "UTC" },
      ["checkout.zone: is of a calendar month; this window rolls (works)"],
    ],
    ["no date", { dry: "soon" }, ["checkout.dry: no date"]],
    ["half minutes", { budget: "slices", slice: "90s" }, ["checkout.slice: not whole minutes"]],
    [
      "windows between the steps",
      { alerts: [{ severity: "ticket", long: "1d", short: "7m", factor: 3 }] },
      ["checkout.alerts.0.short: not whole steps"],
    ],
    [
      "a short window that is longer",
      { alerts: [{ severity: "page", long: "1h", short: "2h", factor: 3 }] },
      ["checkout.alerts.0.short: not shorter than the long window"],
    ],
    [
      "a row twice",
      { alerts: [1, 2].map((factor) => ({ severity: "page", long: "1h", factor })) },
      ["checkout.alerts.1: a second row of these windows"],
    ],
    [
      "rows that can never fire",
      { target: 90, alerts: [{ severity: "page", long: "1h", factor: 10 }] },
      ["checkout.alerts.0: can never fire: more than all events would have to be bad (works)"],
    ],
  ])("%s", (_, settings, found) => {
    expect(one(settings)).toEqual(found);
  });

  test("cycles with their way, and parts that are not there", () => {
    const composite = (...parts: readonly string[]) => ({
      sli: { composite: Object.fromEntries(parts.map((part) => [part, 1])) },
      target: 99,
    });
    expect(faults({ a: composite("b"), b: composite("c", "x"), c: composite("a") })).toEqual([
      "a.sli.composite.b: a cycle: a → b → c → a",
      "b.sli.composite.c: a cycle: b → c → a → b",
      "b.sli.composite.x: no such objective",
      "c.sli.composite.a: a cycle: c → a → b → c",
    ]);
    expect(faults({ a: composite("a") })).toEqual(["a.sli.composite.a: a cycle: a → a"]);
  });

  test("a name that a file has as well", () => {
    const section = sectionOf({ checkout: { sli: RATIO, target: 99.9 } });
    const [own] = objectivesOf(section);
    const found = own && checkSlo(section, [own, { ...own, file: "slos.yaml" }], facts);
    expect(found).toMatchObject([
      { file: "slos.yaml", path: ["objectives", "checkout"], message: "a second objective of this name" },
    ]);
  });
});
