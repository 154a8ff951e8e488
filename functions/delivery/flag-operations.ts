import type { Operation } from "../api/operation.ts";
import { EvaluateBody, ExposuresBody, FlagRolloutBody, KillBody, RestoreBody } from "./flag-bodies.ts";
import { OfrepBody } from "./ofrep-bodies.ts";

const base = "/api/v1/flags";
const tag = "flags";
const read = { method: "get", tag, scope: "read" } as const;
const act = {
  method: "post",
  tag,
  scope: "operate",
  idempotent: true,
  answer: "FlagChanged",
  errors: ["flag.unknown"],
} as const;
const ofrep = { tag: "ofrep", scope: "read", type: "application/json" } as const;
const context = { targetingKey: "user-17", plan: "pro" };

/** What flag-routes.ts and ofrep-routes.ts answer, for the OpenAPI document. */
export const flagOperations: readonly Operation[] = [
  { ...read, path: base, id: "listFlags", summary: "Every flag with what it serves now", answer: "Flags" },
  {
    ...read,
    path: `${base}/snapshot`,
    id: "getFlagsSnapshot",
    summary: "Everything that is needed to evaluate flags in a process; with ETag, 304 where nothing changed",
    answer: "FlagsSnapshot",
  },
  {
    method: "post",
    tag,
    scope: "flags:evaluate",
    path: `${base}/exposures`,
    id: "reportExposures",
    summary:
      "What a process has counted since its last report: variants given out, and how requests ended that had them",
    body: {
      schema: ExposuresBody,
      example: {
        source: "checkout-3f2a",
        seq: 41,
        items: [{ flag: "new-checkout", variant: "on", exposed: 120, requests: 118, errors: 1, slow: 2 }],
      },
    },
    answer: "ExposuresTaken",
    errors: ["input.too_large", "store.throttled"],
  },
  {
    ...read,
    path: `${base}/:name`,
    id: "getFlag",
    summary: "One flag: configuration, what is in force above it, its last decisions",
    answer: "Flag",
    errors: ["flag.unknown"],
  },
  {
    ...read,
    path: `${base}/:name/exposures`,
    id: "getExposures",
    summary: "What was counted of a flag's variants, in all and by interval of the last hour",
    answer: "FlagExposures",
    errors: ["flag.unknown"],
  },
  {
    method: "post",
    tag,
    scope: "read",
    path: `${base}/:name/evaluate`,
    id: "evaluateFlag",
    summary: "What a flag is for somebody, and why, rule by rule",
    body: { schema: EvaluateBody, example: { context } },
    answer: "FlagEvaluation",
    errors: ["flag.unknown"],
  },
  {
    ...act,
    path: `${base}/:name/kill`,
    id: "killFlag",
    summary: "Switches a flag off: everybody gets its off variant",
    body: { schema: KillBody, example: { why: "payments fail" } },
  },
  {
    ...act,
    path: `${base}/:name/restore`,
    id: "restoreFlag",
    summary: "Switches it on again, also above the breakers and alerts it is tied to",
    body: { schema: RestoreBody, example: { why: "fixed" } },
  },
  {
    ...act,
    path: `${base}/:name/rollout`,
    id: "setFlagRollout",
    summary: "Shares instead of the configuration's, back to them, or begin, pause and go on with its gated roll-out",
    body: { schema: FlagRolloutBody, example: { percent: 25, why: "second week" } },
  },
  {
    ...ofrep,
    method: "post",
    path: "/ofrep/v1/evaluate/flags/:key",
    id: "ofrepEvaluateFlag",
    summary: "OpenFeature's remote evaluation of one flag; errors (400, 404) carry errorCode and errorDetails",
    body: { schema: OfrepBody, example: { context } },
  },
  {
    ...ofrep,
    method: "post",
    path: "/ofrep/v1/evaluate/flags",
    id: "ofrepEvaluateFlags",
    summary: "OpenFeature's remote evaluation of every flag; with ETag, 304 where nothing changed",
    body: { schema: OfrepBody, example: { context } },
  },
  {
    ...ofrep,
    method: "get",
    path: "/ofrep/v1/configuration",
    id: "ofrepConfiguration",
    summary: "What OpenFeature's remote providers may set themselves up by",
  },
];
