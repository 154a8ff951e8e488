import type { Rollout, RolloutAction } from "../../shared/core/delivery/rollout/types.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HOUR_MS, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { linkSecretValue, linksEnd, signedLink } from "../signed-link.ts";
import type { DeliverySettings } from "./settings.ts";
import "../shared-parts.ts";

export type Told = Extract<RolloutAction, { type: "tell" }>["event"];

/** What links in messages about rollouts let their reader do. */
export const LINK_ACTIONS = ["approve", "abort"] as const;
export type DeliveryLink = (typeof LINK_ACTIONS)[number];

/** What a link is about: this rollout of this service and no later one. Names of services have no slash. */
export const linkSubject = (service: string, rollout: string): string => `${service}/${rollout}`;

const FAILED = "HeadgateRolloutFailed";
const WAITS = "HeadgateRolloutApprovalNeeded";
const STUCK = "HeadgateRolloutStuck";

interface Kind {
  readonly alertname: string;
  readonly severity: "critical" | "warning";
  readonly summary: (service: string, version: string) => string;
  /** Fires for so long unless it is told again. */
  readonly lastsMs: number;
}

const KINDS: Readonly<Record<"failed" | "approval_needed" | "stuck", Kind>> = {
  failed: {
    alertname: FAILED,
    severity: "critical",
    summary: (service, version) => `${service}: release ${version} failed`,
    lastsMs: HOUR_MS,
  },
  approval_needed: {
    alertname: WAITS,
    severity: "warning",
    summary: (service, version) => `${service}: release ${version} waits for approval`,
    lastsMs: 15 * MINUTE_MS,
  },
  stuck: {
    alertname: STUCK,
    severity: "critical",
    summary: (service, version) => `${service}: release ${version} cannot go on or back`,
    lastsMs: 15 * MINUTE_MS,
  },
};

type Raised = keyof typeof KINDS;

/** Which alerts an event raises, and which it ends. Rolled back is the end of what went wrong, and stays told as failed. */
const EFFECTS: Readonly<Record<Told, { readonly raise?: Raised; readonly end: readonly Raised[] }>> = {
  started: { end: ["failed", "approval_needed", "stuck"] },
  approval_needed: { raise: "approval_needed", end: [] },
  failed: { raise: "failed", end: ["approval_needed"] },
  stuck: { raise: "stuck", end: [] },
  rolled_back: { raise: "failed", end: ["approval_needed", "stuck"] },
  promoted: { end: ["failed", "approval_needed", "stuck"] },
};

export interface TellRequest {
  readonly event: Told;
  readonly text: string;
  /** The rollout as it is known; absent: only its id is. */
  readonly rollout?: Pick<Rollout, "id" | "from" | "startedAt" | "failure"> & {
    readonly release: { readonly version: string };
  };
  readonly id: string;
}

/** Addresses at which the reader of a message approves or aborts; undefined: there are none. */
export async function linksOf(
  runtime: Runtime,
  tenant: string,
  { service, links }: DeliverySettings,
  rollout: string,
): Promise<Readonly<Record<DeliveryLink, string>> | undefined> {
  if (!links) return undefined;
  try {
    const key = await linkSecretValue(links.secret);
    if (key === undefined) return undefined;
    const until = linksEnd(runtime.now());
    const to = (action: DeliveryLink) =>
      signedLink(key, links.publicUrl, {
        noun: "delivery",
        action,
        tenant,
        subject: linkSubject(service, rollout),
        until,
      });
    return { approve: to("approve"), abort: to("abort") };
  } catch (error) {
    // A message without links is better than none.
    runtime.telemetry.log("warn", "no links in messages", {
      error: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}

/**
 * Tells people through alerting: raises what an event is worth an alert for, and ends those it is the end of.
 *
 * @returns what was told, a sentence
 * @throws HeadgateError `alerts.unavailable`
 */
export async function tellPeople(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  { event, text, rollout, id }: TellRequest,
): Promise<string> {
  const { service } = settings;
  const { raise, end } = EFFECTS[event];
  const now = Math.floor(runtime.now());
  const version = rollout?.release.version ?? "";
  const labels = ({ alertname, severity }: Kind) => ({ alertname, service, severity });
  const alerts: Alert[] = end.map((kind) => over(labels(KINDS[kind]), now));
  if (raise) {
    const kind = KINDS[raise];
    const links = raise === "failed" ? undefined : await linksOf(runtime, tenant, settings, id);
    alerts.push({
      labels: labels(kind),
      annotations: {
        summary: kind.summary(service, version),
        description: text,
        rollout: id,
        version,
        ...(rollout?.from === undefined ? {} : { from: rollout.from }),
        ...(rollout?.failure ? { reason: rollout.failure.reason } : {}),
        ...(links?.approve && raise === "approval_needed" ? { approve: links.approve } : {}),
        ...(links?.abort ? { abort: links.abort } : {}),
      },
      startsAt: now,
      endsAt: now + kind.lastsMs,
    });
  }
  if (!runtime.alerts) return "nobody is told: there is no alerting here";
  if (alerts.length > 0) await runtime.alerts.send(tenant, alerts);
  return raise ? `told as ${KINDS[raise].alertname}` : `${end.length} alerts are over`;
}

const over = (labels: Alert["labels"], now: Millis): Alert => ({
  labels,
  annotations: {},
  startsAt: now,
  endsAt: now,
});
