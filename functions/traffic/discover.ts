import * as v from "valibot";
import type { Json } from "../../shared/core/kernel/json.ts";
import { sameJson } from "../../shared/core/kernel/json.ts";
import type { Discovered, DiscoverySource } from "../../shared/core/ports/discovery.ts";
import { inForce, registrationOf } from "../../shared/core/traffic/registry.ts";
import { type BackendInput, BackendSpec } from "../../shared/core/traffic/section.ts";
import type { Registration } from "../../shared/core/traffic/types.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readBackends } from "../../shared/shell/traffic-registry.ts";
import { refOf } from "../autoscaling/targets.ts";
import { type DiscoveryMemory, readMemory, remember } from "./discovery-memory.ts";
import { deregister, register } from "./registry.ts";
import type { ServiceSettings } from "./service-traffic.ts";

/** How a look at a source ended. */
export type DiscoverReason = "in_step" | "changed" | "held_unavailable" | "held_empty";

export interface DiscoverResult {
  readonly service: string;
  readonly reason: DiscoverReason;
  /** Ids that came, changed and went. */
  readonly came: readonly string[];
  readonly went: readonly string[];
  /** None is healthy by the source's own checks; all are kept. */
  readonly panic: boolean;
  /** What could not be used, and why nothing was done, as sentences. */
  readonly notes: readonly string[];
}

/** Where a service's backends are listed, and as whose they are registered; undefined where the configuration names nothing. */
export function sourceOf(
  config: HeadgateConfig,
  { service, config: traffic }: ServiceSettings,
): (DiscoverySource & { readonly as: "cloudmap" | "ecs" }) | undefined {
  const { discover } = traffic;
  if (discover?.cloudMap) {
    const { namespace, service: name, region, port } = discover.cloudMap;
    const where = { ...(region === undefined ? {} : { region }), ...(port === undefined ? {} : { port }) };
    return { service, cloudMap: { namespace, service: name, ...where }, as: "cloudmap" };
  }
  const ecs = refOf(config, service).ecs;
  if (!discover?.ecs || !ecs) return undefined;
  const { cluster, service: name, region } = ecs;
  const where = region === undefined ? {} : { region };
  return { service, ecs: { cluster, service: name, ...where, port: discover.ecs.port }, as: "ecs" };
}

/**
 * Brings the registry to what a service's source lists: one question to the source, one read of the registry, and a write only where
 * something differs.
 *
 * What is discovered has no lease. It goes when an answer no longer lists it, and stays while there is no answer, however long that lasts: a
 * source that is down takes nothing away (AWS calls it static stability). A list that is empty where it was not before counts the second time.
 *
 * @throws HeadgateError of the store; what the source throws is a hold
 */
export async function discoverService(
  runtime: Runtime,
  tenant: string,
  source: DiscoverySource & { readonly as: "cloudmap" | "ecs" },
): Promise<DiscoverResult> {
  const { service } = source;
  const [asked, backends, memory] = await Promise.all([
    ask(runtime, source),
    readBackends(runtime.store, tenant, service, runtime.now()),
    readMemory(runtime, tenant, service),
  ]);
  const known = backends.filter((one) => one.source === source.as && inForce(one, runtime.now()));
  const held = async (reason: "held_unavailable" | "held_empty", note: string, next: DiscoveryMemory) => {
    await remember(runtime, tenant, service, memory, next);
    return { service, reason, came: [], went: [], panic: false, notes: [note] };
  };
  const now = runtime.now();
  if (!asked.ok) {
    const note = `${asked.why}; the ${known.length} backends that are known stay`;
    return held("held_unavailable", note, { failing: memory.state.failing ?? { since: now, why: asked.why } });
  }
  const { panic, left } = asked.answer;
  const { inputs, notes } = usable(asked.answer.backends, left, backends, source.as);
  if (inputs.length === 0 && known.length > 0 && memory.state.empty === undefined) {
    const note = `nothing is listed any more; the ${known.length} backends that are known stay until it is so twice`;
    return held("held_empty", note, { empty: { since: now } });
  }
  const change = difference(known, inputs, source.as, now);
  // An id whose address is another one now is another backend: the old one goes first.
  const out = [...change.gone, ...change.moved];
  if (out.length > 0) await deregister(runtime, tenant, service, out);
  if (change.fresh.length > 0)
    await register(runtime, tenant, service, change.fresh, { source: source.as, leaseMs: null });
  await remember(runtime, tenant, service, memory, panic ? { panic: memory.state.panic ?? { since: now } } : {});
  const came = change.fresh.map(({ id }) => id ?? "");
  return {
    service,
    reason: came.length + out.length > 0 ? "changed" : "in_step",
    came,
    went: change.gone,
    panic,
    notes,
  };
}

async function ask(runtime: Runtime, source: DiscoverySource) {
  if (!runtime.discovery) return { ok: false, why: "nothing can be asked here" } as const;
  try {
    return { ok: true, answer: await runtime.discovery.discover(source) } as const;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) } as const;
  }
}

/** Those that are backends by our rules; the others are named, and hide none. */
function usable(
  found: readonly Discovered[],
  left: readonly string[],
  backends: readonly Registration[],
  as: Registration["source"],
): { readonly inputs: readonly BackendInput[]; readonly notes: readonly string[] } {
  const notes = [...left];
  const others = new Map(backends.filter((one) => one.source !== as).map((one) => [one.id, one.source]));
  const byId = new Map<string, BackendInput>();
  for (const one of found) {
    const parsed = v.safeParse(BackendSpec, one);
    const taken = others.get(one.id);
    if (!parsed.success) notes.push(`${one.id}: ${parsed.issues[0].message}`);
    else if (taken !== undefined) notes.push(`${one.id}: it is registered by ${taken} already`);
    else byId.set(one.id, parsed.output);
  }
  return { inputs: [...byId.values()], notes };
}

/** What a registration says beside when it was made. */
const lasting = ({ registeredAt: _, drainingSince: __, leaseUntil: ___, ...rest }: Registration) => rest;

function difference(
  known: readonly Registration[],
  inputs: readonly BackendInput[],
  source: Registration["source"],
  at: number,
) {
  const before = new Map(known.map((one) => [one.id, one]));
  const listed = new Set(inputs.map(({ id }) => id));
  const moved: string[] = [];
  const fresh = inputs.filter((input) => {
    const next = registrationOf(input, { source, at });
    const there = before.get(next.id);
    if (there && (there.host !== next.host || there.port !== next.port)) moved.push(next.id);
    return !there || !sameJson(lasting(there) as unknown as Json, lasting(next) as unknown as Json);
  });
  return { fresh, moved, gone: known.filter(({ id }) => !listed.has(id)).map(({ id }) => id) };
}
