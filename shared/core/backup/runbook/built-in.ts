import { MINUTE_MS, SECOND_MS } from "../../kernel/time.ts";
import type { RecoverySettings } from "../recovery/file.ts";
import type { Runbook, RunbookDeed, RunbookStep } from "./types.ts";

export interface RunbookPlaces {
  readonly plan: string;
  /** Cluster that takes over, as `streams` names it. */
  readonly cluster: string;
  readonly flink?: string;
  /** What clients go by: an SSM parameter and what it is on each side. */
  readonly parameter?: { readonly name: string; readonly primary: string; readonly secondary: string };
  /** What is called to turn traffic: DNS, a function. `back` undoes it. */
  readonly hook?: { readonly url: string; readonly back?: string; readonly probe?: string };
}

const step = (id: string, title: string, deed: RunbookDeed, more: Partial<RunbookStep> = {}): RunbookStep => ({
  id,
  title,
  do: deed,
  approval: false,
  timeoutMs: 10 * MINUTE_MS,
  tries: 3,
  onFailure: "stop",
  ...more,
});

/** Replicas that are this far behind lose no more than a person would notice. */
const MAX_LAG_MS = 30 * SECOND_MS;

/** From the primary region to the secondary. What it turns it can turn back; what it lets run before that changes nothing here. */
export function failoverRunbook(settings: RecoverySettings, places: RunbookPlaces): Runbook {
  const { plan, cluster, flink, parameter, hook } = places;
  const { primaryRegion, secondaryRegion, replication } = settings;
  return {
    name: "failover",
    about: `${secondaryRegion} takes over from ${primaryRegion}`,
    kind: "failover",
    steps: [
      step("points", "A verified point is there", { kind: "check_points", plan }),
      step("hold", "Deliveries are held", { kind: "hold_deliveries" }, { undo: { kind: "release_deliveries" } }),
      step(
        "decide",
        `A person declares ${primaryRegion} lost`,
        { kind: "manual", text: `confirm that ${primaryRegion} is lost or fenced off: from here on both could write` },
        { approval: true },
      ),
      ...(replication
        ? [
            step(
              "lag",
              "Replication is close enough",
              { kind: "check_lag", maxLagMs: MAX_LAG_MS },
              { onFailure: "continue", tries: 2 },
            ),
            step("mirror", "The mirror is stopped", { kind: "stop_mirror" }, { undo: { kind: "start_mirror" } }),
            step("groups", "Groups go on where they were", { kind: "translate_groups" }),
          ]
        : []),
      step(
        "restore",
        "What is not replicated comes from the newest point",
        { kind: "restore", plan, cluster, ...(replication ? { exclude: replication.topics } : {}) },
        { timeoutMs: 360 * MINUTE_MS },
      ),
      ...(flink
        ? [
            step(
              "jobs",
              "Jobs start from their savepoints",
              { kind: "start_jobs", plan, flink },
              { timeoutMs: 30 * MINUTE_MS },
            ),
          ]
        : []),
      ...(parameter
        ? [
            step(
              "parameter",
              "Clients are told the new address",
              { kind: "set_parameter", name: parameter.name, value: parameter.secondary },
              { approval: true, undo: { kind: "set_parameter", name: parameter.name, value: parameter.primary } },
            ),
          ]
        : []),
      ...(hook ? [hookStep("traffic", `Traffic goes to ${secondaryRegion}`, hook.url, hook.back, hook.probe)] : []),
      step("release", "Deliveries go on", { kind: "release_deliveries" }, { undo: { kind: "hold_deliveries" } }),
    ],
  };
}

const hookStep = (id: string, title: string, url: string, undo?: string, probe?: string): RunbookStep =>
  step(
    id,
    title,
    { kind: "call", method: "POST", url, ...(probe === undefined ? {} : { probe }) },
    { approval: true, ...(undo === undefined ? {} : { undo: { kind: "call", method: "POST", url: undo } }) },
  );

/** Back to the primary region, in the opposite order: data first, then who reads, then who writes. */
export function failbackRunbook(settings: RecoverySettings, places: RunbookPlaces): Runbook {
  const { plan, cluster, flink, parameter, hook } = places;
  const { primaryRegion, secondaryRegion, replication } = settings;
  return {
    name: "failback",
    about: `${primaryRegion} serves again instead of ${secondaryRegion}`,
    kind: "failback",
    steps: [
      step(
        "ready",
        `${primaryRegion} is well`,
        {
          kind: "manual",
          text: `confirm that ${primaryRegion} is well, and that what was written there after the failover may go`,
        },
        { approval: true },
      ),
      step("points", "A verified point is there", { kind: "check_points", plan }),
      step("hold", "Deliveries are held", { kind: "hold_deliveries" }, { undo: { kind: "release_deliveries" } }),
      step(
        "restore",
        `What ${secondaryRegion} has comes back`,
        { kind: "restore", plan, cluster },
        { timeoutMs: 360 * MINUTE_MS },
      ),
      ...(hook?.back ? [hookStep("traffic", `Traffic goes to ${primaryRegion}`, hook.back, hook.url, hook.probe)] : []),
      ...(parameter
        ? [
            step(
              "parameter",
              "Clients are told the old address",
              { kind: "set_parameter", name: parameter.name, value: parameter.primary },
              { approval: true, undo: { kind: "set_parameter", name: parameter.name, value: parameter.secondary } },
            ),
          ]
        : []),
      ...(flink
        ? [
            step(
              "jobs",
              "Jobs start from their savepoints",
              { kind: "start_jobs", plan, flink },
              { timeoutMs: 30 * MINUTE_MS },
            ),
          ]
        : []),
      ...(replication
        ? [step("mirror", "The mirror runs again", { kind: "start_mirror" }, { undo: { kind: "stop_mirror" } })]
        : []),
      step("release", "Deliveries go on", { kind: "release_deliveries" }, { undo: { kind: "hold_deliveries" } }),
    ],
  };
}
