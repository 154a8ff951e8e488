import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { VersionStatus } from "../../shared/core/ports/releases.ts";
import type { Registration } from "../../shared/core/traffic/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deregister, listBackends, register } from "../traffic/registry.ts";
import type { DeliverySettings } from "./settings.ts";

/** "http://10.0.0.1:8080/" as the registry has it. */
function placeOf(address: string): { readonly host: string; readonly port: number } | undefined {
  if (!URL.canParse(address)) return undefined;
  const { hostname, port, protocol } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "" ? undefined : { host, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
}

/** What a deployment registered of this version: by no other source, so that nobody else's backend is touched. */
const deployed = (backends: readonly Registration[], version: string): readonly Registration[] =>
  backends.filter((one) => one.source === "deploy" && one.version === version);

async function known(runtime: Runtime, tenant: string, service: string): Promise<readonly Registration[] | undefined> {
  try {
    return await listBackends(runtime, tenant, service);
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "service.unknown") return undefined;
    throw error;
  }
}

/**
 * Writes the ready instances of a version into the registry of backends, with their health and metrics addresses, until the version is
 * taken away; those of it that are there no more are taken out. Instances that somebody else lists already (the fleet of this process,
 * discovery) are left to them: twice in the registry is twice the load.
 *
 * @returns what was done, a sentence
 * @throws HeadgateError of the store
 */
export async function registerVersion(
  runtime: Runtime,
  tenant: string,
  { service }: DeliverySettings,
  status: Pick<VersionStatus, "version" | "addresses"> | undefined,
  version: string,
  release: Pick<Release, "health" | "metricsPath"> | undefined,
): Promise<string> {
  const backends = await known(runtime, tenant, service);
  if (!backends) return "not registered: the configuration does not know the service";
  const fleet = (runtime.traffic?.(service)?.backends ?? []).filter(({ source }) => source !== "deploy");
  const others = new Set(
    [...fleet, ...backends.filter(({ source }) => source !== "deploy")].map(({ host, port }) => `${host}:${port}`),
  );
  const health = release?.health.path ?? "/health";
  const metrics = release?.metricsPath ?? "/metrics";
  const wanted = (status?.addresses ?? []).flatMap((address) => {
    const place = placeOf(address);
    if (!place || others.has(`${place.host}:${place.port}`)) return [];
    const base = address.replace(/\/+$/, "");
    return [{ ...place, version, metadata: { health: `${base}${health}`, metrics: `${base}${metrics}` } }];
  });
  const here = new Set(wanted.map(({ host, port }) => `${host}:${port}`));
  const gone = deployed(backends, version).filter(({ host, port }) => !here.has(`${host}:${port}`));
  if (gone.length > 0)
    await deregister(
      runtime,
      tenant,
      service,
      gone.map(({ id }) => id),
    );
  if (wanted.length === 0) {
    const all = status?.addresses.length ?? 0;
    return all > 0 ? `${all} instances are listed already` : "no instance has an address";
  }
  try {
    await register(runtime, tenant, service, wanted, { source: "deploy", leaseMs: null });
  } catch (error) {
    // Listed by another source meanwhile: they are known, which is all that is wanted.
    if (!(error instanceof HeadgateError) || error.code !== "backend.conflict") throw error;
    return error.message;
  }
  return `${wanted.length} registered`;
}

/** Takes out what {@link registerVersion} wrote of a version, before its instances stop. @throws HeadgateError of the store */
export async function deregisterVersion(
  runtime: Runtime,
  tenant: string,
  { service }: DeliverySettings,
  version: string,
): Promise<number> {
  const ours = deployed((await known(runtime, tenant, service)) ?? [], version);
  if (ours.length > 0)
    await deregister(
      runtime,
      tenant,
      service,
      ours.map(({ id }) => id),
    );
  return ours.length;
}
