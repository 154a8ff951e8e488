import { emptyUsage, type GroupSum, type JobSum, type ServiceSum, type TopicSum, type UsageSum } from "./usage-sums.ts";

interface Kept {
  readonly v: 1;
  readonly hours: number;
  readonly seenMs: number;
  readonly topics: readonly (readonly [string, TopicSum])[];
  readonly groups: readonly (readonly [string, GroupSum])[];
  readonly jobs: readonly (readonly [string, JobSum])[];
  readonly services: readonly (readonly [string, ServiceSum])[];
  readonly missing: readonly (readonly [string, number])[];
}

/** The usage of a day as text: a month of a large cluster is then read in thirty pieces instead of seven hundred. */
export function keepUsage({ hours, seenMs, topics, groups, jobs, services, missing }: UsageSum): string {
  const kept: Kept = {
    ...{ v: 1, hours, seenMs, topics: [...topics], groups: [...groups], jobs: [...jobs] },
    ...{ services: [...services], missing: [...missing] },
  };
  return JSON.stringify(kept);
}

/** Undefined where the text is none. */
export function readUsage(text: string): UsageSum | undefined {
  try {
    const { v, hours, seenMs, topics, groups, jobs, services, missing } = JSON.parse(text) as Kept;
    if (v !== 1) return undefined;
    return {
      ...emptyUsage(),
      ...{ hours, seenMs, topics: new Map(topics), groups: new Map(groups), jobs: new Map(jobs) },
      ...{ services: new Map(services), missing: new Map(missing) },
    };
  } catch {
    return undefined;
  }
}
