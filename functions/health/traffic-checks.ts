import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { HealthCheck } from "../api/views.ts";
import { bounded } from "../bounded.ts";
import { writtenOfAll } from "../traffic/all-services.ts";
import { checkedServices, lastLook } from "../traffic/checker.ts";
import { knownService } from "../traffic/hosts.ts";
import { settingsIn } from "../traffic/service-traffic.ts";
import { summaryOf } from "../traffic/views.ts";

/** Real time after which checks that nobody made are trouble, besides two periods of the slowest: a look comes each minute. */
const LATE_MS = 3 * MINUTE_MS;
const AT_ONCE = 16;
const MOST_NAMED = 3;

const named = (names: readonly string[]): string => {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
};

/** Whether services that are balanced have somebody to send requests to, and whether the checker looks at their backends. */
export async function trafficCheck(runtime: Runtime, tenant: string): Promise<HealthCheck> {
  const applied = await currentConfig(runtime, tenant);
  const services = Object.keys(applied?.config.traffic ?? {}).sort();
  if (!applied || services.length === 0) return { status: "pass", output: "no traffic is configured" };
  const late = await lateCheck(runtime, tenant);
  if (late) return late;
  const written = await writtenOfAll(runtime, tenant);
  const settings = services.flatMap((service) => settingsIn(applied, service) ?? []);
  const bad = await bounded(settings, AT_ONCE, async (one) => {
    const { service, backends, panic } = summaryOf(await knownService(runtime, tenant, one, written.of(one.service)));
    if (backends.total === 0) return [];
    if (backends.ok === 0) return [`${service}: none of ${backends.total} backends is well`];
    return panic ? [`${service} is in panic: ${backends.ok} of ${backends.total} backends are well`] : [];
  });
  const output = bad.flat();
  const observed = { observedValue: output.length, observedUnit: "services in panic" };
  return output.length === 0 ? { status: "pass", ...observed } : { status: "warn", ...observed, output: named(output) };
}

async function lateCheck(runtime: Runtime, tenant: string): Promise<HealthCheck | undefined> {
  const checked = await checkedServices(runtime, tenant);
  if (checked.length === 0) return undefined;
  const slowest = Math.max(...checked.map(({ config }) => config.health?.every ?? 0));
  const at = await lastLook(runtime, tenant);
  // Never looked: it has just been configured, or nobody does; the next look tells.
  if (at === undefined || runtime.now() - at <= LATE_MS * runtime.speed + 2 * slowest) return undefined;
  const output = `not checked for more than 3 minutes, does the checker run? ${named(checked.map(({ service }) => service))}`;
  return { status: "warn", observedValue: checked.length, observedUnit: "services not checked", output };
}
