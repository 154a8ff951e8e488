import { type Needs, needsOf } from "../../shared/core/delivery/rollout/needs.ts";
import type {
  RolloutCommand,
  RolloutLook,
  RolloutStart,
  RolloutState,
  VersionLook,
} from "../../shared/core/delivery/rollout/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { VersionStatus } from "../../shared/core/ports/releases.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { countsOf, readHistory, readIntervals } from "./counts-look.ts";
import { firingOf } from "./firing-alerts.ts";
import type { DeliverySettings } from "./settings.ts";
import { readShares } from "./shares.ts";
import { sourceName } from "./source-name.ts";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What decides, of what is known of a version. What it printed is told where it is not well. */
export function versionLook(status: VersionStatus): VersionLook {
  const { version, slot, desired, pending, running, ready, failures, attempts, trouble, hopeless, responseMs } = status;
  const well = ready >= desired && failures === 0 && !hopeless;
  return {
    ...{ version, desired, pending, running, ready, failures, attempts },
    ...(slot === undefined ? {} : { slot }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(hopeless ? { hopeless } : {}),
    ...(responseMs === undefined ? {} : { responseMs }),
    ...(well || status.logs.length === 0 ? {} : { logs: status.logs.slice(-20) }),
  };
}

type Counted = Pick<RolloutLook, "counts" | "history" | "slowMs">;

async function observeCounts(
  runtime: Runtime,
  settings: DeliverySettings,
  versions: readonly VersionStatus[],
  { counts: wanted, history: before }: Needs,
  now: Millis,
): Promise<Counted> {
  if (!wanted && !before) return {};
  const counts = countsOf(runtime, settings);
  if (!counts) throw new Error("nobody counts requests by version here");
  const { service } = settings;
  const name = (version: string) => sourceName(settings, versions, version);
  const [intervals, history] = await Promise.all([
    wanted
      ? readIntervals(counts, service, { ...wanted, canary: name(wanted.canary), baseline: name(wanted.baseline) }, now)
      : undefined,
    // What is not complete yet would make the old version look quieter than it was.
    before && counts.settledUntil(now) >= before.to
      ? readHistory(counts, service, { ...before, baseline: name(before.baseline) })
      : undefined,
  ]);
  return { ...(intervals ? { counts: intervals } : {}), ...history };
}

/**
 * Looks at what is really there, as far as the next decision goes by it. Never throws: what cannot be read is absent from the look, and told
 * in its `failures`.
 */
export async function observeRollout(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  state: RolloutState,
  asked: RolloutStart | RolloutCommand | undefined,
  now: Millis,
): Promise<RolloutLook> {
  const { service, delivery, target } = settings;
  const needs = needsOf({ service, delivery }, state, asked?.kind ?? "look", now);
  const failures: string[] = [];
  const read = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(`${what}: ${message(error)}`);
      runtime.telemetry.log("warn", `${service}: ${what} could not be read; it is held`, {
        tenant,
        error: message(error),
      });
      return undefined;
    }
  };
  const { releases } = runtime;
  const described = needs.versions
    ? await read("versions", async () => {
        if (!releases) throw new Error("nothing can be rolled out here");
        return (await releases.describe(target)) ?? { versions: [], at: now };
      })
    : undefined;
  const versions = described?.versions ?? [];
  const [shares, counted, alerts] = await Promise.all([
    readShares(runtime, settings, versions),
    read("counts", () => observeCounts(runtime, settings, versions, needs, now)),
    needs.alerts.length > 0 ? read("alerts", () => firingOf(runtime, tenant, service, needs.alerts)) : undefined,
  ]);
  if (shares.failure !== undefined) failures.push(shares.failure);
  return {
    kind: "look",
    ...(described ? { versions: versions.map(versionLook) } : {}),
    ...(described?.stable === undefined ? {} : { stable: described.stable }),
    divides: shares.divides,
    ...(needs.shares && shares.shares ? { shares: shares.shares } : {}),
    ...counted,
    ...(alerts ? { alerts } : {}),
    ...(failures.length > 0 ? { failures } : {}),
  };
}
