import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import type { DurationMs } from "../kernel/time.ts";
import type { Objective } from "./types.ts";

/** One rule of a Prometheus rule file. */
export interface FileRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A range that holds exactly the samples of so long, whether its beginning counts (Prometheus 2) or not (3). */
export const range = (ms: DurationMs): string => `[${formatPromDuration(ms - 1000)}]`;

/** Label matchers that select objectives; none where they are all of them. */
export function selector(some: readonly Objective[], all: readonly Objective[], more: readonly string[] = []): string {
  const names = some.map(({ name }) => name.replaceAll(".", "\\\\."));
  const of = some.length === all.length ? [] : [`slo=~"${names.join("|")}"`];
  const matchers = [...of, ...more];
  return matchers.length === 0 ? "" : `{${matchers.join(",")}}`;
}

/** Objectives by what they have in common. */
export function groupsBy(
  objectives: readonly Objective[],
  key: (objective: Objective) => string,
): readonly (readonly Objective[])[] {
  const groups = new Map<string, Objective[]>();
  for (const one of objectives) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups.values()];
}
