import {
  assemble,
  type Collected,
  type CollectSettings,
  MAX_PART_BYTES,
  type Part,
  type PartResult,
  readPart,
} from "../../shared/core/monitoring/collect.ts";
import { limitedGet } from "../../shared/edge/limited-get.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";
import { readResources } from "./collect-resources.ts";

/** A service that is collected. */
export interface CollectTarget {
  readonly name: string;
  readonly endpoint?: string;
  readonly settings: CollectSettings;
}

/** All parts of one service, at once. Never throws. */
export async function collectService(
  runtime: Runtime,
  config: HeadgateConfig,
  target: CollectTarget,
): Promise<Collected> {
  const at = runtime.now();
  const { settings, name } = target;
  const [endpoint, resources] = await Promise.all([
    within(settings.timeout, endpointOf(runtime, config, target)),
    within(settings.timeout, readResources(runtime, config, name)),
  ]);
  const get = (part: Part, path: string): Promise<PartResult> =>
    typeof endpoint === "string" ? ask(runtime, part, endpoint, path, settings.timeout) : Promise.resolve(endpoint);
  const [health, performance, data_processing] = await Promise.all([
    get("health", settings.health),
    get("performance", settings.performance),
    get("data_processing", settings.processing),
  ]);
  return assemble(name, typeof endpoint === "string" ? endpoint : undefined, at, {
    health,
    performance,
    data_processing,
    resources,
  });
}

type Failure = Extract<PartResult, { ok: false }>;

/** Real milliseconds. What comes later is dropped. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | Failure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, error: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The configured address, else that of the first ready instance. */
async function endpointOf(
  runtime: Runtime,
  config: HeadgateConfig,
  { name, endpoint }: CollectTarget,
): Promise<string | Failure> {
  if (endpoint !== undefined) return endpoint;
  try {
    const status = (await runtime.fleet.describe([refOf(config, name)])).get(name);
    const ready = (status?.instances ?? []).filter((one) => one.ready && one.address !== undefined);
    // By name, so that the same instance is asked again while it lives: its totals are compared with the last ones.
    const [first] = ready.sort((a, b) => (a.id < b.id ? -1 : 1));
    if (first?.address !== undefined) return first.address;
    const why = own(config.services, name)?.ecs ? "no endpoint is configured" : "no instance of it is ready";
    return { ok: false, error: why };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Joined as text and checked: a path such as "//elsewhere" would lead to another host if it were resolved. */
async function ask(
  runtime: Runtime,
  part: Part,
  endpoint: string,
  path: string,
  timeoutMs: number,
): Promise<PartResult> {
  const base = new URL(endpoint);
  const address = `${endpoint.replace(/[?#].*$/, "").replace(/\/+$/, "")}${path}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.origin !== base.origin) return { ok: false, error: `${path} is no path at ${base.origin}` };
  const loopback = (runtime.stage ?? LOCAL_STAGE) === LOCAL_STAGE;
  const got = await limitedGet(url, { timeoutMs, maxBytes: MAX_PART_BYTES, loopback });
  return got.ok ? readPart(part, got.status, got.text) : { ok: false, error: got.why };
}
