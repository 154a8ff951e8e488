import { MINUTE_MS } from "../../kernel/time.ts";
import type { LagSeen, PartitionSeen } from "../lag/types.ts";
import type { Load } from "./grid.ts";
import type { View, WorldOptions } from "./simulate.ts";

const SECONDS = MINUTE_MS / 1000;
const TOPIC = "load";

/**
 * The group that the simulated tasks would be: each unit of the trace is a record, what waits is its lag, and there is a partition for each task of the largest fleet. All
 * partitions get the same share: hot ones are not modelled, nor is the time in which a group hands partitions out (the start delay stands for both). What is seen is as old as
 * the world's metrics are, and whole records only: a trace whose unit is millions says nothing of single ones.
 */
export function lagGauge(work: Load, { max }: Pick<WorldOptions, "max">): (view: View) => LagSeen | undefined {
  const records = work.unitsPerTaskSecond * SECONDS;
  let minutes = 0;
  let arrived = 0;
  let seen: LagSeen | undefined;
  return (view) => {
    if (minutes === view.arrivals.length && seen) return withState(seen, view);
    for (; minutes < view.arrivals.length; minutes += 1) arrived += (view.arrivals[minutes] as number) * records;
    const waiting = view.backlog[minutes - 1];
    if (waiting === undefined) return undefined;
    const at = work.startAt + minutes * MINUTE_MS;
    seen = { at, state: stateOf(view), topics: { [TOPIC]: shares(arrived, arrived - waiting * records, max) } };
    return seen;
  };
}

const stateOf = ({ ready }: View): string => (ready > 0 ? "Stable" : "Empty");

/** Consumers are seen as they are now, also where no newer minute is. */
function withState(seen: LagSeen, view: View): LagSeen {
  return "why" in seen || seen.state === stateOf(view) ? seen : { ...seen, state: stateOf(view) };
}

/** Ends and committed offsets of partitions that share all records evenly, from 0 on. */
function shares(arrived: number, done: number, partitions: number): readonly PartitionSeen[] {
  const [ends, committed] = [Math.floor(arrived), Math.floor(Math.max(0, done))];
  return Array.from({ length: partitions }, (_, index): PartitionSeen => {
    const share = (all: number) => Math.floor((all + index) / partitions);
    return [share(committed), share(ends), 0];
  });
}
