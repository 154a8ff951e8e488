import type { CircuitChangedView, CircuitDetailView, CircuitsView } from "../../functions/api/views-breakers.ts";
import type {
  BackendsChangedView,
  PickView,
  TrafficReplayView,
  TrafficServicesView,
  TrafficServiceView,
  VersionsSetView,
} from "../../functions/api/views-traffic.ts";
import { api, ask, given, keyed, segment } from "./request.ts";

const routes = api.traffic;
const circuits = api.breakers;

export const getTrafficServices = (signal: AbortSignal): Promise<TrafficServicesView> =>
  ask((options) => routes.$get({}, options), signal);

const of = (service: string) => ({ service: segment(service) });

export const getTraffic = (service: string, limit: number, signal: AbortSignal): Promise<TrafficServiceView> =>
  ask((options) => routes[":service"].$get({ param: of(service), query: given({ limit }) }, options), signal);

/** A request as a policy sees it, as it stands in the address. */
export interface AskedPick {
  readonly key?: string;
  readonly tags?: string[];
  readonly match?: Record<string, string>;
}

export const pickBackend = (service: string, json: AskedPick, signal: AbortSignal): Promise<PickView> =>
  ask((options) => routes[":service"].pick.$post({ param: of(service), json }, options), signal);

type PolicyName = TrafficServiceView["summary"]["policy"];

/** Those that look at the same things stand together. */
const POLICIES: readonly PolicyName[] = [
  "least_response_time",
  "least_connections",
  "power_of_two",
  "round_robin",
  "weighted_round_robin",
  "random",
  "consistent_hashing",
  "ring_hash",
  "maglev",
  "rendezvous",
  "data_locality_aware",
];

/** Every policy there is, over the latest requests that a gateway here has served. */
export const replayTraffic = (service: string): Promise<TrafficReplayView> =>
  ask((options) => routes[":service"].replay.$post({ param: of(service), json: { policies: [...POLICIES] } }, options));

/** Who says it, and why. */
export interface Said {
  readonly why: string;
  readonly by?: string;
}

export const drainBackends = (
  service: string,
  json: { ids: string[]; undo: boolean } & Said,
  idempotencyKey: string,
): Promise<BackendsChangedView> =>
  ask((options) => routes[":service"].drain.$post({ param: of(service), json }, keyed(options, idempotencyKey)));

export const removeBackends = (
  service: string,
  json: { ids: string[] } & Said,
  idempotencyKey: string,
): Promise<BackendsChangedView> =>
  ask((options) => routes[":service"].remove.$post({ param: of(service), json }, keyed(options, idempotencyKey)));

/** Shares of versions, absolute; `release`: back to the configuration's. */
export const setVersions = (
  service: string,
  json: ({ shares: Record<string, number>; takeOver: boolean } | { release: true }) & Said,
  idempotencyKey: string,
): Promise<VersionsSetView> =>
  ask((options) => routes[":service"].versions.$post({ param: of(service), json }, keyed(options, idempotencyKey)));

/** What the list of circuits is narrowed by, as it stands in the address. */
export interface CircuitFilters {
  readonly prefix?: string | undefined;
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

export const getCircuits = (filters: CircuitFilters, signal: AbortSignal): Promise<CircuitsView> =>
  ask((options) => circuits.$get({ query: given({ ...filters }) }, options), signal);

const named = (circuit: string) => ({ circuit: segment(circuit) });

export const getCircuit = (circuit: string, limit: number, signal: AbortSignal): Promise<CircuitDetailView> =>
  ask((options) => circuits[":circuit"].$get({ param: named(circuit), query: given({ limit }) }, options), signal);

export const forceCircuit = (
  circuit: string,
  json: { state: "open" | "closed" | "disabled"; for?: string } & Said,
  idempotencyKey: string,
): Promise<CircuitChangedView> =>
  ask((options) => circuits[":circuit"].force.$post({ param: named(circuit), json }, keyed(options, idempotencyKey)));

export const releaseCircuit = (circuit: string, json: Said, idempotencyKey: string): Promise<CircuitChangedView> =>
  ask((options) => circuits[":circuit"].release.$post({ param: named(circuit), json }, keyed(options, idempotencyKey)));
