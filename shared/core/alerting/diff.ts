import type { Millis } from "../kernel/time.ts";
import type { ReplayedNotification } from "./replay-types.ts";

/** A notification that both have, at different times. */
export interface MovedNotification {
  readonly notification: ReplayedNotification;
  /** When the other configuration sends it. */
  readonly againstAt: Millis;
}

/** What a change of the configuration does to the notifications of a series of events. */
export interface ReplayDifference {
  readonly same: number;
  readonly onlyConfig: readonly ReplayedNotification[];
  readonly onlyAgainst: readonly ReplayedNotification[];
  readonly moved: readonly MovedNotification[];
  /** Notifications per receiver. */
  readonly receivers: readonly { readonly receiver: string; readonly config: number; readonly against: number }[];
}

/** What is told, to whom; not when, not why, and not by which route: a node put above it changes the key of every group below. */
const contentOf = ({ receiver, integration, status, alerts }: ReplayedNotification): string =>
  JSON.stringify([receiver, integration, status, alerts.map((one) => [one.fingerprint, one.status])]);

/**
 * Compares the notifications of two configurations. The same content at the same time is the same notification; what is left over is
 * paired by content in order of time, and then was moved; the rest only one of them sends.
 */
export function diffReplays(
  config: readonly ReplayedNotification[],
  against: readonly ReplayedNotification[],
): ReplayDifference {
  const others = new Map<string, ReplayedNotification[]>();
  for (const one of against) {
    const content = contentOf(one);
    others.set(content, [...(others.get(content) ?? []), one]);
  }
  const taken = new Set<ReplayedNotification>();
  let same = 0;
  const unmatched: ReplayedNotification[] = [];
  for (const one of config) {
    const twin = others.get(contentOf(one))?.find((other) => other.at === one.at && !taken.has(other));
    if (twin) {
      taken.add(twin);
      same += 1;
    } else unmatched.push(one);
  }
  const moved: MovedNotification[] = [];
  const onlyConfig: ReplayedNotification[] = [];
  for (const one of unmatched) {
    const twin = others.get(contentOf(one))?.find((other) => !taken.has(other));
    if (twin) {
      taken.add(twin);
      moved.push({ notification: one, againstAt: twin.at });
    } else onlyConfig.push(one);
  }
  const counts = new Map<string, { receiver: string; config: number; against: number }>();
  for (const [side, all] of [
    ["config", config],
    ["against", against],
  ] as const)
    for (const { receiver } of all) {
      const count = counts.get(receiver) ?? { receiver, config: 0, against: 0 };
      count[side] += 1;
      counts.set(receiver, count);
    }
  return {
    same,
    onlyConfig,
    onlyAgainst: against.filter((one) => !taken.has(one)),
    moved,
    receivers: [...counts.values()].sort((a, b) => (a.receiver < b.receiver ? -1 : 1)),
  };
}
