import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { VersionsSetView, VersionsView } from "../api/views-traffic.ts";
import { summaryOf } from "../decisions/summary.ts";
import { knownService } from "./hosts.ts";
import { type ServiceSettings, settingsOf } from "./service-traffic.ts";
import { askForVersions, type VersionsAsk, versionsNow } from "./versions.ts";

/** What is wanted of a service's versions, by whom, and what was served; undefined: versions are not weighed. */
export async function versionsView(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
): Promise<VersionsView | undefined> {
  const { shares, asked, verifiedAt } = await versionsNow(runtime, tenant, settings);
  if (!shares) return undefined;
  const counts = Object.entries(runtime.traffic?.(settings.service)?.versions ?? {});
  const all = counts.reduce((sum, [, { recent }]) => sum + recent, 0);
  return {
    shares,
    ...(asked ? { asked } : {}),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    ...(all > 0 ? { served: Object.fromEntries(counts.map(([name, { recent }]) => [name, recent / all])) } : {}),
  };
}

/**
 * Shares go to those who run a version that has one, and to nobody else: where no backend does, everybody would go without an answer.
 * Without any backend there is nobody to go without one.
 */
async function someoneRuns(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  const { hosts } = await knownService(runtime, tenant, settings);
  const served = hosts.some(({ backend: { version } }) => version !== undefined && (shares[version] ?? 0) > 0);
  if (hosts.length === 0 || served || !Object.values(shares).some((share) => share > 0)) return;
  const named = [...new Set(hosts.flatMap(({ backend: { version } }) => version ?? []))].sort();
  const run = named.length === 0 ? "have no version" : `run ${named.slice(0, 10).join(", ")}`;
  throw new HeadgateError("input.invalid", `nobody would answer: the backends of ${settings.service} ${run}`, {
    faults: [
      {
        path: "shares",
        message: "no backend runs a version that would get a share",
        value: Object.keys(shares).join(", "),
        allowed: named.length === 0 ? "backends with these versions first" : `a share for one of ${named.join(", ")}`,
      },
    ],
  });
}

/** @throws HeadgateError `service.unknown`; `input.invalid` where no backend would get anything; as {@link askForVersions} */
export async function setVersions(
  runtime: Runtime,
  tenant: string,
  service: string,
  ask: VersionsAsk,
): Promise<VersionsSetView> {
  const settings = await settingsOf(runtime, tenant, service);
  if ("shares" in ask && !settings.config.weights) await someoneRuns(runtime, tenant, settings, ask.shares);
  const { status, reason, record, recorded } = await askForVersions(runtime, tenant, settings, ask);
  const versions = await versionsView(runtime, tenant, settings);
  return {
    clock: clockOf(runtime),
    service,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(versions ? { versions } : {}),
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}
