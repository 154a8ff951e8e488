import { hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { balancerOf } from "../../shared/core/traffic/balancer.ts";
import { hashText } from "../../shared/core/traffic/hash/xxhash64.ts";
import type { PickRequest, PickWhy } from "../../shared/core/traffic/types.ts";
import type { AskedRequest } from "../../shared/shell/gateway-look.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { PickView } from "../api/views-traffic.ts";
import { knownService } from "./hosts.ts";
import { settingsOf } from "./service-traffic.ts";
import { trafficInForce, versionsNow } from "./versions.ts";

/** Candidates that are told of; the one that was picked is among them. */
const MOST_CANDIDATES = 500;

export interface PickAsk extends AskedRequest {
  /** Ids that were tried already; a gateway's own loads are not asked then. */
  readonly tried?: readonly string[];
}

/**
 * Whom a request would be sent to now, and why: by the gateway of this process with its loads where there is one, else as a caller that has
 * sent nothing yet. Nothing is sent or counted.
 *
 * @throws HeadgateError `service.unknown` and those of the store
 */
export async function pickView(runtime: Runtime, tenant: string, service: string, ask: PickAsk): Promise<PickView> {
  const settings = await settingsOf(runtime, tenant, service);
  const { tried, ...request } = ask;
  const here = tried === undefined ? runtime.traffic?.why?.(service, request) : undefined;
  const why = here ?? (await fromRegistry());
  return { clock: clockOf(runtime), service, loads: here ? "gateway" : "registry", ...shortened(why) };

  async function fromRegistry(): Promise<PickWhy> {
    const [{ hosts }, versions] = await Promise.all([
      knownService(runtime, tenant, settings),
      versionsNow(runtime, tenant, settings),
    ]);
    const random = randomOf(Math.floor(runtime.random() * 2 ** 32));
    const config = trafficInForce(settings, versions);
    const balancer = balancerOf(
      config,
      hosts.map(({ host }) => host),
      hostLoads(hosts.length),
      random,
    );
    return balancer.why(
      requestOf(
        runtime.now(),
        request,
        tried?.map((id) => hosts.findIndex(({ backend }) => backend.id === id)),
      ),
    );
  }
}

function requestOf(at: number, { key, tags, match }: AskedRequest, tried: readonly number[] | undefined): PickRequest {
  const request: PickRequest = { at, hashed: key !== undefined, hashHigh: 0, hashLow: 0 };
  if (key !== undefined) hashText(key, request);
  if (tags) request.tags = tags;
  if (match) request.match = match;
  if (tried) request.tried = tried.filter((index) => index >= 0);
  return request;
}

function shortened(why: PickWhy): PickWhy & { readonly omitted?: number } {
  const { candidates } = why;
  if (candidates.length <= MOST_CANDIDATES) return why;
  const picked = candidates.filter((one) => one.picked);
  const others = candidates.filter((one) => !one.picked).slice(0, MOST_CANDIDATES - picked.length);
  return { ...why, candidates: [...picked, ...others], omitted: candidates.length - MOST_CANDIDATES };
}
