import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Alertmanager, GettableAlert, GettableGroup } from "./alertmanager.ts";
import type { Recorder } from "./webhooks.ts";

/** What a notification says, apart from instants. */
export interface Told {
  /** Path of the webhook: receiver and integration. */
  readonly to: string;
  readonly groupKey: string;
  readonly reason: string;
  readonly status: string;
  readonly groupLabels: Labels;
  readonly routeLabels: Labels;
  readonly commonLabels: Labels;
  /** Fingerprint and status of each alert, in the order they are told in. */
  readonly alerts: readonly string[];
}

/** What one Alertmanager made of a set of alerts. */
export interface Observed {
  readonly alerts: readonly object[];
  readonly groups: readonly object[];
  readonly told: readonly Told[];
}

/** Text of a value with the keys of each object in order, for sets compared as text. */
export const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export const sorted = <T>(list: readonly T[]): readonly T[] =>
  list
    .map((item) => [inOrder(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);

/** Which source inhibits is any one of those that could: only whether it is inhibited is compared. */
function alertOf({ fingerprint, labels, annotations, receivers, status }: GettableAlert): object {
  return {
    fingerprint,
    labels,
    annotations,
    receivers: receivers.map(({ name }) => name),
    state: status.state,
    inhibited: status.inhibitedBy.length > 0,
    silenced: status.silencedBy.length,
    mutedBy: [...status.mutedBy].sort(),
  };
}

/** Notifications that came to paths below the prefix. */
export const toldBelow = (recorder: Recorder, prefix: string): readonly Told[] =>
  sorted(
    recorder.bodies(prefix).map((body) => ({
      to: body.path.slice(prefix.length),
      groupKey: body.groupKey,
      reason: body.notification_reason,
      status: body.status,
      groupLabels: body.groupLabels,
      routeLabels: body.routeLabels,
      commonLabels: body.commonLabels,
      alerts: body.alerts.map(({ fingerprint, status }) => `${fingerprint} ${status}`).sort(),
    })),
  );

/**
 * Waits until every group was flushed once, and every integration with something to tell was sent to, as far as the Alertmanager
 * itself says so.
 */
export async function observe(one: Alertmanager, recorder: Recorder, prefix: string): Promise<Observed> {
  const webhooks: Readonly<Record<string, number>> = { r0: 1, r1: 2, r2: 1, r3: 1, r4: 0 };
  // That a group is muted shows only after its flush, which nobody announces: group_wait and some more.
  await new Promise((resolve) => setTimeout(resolve, 350));
  const until = Date.now() + 5_000;
  for (;;) {
    const [alerts, groups] = await Promise.all([
      one.get<GettableAlert[]>("alerts"),
      one.get<GettableGroup[]>("alerts/groups"),
    ]);
    const expected = groups
      .filter(({ alerts: list }) => list.some(({ status }) => status.state === "active"))
      .reduce((sum, { receiver }) => sum + (webhooks[receiver.name] ?? 0), 0);
    const came = recorder.received.filter(({ path }) => path.startsWith(prefix)).length;
    const flushed = groups.every(({ alerts: list }) => list.every(({ status }) => status.state !== "unprocessed"));
    if ((flushed && came >= expected) || Date.now() > until) {
      return {
        alerts: sorted(alerts.map(alertOf)),
        groups: sorted(
          groups.map(({ labels, receiver, routeLabels, alerts: list }) => ({
            labels,
            receiver: receiver.name,
            routeLabels,
            alerts: sorted(list.map(alertOf)),
          })),
        ),
        told: toldBelow(recorder, prefix),
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The first items that only one side has, as text; undefined where both are equal. */
export function difference(what: string, real: readonly unknown[], ours: readonly unknown[]): string | undefined {
  const [left, right] = [real.map(inOrder), ours.map(inOrder)];
  const only = (from: readonly string[], other: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const text of other) counts.set(text, (counts.get(text) ?? 0) + 1);
    return from.filter((text) => {
      const count = counts.get(text) ?? 0;
      counts.set(text, count - 1);
      return count <= 0;
    });
  };
  const [a, b] = [only(left, right), only(right, left)];
  if (a.length + b.length === 0) return undefined;
  const show = (list: readonly string[]) => list.slice(0, 3).join("\n    ") || "(nothing)";
  return `${what}: only the real one\n    ${show(a)}\n  only ours\n    ${show(b)}`;
}
