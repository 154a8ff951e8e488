import type { AlertTieSpec, FlagSpec } from "../../shared/core/delivery/flags/section.ts";
import type { FlagInput } from "../../shared/core/delivery/flags/state.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Labels, labelOf, labelsText } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { StoredCircuit } from "../../shared/core/ports/circuits.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** What is known of everything that flags may be tied to, at one instant. */
export interface TieLook {
  /** Circuits that refuse now, of a name, or of all names that begin so ("payments/*"). Throws where they cannot be read. */
  readonly openCircuits: (name: string) => Promise<readonly string[]>;
  /** Labels of every alert that fires now. Rejects where nobody knows. */
  readonly alerts: () => Promise<readonly Labels[]>;
}

/** Causes that a record names; the rest are counted. */
const MOST_NAMED = 5;
const PAGE = 1_000;

/**
 * Whether a circuit is a reason to keep a flag off. Once its open time is over, or while it is being probed, it is not: a flag that stays
 * off sends no calls, and nobody would ever probe.
 */
export function isTrouble({ circuit }: Pick<StoredCircuit, "circuit">, now: Millis): boolean {
  const { forced, status, openUntil } = circuit;
  if (forced && (forced.until === undefined || forced.until > now)) return forced.state === "open";
  return status === "open" && (openUntil === undefined || openUntil > now);
}

/** Looks once, and when first asked: flags share what was read. */
export function lookAtTies(runtime: Runtime, tenant: string): TieLook {
  const circuits = new Map<string, Promise<readonly string[]>>();
  let firing: Promise<readonly Labels[]> | undefined;
  return {
    openCircuits: (name) => {
      const known = circuits.get(name);
      if (known) return known;
      const read = openCircuits(runtime, tenant, name);
      circuits.set(name, read);
      return read;
    },
    alerts: () => (firing ??= firingAlerts(runtime, tenant)),
  };
}

async function openCircuits(runtime: Runtime, tenant: string, name: string): Promise<readonly string[]> {
  if (!runtime.circuits) throw new HeadgateError("runtime.unsupported", "this installation keeps no circuits");
  const now = runtime.now();
  if (!name.endsWith("*")) {
    const item = await runtime.circuits.load({ tenant, circuit: name });
    return item && isTrouble(item, now) ? [name] : [];
  }
  const open: string[] = [];
  let cursor: string | undefined;
  do {
    const at = cursor === undefined ? {} : { cursor };
    const page = await runtime.circuits.list(tenant, { prefix: name.slice(0, -1), limit: PAGE, ...at });
    for (const item of page.items) if (isTrouble(item, now)) open.push(item.key.circuit);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return open;
}

/** What fires by the rules here, and whatever else was sent to alerting. Silenced ones too: a silence keeps people from being told. */
async function firingAlerts(runtime: Runtime, tenant: string): Promise<readonly Labels[]> {
  const applied = await currentConfig(runtime, tenant);
  const { monitoring, alerting } = applied?.config ?? {};
  if (!monitoring && !alerting)
    throw new HeadgateError("alerting.off", "the configuration has neither monitoring nor alerting: no alert is known");
  const ruled = monitoring
    ? (await (await import("../monitoring/deferred.ts")).alertsView(runtime, tenant)).items
        .filter(({ state }) => state === "firing")
        .map(({ labels }) => labels)
    : [];
  if (!alerting) return ruled;
  const { liveOf } = await import("../alerting/deferred.ts");
  const { groups, now } = await liveOf(runtime, tenant);
  const received = groups.flatMap(({ rows }) =>
    [...rows.values()].filter(({ endsAt }) => endsAt > now).map(({ labels }) => labels),
  );
  return [...ruled, ...received];
}

const matches = (labels: Labels, tie: AlertTieSpec): boolean =>
  Object.entries(tie).every(([name, value]) => labelOf(labels, name) === value);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is not well of all that a flag is tied to. What cannot be read is told as such. */
export async function tiesOf(
  look: TieLook,
  { breakers, alerts }: NonNullable<FlagSpec["killWhen"]>,
): Promise<Extract<FlagInput, { kind: "flag_ties" }>> {
  const causes = new Set<string>();
  const unknown: string[] = [];
  for (const name of breakers) {
    try {
      for (const circuit of await look.openCircuits(name)) causes.add(`circuit ${circuit} is open`);
    } catch (error) {
      unknown.push(`circuit ${name} cannot be read: ${messageOf(error)}`);
    }
  }
  if (alerts.length > 0) {
    try {
      for (const labels of await look.alerts())
        if (alerts.some((tie) => matches(labels, tie))) causes.add(`${alertText(labels)} fires`);
    } catch (error) {
      unknown.push(`alerts cannot be read: ${messageOf(error)}`);
    }
  }
  const all = [...causes].sort();
  const more = all.length - MOST_NAMED;
  return {
    kind: "flag_ties",
    causes: more > 0 ? [...all.slice(0, MOST_NAMED), `and ${more} more`] : all,
    unknown,
  };
}

function alertText(labels: Labels): string {
  const { alertname = "", ...rest } = labels;
  const others = labelsText(rest);
  return `alert ${alertname}${others === "{}" ? "" : others}`;
}
