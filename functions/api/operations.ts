import type * as v from "valibot";
import { CreateBody, KeysQuery } from "../access/routes.ts";
import { BacktestBody, EvaluateBody, OverrideBody, PauseBody, ReasonBody } from "../autoscaling/routes.ts";
import { ApplyBody, TextBody } from "../config/routes.ts";
import { ListQuery, ReplayBody } from "../decisions/routes.ts";
import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import { SeriesQuery } from "../services/routes.ts";
import type { Scope } from "./context.ts";
import type { ShapeName } from "./schemas.ts";

/** One address and method of the API, as the OpenAPI document tells of it. */
export interface Operation {
  readonly method: "get" | "post" | "delete";
  /** In Hono's notation; ":name" is a path parameter. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** The least a key must allow; absent: no key needed. */
  readonly scope?: Scope;
  readonly query?: v.GenericSchema;
  readonly body?: { readonly schema: v.GenericSchema; readonly example: unknown };
  /** Honours Idempotency-Key. */
  readonly idempotent?: boolean;
  readonly status?: number;
  /** Shape of a good answer; absent with `type` for what is no JSON of ours, or with neither for an empty one. */
  readonly answer?: ShapeName;
  readonly type?: string;
  readonly errors?: readonly ErrorCode[];
}

const service = "/api/v1/services";
const decisions = "/api/v1/decisions";
const scaling = "/api/v1/autoscaling";
const config = "/api/v1/config";
const keys = "/api/v1/access/keys";
const health = "application/health+json";
const command = { scope: "operate", tag: "autoscaling", idempotent: true, answer: "Command", errors: ["service.unknown"] } as const;
const why = "load test";
const yaml = "version: 1\nservices: {}\n";

/** Every operation there is; a test compares the list with the app's routes, both ways. */
export const operations: readonly Operation[] = [
  { method: "get", path: "/live", id: "live", tag: "health", summary: "Whether the process answers at all", answer: "Health", type: health },
  { method: "get", path: "/ready", id: "ready", tag: "health", summary: "Whether state can be read and written", scope: "read", answer: "Health", type: health },
  { method: "get", path: "/health", id: "health", tag: "health", summary: "How every part is", scope: "read", answer: "Health", type: health },
  { method: "get", path: "/metrics", id: "metrics", tag: "health", summary: "Headgate's own metrics: Prometheus text, or OpenMetrics by Accept", scope: "read", type: "text/plain" },
  { method: "get", path: "/openapi.json", id: "openapi", tag: "health", summary: "This document", scope: "read", type: "application/json" },

  { method: "get", path: service, id: "listServices", tag: "services", summary: "Every service: health, counts, newest measurements, last decision", scope: "read", answer: "Services" },
  { method: "get", path: `${service}/:service`, id: "getService", tag: "services", summary: "One service with its last decisions", scope: "read", answer: "Service", errors: ["service.unknown"] },
  { method: "get", path: `${service}/:service/series`, id: "getSeries", tag: "services", summary: "Measurements over time; gaps stay gaps", scope: "read", query: SeriesQuery, answer: "Series", errors: ["service.unknown"] },

  { method: "get", path: decisions, id: "listDecisions", tag: "decisions", summary: "Decisions, newest first", scope: "read", query: ListQuery, answer: "Decisions" },
  { method: "get", path: `${decisions}/:id`, id: "getDecision", tag: "decisions", summary: "One decision: the whole record and its why", scope: "read", answer: "DecisionDetail", errors: ["decision.unknown"] },
  { method: "post", path: `${decisions}/:id/replay`, id: "replayDecision", tag: "decisions", summary: "Recomputes one decision from its record", scope: "read", answer: "Replay", errors: ["decision.unknown"] },
  { method: "post", path: `${decisions}/replay`, id: "replayDecisions", tag: "decisions", summary: "Recomputes a page of decisions", scope: "read", body: { schema: ReplayBody, example: { noun: "autoscaling", limit: 200 } }, answer: "Replay" },
  { method: "get", path: "/api/v1/events", id: "streamDecisions", tag: "decisions", summary: "Each decision as it is recorded (server-sent events; Last-Event-ID resumes)", scope: "read", type: "text/event-stream", errors: ["runtime.unsupported"] },

  { method: "get", path: `${scaling}/:service`, id: "getAutoscaling", tag: "autoscaling", summary: "Configuration, state and alarms of a service's controller", scope: "read", answer: "Autoscaling", errors: ["service.unknown"] },
  { method: "post", path: `${scaling}/:service/evaluate`, id: "evaluateService", ...command, summary: "Looks at the service now and decides", body: { schema: EvaluateBody, example: { why: "after the deploy" } }, answer: "Evaluation" },
  { method: "post", path: `${scaling}/:service/pause`, id: "pauseService", ...command, summary: "Stops scaling in both directions or one", body: { schema: PauseBody, example: { why, direction: "in", for: "2h" } } },
  { method: "post", path: `${scaling}/:service/resume`, id: "resumeService", ...command, summary: "Ends a pause", body: { schema: ReasonBody, example: { why: "load test is over" } } },
  { method: "post", path: `${scaling}/:service/override`, id: "overrideService", ...command, summary: "Holds a count for a time, inside min and max", body: { schema: OverrideBody, example: { why: "launch at noon", desired: 8, for: "1h" } } },
  { method: "post", path: `${scaling}/:service/clear-override`, id: "clearOverride", ...command, summary: "Ends an override", body: { schema: ReasonBody, example: { why: "launch is through" } } },
  { method: "post", path: `${scaling}/backtest`, id: "backtest", tag: "autoscaling", summary: "Scores a policy on a recorded load", scope: "read", body: { schema: BacktestBody, example: { trace: "timestamp,value\n1998-06-08T00:00:00Z,120\n1998-06-08T00:01:00Z,131\n", policy: "target-tracking-70" } }, answer: "Backtest", errors: ["trace.invalid", "input.too_large"] },

  { method: "get", path: config, id: "getConfig", tag: "config", summary: "The configuration in force", scope: "read", answer: "Config" },
  { method: "get", path: `${config}/schema`, id: "getConfigSchema", tag: "config", summary: "JSON Schema of headgate.yaml", scope: "read", type: "application/schema+json" },
  { method: "post", path: `${config}/check`, id: "checkConfig", tag: "config", summary: "Names every fault of a configuration", scope: "read", body: { schema: TextBody, example: { text: yaml } }, answer: "ConfigCheck", errors: ["input.too_large"] },
  { method: "post", path: `${config}/plan`, id: "planConfig", tag: "config", summary: "What applying a configuration would change", scope: "read", body: { schema: TextBody, example: { text: yaml } }, answer: "ConfigPlan", errors: ["config.invalid", "input.too_large"] },
  { method: "post", path: `${config}/apply`, id: "applyConfig", tag: "config", summary: "Puts a configuration in force and reconciles its alarms", scope: "admin", idempotent: true, body: { schema: ApplyBody, example: { text: yaml, by: "ada", expected: "cfg_4029e93c1049e523" } }, answer: "ConfigApplied", errors: ["config.invalid", "config.conflict", "input.too_large"] },

  { method: "get", path: keys, id: "listKeys", tag: "access", summary: "API keys, without their secrets", scope: "admin", query: KeysQuery, answer: "Keys" },
  { method: "post", path: keys, id: "createKey", tag: "access", summary: "A new API key; its text is in this answer only", scope: "admin", idempotent: true, body: { schema: CreateBody, example: { name: "ci", scope: "operate", expires: "90d" } }, status: 201, answer: "KeyCreated" },
  { method: "delete", path: `${keys}/:id`, id: "revokeKey", tag: "access", summary: "Makes a key worthless at once", scope: "admin", status: 204, errors: ["access.unknown"] },
];
