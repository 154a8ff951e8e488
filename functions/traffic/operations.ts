import type { Operation } from "../api/operation.ts";
import {
  BackendsQuery,
  DrainBody,
  HistoryQuery,
  PickBody,
  RegisterBody,
  RemoveBody,
  ReplayBody,
  VersionsBody,
} from "./bodies.ts";

const base = "/api/v1/traffic";
const tag = "traffic";
const read = { method: "get", tag, scope: "read", errors: ["service.unknown"] } as const;
const act = { method: "post", tag, scope: "operate", idempotent: true } as const;

/** What routes.ts beside it answers, for the OpenAPI document. */
export const trafficOperations: readonly Operation[] = [
  {
    ...read,
    path: base,
    id: "listTraffic",
    summary: "Services with their policy, backends by state, panic and shares",
    answer: "TrafficServices",
    errors: [],
  },
  {
    ...read,
    path: `${base}/:service`,
    id: "getTraffic",
    summary: "One service: its backends with all that is known of them, levels, versions, the gateway here",
    query: BackendsQuery,
    answer: "TrafficService",
  },
  {
    ...read,
    path: `${base}/:service/history`,
    id: "listTrafficDecisions",
    summary: "Ejections, circuits, checks and weights of a service, newest first",
    query: HistoryQuery,
    answer: "Decisions",
  },
  {
    ...act,
    path: `${base}/:service/backends`,
    id: "registerBackends",
    summary: "Registers backends, or renews their leases, many in one call",
    body: { schema: RegisterBody, example: { backends: [{ host: "10.0.1.17", port: 8080, zone: "eu-central-1a" }] } },
    answer: "BackendsRegistered",
    errors: ["service.unknown", "backend.conflict", "input.too_large", "store.throttled", "store.item_too_large"],
  },
  {
    ...act,
    path: `${base}/:service/drain`,
    id: "drainBackends",
    summary: "No new requests for these backends; those in flight go on",
    body: { schema: DrainBody, example: { ids: ["10.0.1.17:8080"], why: "its disk is to be replaced" } },
    answer: "BackendsChanged",
    errors: ["service.unknown", "backend.unknown", "store.throttled"],
  },
  {
    ...act,
    path: `${base}/:service/remove`,
    id: "removeBackends",
    summary: "Takes backends out at once; drain them first where they should finish what they have",
    body: { schema: RemoveBody, example: { ids: ["10.0.1.17:8080"], why: "its disk is to be replaced" } },
    answer: "BackendsChanged",
    errors: ["service.unknown", "backend.unknown", "backend.conflict", "store.throttled"],
  },
  {
    method: "post",
    tag,
    scope: "read",
    path: `${base}/:service/pick`,
    id: "pickBackend",
    summary: "Whom a request would be sent to now, and why; nothing is sent",
    body: { schema: PickBody, example: { key: "customer-42", tags: ["region-eu"] } },
    answer: "TrafficPick",
    errors: ["service.unknown"],
  },
  {
    method: "post",
    tag,
    scope: "read",
    path: `${base}/:service/replay`,
    id: "replayTraffic",
    summary: "What other policies would have made of recorded requests, or of the latest of the gateway here",
    body: { schema: ReplayBody, example: { policies: ["least_response_time", "maglev"] } },
    answer: "TrafficReplay",
    errors: ["service.unknown", "backend.none", "input.too_large"],
  },
  {
    ...act,
    path: `${base}/:service/versions`,
    id: "setVersions",
    summary: "Shares of versions, absolute, above the configuration's until they are released",
    body: { schema: VersionsBody, example: { shares: { v1: 95, v2: 5 }, why: "canary of v2" } },
    answer: "VersionsSet",
    errors: ["service.unknown", "weights.unavailable"],
  },
];
