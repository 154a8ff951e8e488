import { claimSettleRates, runRate } from "./claims.ts";
import { type Row, row } from "./row.ts";
import { stepMicros, tickSeconds } from "./tick.ts";

/** Services of one tick. */
const SERVICES = 500;

/** The control loop's own cost: a pure step, durable claims, a tick over many services. */
export async function bench(): Promise<readonly Row[]> {
  const step = stepMicros();
  const claims = await claimSettleRates();
  return [
    row("kernel", {
      measure: `pure step, slowest built-in policy (${step.policy})`,
      value: step.micros,
      unit: "µs",
      bar: 20,
    }),
    row("kernel", {
      measure: "claim + settle on SQLite, durable, 50 in flight",
      value: claims.ours,
      unit: "aggregates/s",
      bar: 4_000,
      better: "higher",
      peer: { name: "node:sqlite, one synchronous=FULL transaction per write", value: claims.naive },
    }),
    row("kernel", {
      measure: "whole run on SQLite: load, step, claim, journal, act, settle; 50 in flight",
      value: await runRate(),
      unit: "aggregates/s",
    }),
    row("kernel", {
      measure: `tick over ${SERVICES} services that all scale out`,
      value: await tickSeconds(SERVICES),
      unit: "s",
      bar: 5,
    }),
  ];
}
