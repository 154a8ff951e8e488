import * as v from "valibot";
import { AutoscalingConfig } from "../shared/core/autoscaling/config.ts";
import type { GroupSeen, PartitionSeen } from "../shared/core/autoscaling/lag/types.ts";
import { autoscaling } from "../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../shared/core/autoscaling/types.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { type Row, row } from "./row.ts";

const START = 1_700_000_000_000;
const LOOKS = 200;
const ROUNDS = 21;
const BAR_US: Readonly<Record<number, number>> = { 100: 50 };

type Policy = Readonly<Record<string, unknown>>;

/** CPU time of one decision by lag, with all partitions behind: the most that there is to look through. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const partitions of [100, 1_000, 5_000])
    for (const [name, policy] of Object.entries(POLICIES)) {
      const bar = BAR_US[partitions];
      const measure = `one decision by ${name}, ${partitions} partitions with lag`;
      const value = stepUs(policy, partitions);
      rows.push(row("autoscaling-lag", { measure, value, unit: "us", ...(bar === undefined ? {} : { bar }) }));
    }
  return rows;
}

const POLICIES: Readonly<Record<string, Policy>> = {
  "catch-up": { rule: "catch-up" },
  keda: { rule: "keda", lagThreshold: 100, ensureEvenDistributionOfPartitions: true, excludePersistentLag: true },
};

/** CPU time, as others may run beside it: median over rounds of the mean of so many decisions in a row, each of which follows the one before. */
function stepUs(policy: Policy, partitions: number): number {
  const config = v.parse(AutoscalingConfig, {
    min: 1,
    max: 10_000,
    policies: [{ type: "kafka-lag", cluster: "main", group: "billing", ...policy }],
  });
  const looks = Array.from({ length: LOOKS }, (_, minute) => groupAt(minute, partitions));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let state: AutoscalingState = autoscaling.initial(config, START);
    const from = process.cpuUsage();
    for (const seen of looks) {
      const counts = { desired: 20, pending: 0, running: 20, ready: 20, deploying: false, at: seen.at };
      const input = { kind: "evaluate", service: "orders", actual: counts, readings: {}, lags: { "0": seen } } as const;
      const { asked: _, watch: __, ...next } = autoscaling.step(config, state, input, seen.at).state;
      state = next;
    }
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / LOOKS);
  }
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
}

function groupAt(minute: number, partitions: number): GroupSeen {
  const orders = Array.from({ length: partitions }, (_, index): PartitionSeen => {
    const committed = 1_000_000 + minute * 600 + index;
    return [committed, committed + 50_000 + minute * 60, 500_000];
  });
  return { at: START + minute * MINUTE_MS, state: "Stable", topics: { orders } };
}
