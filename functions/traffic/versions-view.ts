import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { VersionsSetView, VersionsView } from "../api/views-traffic.ts";
import { summaryOf } from "../decisions/summary.ts";
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

/** @throws HeadgateError `service.unknown`; as {@link askForVersions} */
export async function setVersions(
  runtime: Runtime,
  tenant: string,
  service: string,
  ask: VersionsAsk,
): Promise<VersionsSetView> {
  const settings = await settingsOf(runtime, tenant, service);
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
