import { type CompiledInhibit, compileInhibit } from "../../shared/core/alerting/inhibit.ts";
import { type CompiledRoute, compileRoutes } from "../../shared/core/alerting/routes.ts";
import type { AlertingConfig, NamedTimeInterval, ReceiverSpec } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { type AppliedConfig, currentConfig, recentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Section `alerting` of the configuration in force, ready to be worked with. */
export interface Alerting {
  readonly config: AlertingConfig;
  /** Of the whole configuration. */
  readonly version: string;
  /** Of what groups are formed by: another one forms them anew, as a reload does upstream; what else changes does not. */
  readonly formedBy: string;
  readonly root: CompiledRoute;
  /** Every node of the tree, by its id. */
  readonly routes: ReadonlyMap<string, CompiledRoute>;
  readonly inhibit: CompiledInhibit;
  readonly receivers: ReadonlyMap<string, ReceiverSpec>;
  readonly intervals: ReadonlyMap<string, NamedTimeInterval>;
}

/** Section `alerting` with `oncall`, which stands beside it in the file. */
export const withOncall = ({
  alerting,
  oncall,
}: Pick<HeadgateConfig, "alerting" | "oncall">): AlertingConfig | undefined =>
  alerting && oncall ? { ...alerting, oncall } : alerting;

/** By object store, tenant and version: a version never changes, and what is compiled from it is used by every flush. */
const compiled = new WeakMap<object, Map<string, Alerting>>();
const MOST = 16;

function walk(route: CompiledRoute, into: Map<string, CompiledRoute>): Map<string, CompiledRoute> {
  into.set(route.id, route);
  for (const child of route.routes) walk(child, into);
  return into;
}

function compile(config: AlertingConfig, version: string): Alerting {
  const { settings } = config;
  const root = compileRoutes(settings.route);
  return {
    config,
    version,
    formedBy: `alr_${hash64(canonical(settings as unknown as Json))}`,
    root,
    routes: walk(root, new Map()),
    inhibit: compileInhibit(settings.inhibitRules),
    receivers: new Map(settings.receivers.map((receiver) => [receiver.name, receiver])),
    intervals: new Map(settings.timeIntervals.map((interval) => [interval.name, interval])),
  };
}

/**
 * What alerts are routed by now; undefined where the configuration in force (if any) has no section `alerting`. Compiled once per
 * version and process.
 *
 * @throws HeadgateError `store.unavailable`, `store.throttled`, `objects.unavailable`
 */
export const alertingOf = async (runtime: Runtime, tenant: string): Promise<Alerting | undefined> =>
  compiledOf(runtime, tenant, await currentConfig(runtime, tenant));

/** The same, up to a second old: for what happens thousands of times a second and is put right where it was out of date. */
export const recentAlerting = async (runtime: Runtime, tenant: string): Promise<Alerting | undefined> =>
  compiledOf(runtime, tenant, await recentConfig(runtime, tenant));

function compiledOf(runtime: Runtime, tenant: string, current: AppliedConfig | undefined): Alerting | undefined {
  const config = current && withOncall(current.config);
  if (!current || !config) return undefined;
  let cache = compiled.get(runtime.objects);
  if (!cache) compiled.set(runtime.objects, (cache = new Map()));
  const id = `${tenant}\n${current.version}`;
  const known = cache.get(id);
  if (known) return inUse(cache, tenant, known);
  const made = compile(config, current.version);
  if (cache.size >= MOST) cache.delete(cache.keys().next().value as string);
  cache.set(id, made);
  return inUse(cache, tenant, made);
}

/** The one each tenant was last found to be routed by. */
const latest = new WeakMap<object, Map<string, Alerting>>();

function inUse(cache: object, tenant: string, alerting: Alerting): Alerting {
  const known = latest.get(cache);
  if (known) known.set(tenant, alerting);
  else latest.set(cache, new Map([[tenant, alerting]]));
  return alerting;
}

/** What this process has last worked with, without asking the store again: for what belongs to work that has just begun. */
export async function alertingAtHand(runtime: Runtime, tenant: string): Promise<Alerting> {
  const cache = compiled.get(runtime.objects);
  return (cache && latest.get(cache)?.get(tenant)) ?? alertingIn(runtime, tenant);
}

/** The same where nothing can be done without it. @throws HeadgateError `alerting.off` and those of {@link alertingOf} */
export async function alertingIn(runtime: Runtime, tenant: string, of = alertingOf): Promise<Alerting> {
  const alerting = await of(runtime, tenant);
  if (alerting) return alerting;
  throw new HeadgateError(
    "alerting.off",
    "the configuration in force has no section alerting: name an alertmanager.yml there",
  );
}
