import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../kernel/time.ts";
import type { Delivery } from "./group-delivery.ts";
import type { FlushInput, GroupConfig } from "./group-types.ts";

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What the flush saw. */
export function seenClause({ counts, at, tick }: FlushInput): Clause {
  const { alerts, firing, resolved } = counts;
  return {
    kind: "input",
    rule: "group",
    text: `${counted(alerts, "alert")} in the group, ${firing} firing and ${resolved} resolved`,
    values: { alerts, firing, resolved, at, tick },
  };
}

/** What of it is not told of, and why: one clause for each stage that took something. */
export function suppressedClauses({ counts, held, sample }: FlushInput): readonly Clause[] {
  const clauses: Clause[] = [];
  const first = <T>(pick: (one: FlushInput["sample"][number]) => T | undefined): T | undefined =>
    sample.map(pick).find((one) => one !== undefined);
  if (counts.inhibited > 0) {
    const by = first(({ suppressed }) => suppressed?.inhibitedBy?.[0]);
    clauses.push({
      kind: "vetoed",
      rule: "inhibition",
      text: `${counted(counts.inhibited, "alert")} inhibited${by === undefined ? "" : `, by alert ${by} among others`}`,
      values: { inhibited: counts.inhibited, by },
    });
  }
  if (held) {
    const names = held.intervals.join(", ");
    clauses.push({
      kind: "vetoed",
      rule: held.by === "active" ? "active-time-interval" : "mute-time-interval",
      text: held.by === "active" ? `outside of the active times ${names}` : `within the mute times ${names}`,
      values: { intervals: held.intervals },
    });
  }
  if (counts.silenced > 0) {
    const id = first(({ suppressed }) => suppressed?.silencedBy?.[0]);
    clauses.push({
      kind: "vetoed",
      rule: "silence",
      text: `${counted(counts.silenced, "alert")} silenced${id === undefined ? "" : `, by silence ${id} among others`}`,
      values: { silenced: counts.silenced, silence: id },
    });
  }
  if (counts.cooling > 0)
    clauses.push({
      kind: "vetoed",
      rule: "cooldown",
      text: `${counted(counts.cooling, "alert")} in a cooldown`,
      values: { cooling: counts.cooling },
    });
  return clauses;
}

const WHY: Readonly<Record<string, string>> = {
  "first notification": "nothing that fires has been told of yet",
  "new alerts added": "alerts fire that it was not told of",
  "some alerts resolved": "alerts have resolved that it was not told of",
  "all alerts resolved": "all that it was told of is resolved",
  "repeat interval elapsed": "the repeat interval has passed",
  escalated: "nobody has acknowledged",
};

/** What became of one integration. */
export function deliveryClause(delivery: Delivery, input: FlushInput, config: GroupConfig): Clause {
  const { target, reason, held, silent } = delivery;
  const name = `${target.receiver}/${target.integration.id}`;
  const counts = input.integrations[target.to];
  const values = { integration: name, reason, ...(counts ?? {}) };
  if (held === "acknowledged")
    return {
      kind: "held",
      rule: "acknowledged",
      text: `${name}: a repeat is due, and somebody has acknowledged`,
      values,
    };
  if (held === "cooldown")
    return {
      kind: "held",
      rule: "cooldown",
      text: `${name}: a repeat is due, and a cooldown holds it until ${iso(input.cooldownUntil ?? input.at)}`,
      values,
    };
  if (reason === undefined) {
    const at: Millis | undefined = counts?.entryAt;
    const text =
      at === undefined
        ? `${name}: nothing fires, and it was never told of anything`
        : `${name}: knows all of it since ${iso(at)}; a repeat is due ${formatDuration(config.repeatIntervalMs)} after that`;
    return { kind: "computed", rule: "dedup", text, values };
  }
  if (silent)
    return {
      kind: "computed",
      rule: "send-resolved",
      text: `${name}: all is resolved; it does not want to hear of that, so only the log is cleared`,
      values,
    };
  return { kind: "chosen", rule: "dedup", text: `${name}: ${reason}, as ${WHY[reason] ?? reason}`, values };
}
