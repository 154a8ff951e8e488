import { readHosts } from "../shared/core/traffic/simulate/hosts-read.ts";
import { balancingOf } from "../shared/core/traffic/simulate/setting.ts";
import { type PolicyFigures, simulatePolicy } from "../shared/core/traffic/simulate/simulate.ts";
import type { PolicyName } from "../shared/core/traffic/types.ts";
import { type Row, row } from "./row.ts";

const REQUESTS = 200_000;

/** Hosts of a cluster, some of them slower. */
const hostsOf = (count: number, slow = 0) =>
  readHosts(
    Array.from({ length: count }, (_, index) => ({
      host: `10.0.0.${index + 1}`,
      port: 8080,
      ...(index < slow ? { slow: 5 } : {}),
    })),
  ).hosts;

interface Case {
  readonly count: number;
  readonly slow?: number;
  readonly load?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly requests?: number;
}

function figuresOf(policy: PolicyName, given: Case): PolicyFigures {
  const { count, slow, load = 0.8, settings = {}, requests = REQUESTS } = given;
  const read = balancingOf(policy, settings);
  if (!read.ok) throw new Error(`${policy}: ${read.faults[0]?.message}`);
  return simulatePolicy(hostsOf(count, slow), { balancing: read.balancing, requests, load, keys: 1_000_000 }).figures;
}

const HASHING: readonly (readonly [PolicyName, string])[] = [
  ["maglev", "Maglev 65537"],
  ["ring_hash", "ring"],
  ["rendezvous", "rendezvous"],
];

/** Bars of the reference; where there is none the figure is told. */
const BARS: Readonly<Record<string, { readonly cv?: number; readonly removed?: number }>> = {
  "maglev 10": { cv: 0.01, removed: 10.4 },
  "maglev 100": { removed: 1.7 },
};

/** How evenly keys are spread, and how many move when a host goes or comes: the mean over ten hosts. */
export function spreadRows(): readonly Row[] {
  return [10, 100].flatMap((count) =>
    HASHING.flatMap(([policy, name]) => {
      const { cv, movedOnRemovePct, movedOnAddPct } = figuresOf(policy, { count, requests: 1000 });
      const bars = BARS[`${policy} ${count}`] ?? {};
      const of = `${name}, ${count} hosts`;
      return [
        row("traffic", {
          measure: `${of}: CV of 1,000,000 keys`,
          value: cv ?? Number.NaN,
          unit: "of the mean",
          ...(bars.cv === undefined ? {} : { bar: bars.cv }),
        }),
        row("traffic", {
          measure: `${of}: moved when one goes (ideal ${(100 / count).toFixed(2)})`,
          value: movedOnRemovePct ?? Number.NaN,
          unit: "% of 100,000 keys",
          ...(bars.removed === undefined ? {} : { bar: bars.removed }),
        }),
        row("traffic", {
          measure: `${of}: moved when one comes (ideal ${(100 / (count + 1)).toFixed(2)})`,
          value: movedOnAddPct ?? Number.NaN,
          unit: "% of 100,000 keys",
        }),
      ];
    }),
  );
}

const CASES: readonly (readonly [string, Case])[] = [
  ["10 hosts at 80 %", { count: 10 }],
  ["10 hosts at 80 %, two five times slower", { count: 10, slow: 2 }],
  ["100 hosts at 90 %", { count: 100, load: 0.9 }],
];

/** Response times of queues behind each policy, two choices beside it on the same stream. */
export function queueRows(): readonly Row[] {
  const unit = "mean service times";
  return CASES.flatMap(([name, given]) => {
    const p99 = (policy: PolicyName, settings = {}): number =>
      figuresOf(policy, { ...given, settings }).p99 ?? Number.NaN;
    const two = { name: "power_of_two on the same requests", value: p99("power_of_two") };
    return [
      row("traffic", {
        measure: `p99, ${name}: least_response_time`,
        value: p99("least_response_time"),
        unit,
        peer: two,
        ...(given.slow === undefined ? {} : { bar: 15 }),
      }),
      row("traffic", { measure: `p99, ${name}: round_robin`, value: p99("round_robin"), unit, peer: two }),
      row("traffic", {
        measure: `p99, ${name}: least_connections, all compared`,
        value: p99("least_connections", { choices: "all" }),
        unit,
        peer: two,
      }),
    ];
  });
}
