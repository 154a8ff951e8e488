import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { GivenHost } from "../../shared/core/traffic/simulate/hosts-read.ts";
import type { RecordedRequest } from "../../shared/core/traffic/simulate/recorded.ts";
import { replayRequests } from "../../shared/core/traffic/simulate/replay.ts";
import type { PolicyName } from "../../shared/core/traffic/types.ts";
import type { RecordedRequest as SeenRequest } from "../../shared/shell/gateway-look.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { TrafficReplayView } from "../api/views-traffic.ts";
import { knownService } from "./hosts.ts";
import { settingsOf } from "./service-traffic.ts";
import { trafficInForce, versionsNow } from "./versions.ts";

/** Policies that are compared unless others are named: one of each kind. */
const COMPARED: readonly PolicyName[] = [
  "round_robin",
  "least_connections",
  "least_response_time",
  "power_of_two",
  "consistent_hashing",
];

export interface ReplayAsk {
  /** Absent: the latest that a gateway of this process has served. */
  readonly requests?: readonly SeenRequest[];
  /** Policies to compare; the one in force is always among them. */
  readonly policies?: readonly PolicyName[];
  /** Mean service time where the requests tell none, in milliseconds. */
  readonly serviceMs?: number;
  readonly seed?: number;
}

/** A gateway keeps the hash of a key, never the key. */
function asRecorded({ key, ...rest }: SeenRequest): RecordedRequest {
  if (key === undefined) return rest;
  if (!/^[0-9a-f]{16}$/.test(key)) return { ...rest, key };
  const half = (from: number) => Number.parseInt(key.slice(from, from + 8), 16);
  return { ...rest, key, hash: { high: half(0), low: half(8) } };
}

/**
 * What other policies would have made of recorded requests, over the backends as they are now.
 *
 * @throws HeadgateError `service.unknown`; `backend.none` where there is no backend; `input.invalid` where there is no request
 */
export async function replayView(
  runtime: Runtime,
  tenant: string,
  service: string,
  ask: ReplayAsk,
): Promise<TrafficReplayView> {
  const settings = await settingsOf(runtime, tenant, service);
  const [{ hosts }, versions] = await Promise.all([
    knownService(runtime, tenant, settings),
    versionsNow(runtime, tenant, settings),
  ]);
  if (hosts.length === 0) throw new HeadgateError("backend.none", `${service} has no backends`);
  const given = ask.requests ?? runtime.traffic?.recent?.(service) ?? [];
  if (given.length === 0)
    throw new HeadgateError("input.invalid", `there are no requests to replay: no gateway here has served ${service}`, {
      faults: [
        { path: "requests", message: "is missing", allowed: "requests as {at, ms, key, tags, backend, status}" },
      ],
    });
  const requests = given.map(asRecorded).sort((a, b) => a.at - b.at);
  const config = trafficInForce(settings, versions);
  const current = config.balance.policy;
  const names = [...new Set([current, ...(ask.policies ?? COMPARED)])];
  const replay = replayRequests(
    requests,
    names.map((policy) => ({ ...config, balance: { ...config.balance, policy } })),
    // As they were registered: what ejected one then says nothing of how another policy would have fared.
    hosts.map(({ backend }): GivenHost => ({ host: whole(backend), active: 0, responsesMs: [], slow: 1 })),
    {
      outlier: config.outlier,
      current,
      ...(ask.serviceMs === undefined ? {} : { serviceMs: ask.serviceMs }),
      ...(ask.seed === undefined ? {} : { seed: ask.seed }),
    },
  );
  return { clock: clockOf(runtime), service, source: ask.requests ? "given" : "gateway", current, ...replay };
}

const whole = (backend: GivenHost["host"]["backend"]): GivenHost["host"] => ({
  backend,
  healthy: true,
  ejected: false,
  open: false,
  draining: false,
});
