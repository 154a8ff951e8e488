import { bench as flags } from "./delivery-flags.ts";
import { bench as flink } from "./delivery-flink.ts";
import { bench as gate } from "./delivery-gate.ts";
import { bench as kill } from "./delivery-kill.ts";
import { bench as local } from "./delivery-local.ts";
import type { Row } from "./row.ts";

/** Every bar of delivery: the gate on simulated streams, rollouts killed at every point, a bad version on real processes, flags. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of [gate, kill, flink, flags, local]) rows.push(...(await one()));
  return rows;
}
