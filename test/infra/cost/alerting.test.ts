import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { monthlyCost } from "../../../shared/core/cost/self/monthly.ts";
import { root } from "../platform.ts";
import { ALARM, ofType } from "../read.ts";
import { synth } from "../synth.ts";
import { alertingMonth, type Counted, type Mix } from "./alerting.ts";

const MILLION = 1_000_000;
/** About 23 alerts fire at any time, and Prometheus repeats each once a minute: a million a month. */
const STEADY: Mix = { rules: 8, instances: 4, single: false, firesMinutes: 40, quietMinutes: 15 };
const MIXES = {
  "in batches": STEADY,
  "one by one": { ...STEADY, single: true },
  "not at all": { ...STEADY, rules: 0 },
} as const;
type Name = keyof typeof MIXES;
const names = Object.keys(MIXES) as Name[];
const MINUTES = 6 * 55;

describe("what a million alerts a month cost", () => {
  const found = new Map<Name, Counted & { readonly usd: number }>();
  const of = (name: Name) => found.get(name) as Counted & { readonly usd: number };

  beforeAll(async () => {
    const [base, app] = [
      await synth({ stage: "prod" }),
      await synth({ stage: "prod", env: { HEADGATE_ALERTING: "on" } }),
    ];
    const ownAlarms = ofType(app, ALARM).length - ofType(base, ALARM).length;
    for (const name of names) {
      const counted = await alertingMonth(MIXES[name], MINUTES);
      const usage = { ...counted.usage, ownAlarms };
      const { lines, usd } = monthlyCost(usage);
      found.set(name, { ...counted, usage, usd });
      const n = (value: number) => value.toFixed(0).padStart(10);
      console.log(
        [
          `${name}: ${usd.toFixed(2)} USD a month`,
          `  ${n(counted.alerts)} alerts ${n(counted.posts)} posts ${n(counted.flushes)} flushes ${n(counted.notifications)} notifications`,
          ...lines
            .filter((line) => line.usd >= 0.0005)
            .map(({ item, count, usd: cost }) => `  ${item.padEnd(20)} ${n(count)} ${cost.toFixed(3).padStart(7)}`),
          "  write units of",
          ...Object.entries(counted.writesByNoun)
            .sort(([, a], [, b]) => b - a)
            .map(([noun, units]) => `    ${noun.padEnd(24)} ${n(units)}`),
        ].join("\n"),
      );
    }
  }, 240_000);

  it.each(["in batches", "one by one"] as const)(
    "%s it is a million that is counted, and people are told of them",
    (name) => {
      expect(of(name).alerts).toBeGreaterThanOrEqual(MILLION);
      expect(of(name).notifications).toBeGreaterThan(1_000);
    },
  );

  it("in batches as Prometheus sends them, at most 5 USD", () => {
    expect(of("in batches").usd).toBeLessThanOrEqual(5);
  });

  it("without an alert, what docs/deploy.md says of the switch, within two cents", () => {
    const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const [, said] = /^\| `HEADGATE_ALERTING=on` \| .* \| ([\d.]+) \|$/m.exec(document) ?? [];
    expect(Math.abs(Number(said) - of("not at all").usd)).toBeLessThan(0.02);
    expect(of("not at all").usage.objectReads).toBe(0);
  });

  it.each(names)("%s it is what docs/alerting-cost.md says, within five cents", (name) => {
    const document = readFileSync(join(root, "docs/alerting-cost.md"), "utf8");
    const [, said] = new RegExp(`^\\| ${name} \\|.*\\| \\*\\*([\\d.]+)\\*\\* \\|$`, "m").exec(document) ?? [];
    expect(Math.abs(Number(said) - of(name).usd)).toBeLessThanOrEqual(0.05);
  });
});
