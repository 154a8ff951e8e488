import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import type { Operation } from "../api/operation.ts";
import { CompareBody, LabBody, TuneBody, TuningBody } from "./lab-bodies.ts";

const base = "/api/v1/autoscaling";
const tag = "autoscaling";
const play = {
  ...({ method: "post", tag, scope: "read" } as const),
  errors: ["trace.invalid", "history.short", "service.unknown", "samples.unavailable", "input.too_large"] as const,
};
const recorded: readonly ErrorCode[] = ["service.unknown", "history.short", "samples.unavailable", "input.too_large"];
const command = { method: "post", tag, scope: "operate", idempotent: true, answer: "TuningCommand" } as const;
const trace = "timestamp,value\n1998-06-08T00:00:00Z,120\n1998-06-08T00:01:00Z,131\n";

/** What tune-routes.ts beside it answers, for the OpenAPI document. */
export const tuneOperations: readonly Operation[] = [
  {
    ...play,
    path: `${base}/compare`,
    id: "comparePolicies",
    summary: "Scores several policies on the same days of a load, a trace or what was recorded of a service",
    body: { schema: CompareBody, example: { trace, policies: ["auto", "hpa-cpu70"], days: "9-14" } },
    answer: "Comparison",
  },
  {
    ...play,
    path: `${base}/tune`,
    id: "tunePolicy",
    summary: "Picks the policy that costs least on some days of a load, and scores it on others",
    body: {
      schema: TuneBody,
      example: { trace, objective: { taskHour: 0.05, violationMinute: 0.07 }, train: "3-8", score: "9-14" },
    },
    answer: "Tuned",
  },
  {
    ...play,
    path: `${base}/lab`,
    id: "playPolicy",
    summary: "Plays one policy over some days of a load: its score, and what happened over time",
    body: { schema: LabBody, example: { service: "orders", policy: { type: "predictive", thrift: 1.4 }, days: "3-5" } },
    answer: "Lab",
  },
  {
    method: "get",
    path: `${base}/:service/regret`,
    id: "getRegret",
    tag,
    scope: "read",
    summary:
      "What the policy of a service cost over its recorded load, against the best in hindsight and perfect foresight",
    answer: "Regret",
    errors: recorded,
  },
  {
    method: "get",
    path: `${base}/:service/tuning`,
    id: "getTuning",
    tag,
    scope: "read",
    summary:
      "What the policy auto of a service stands for, when it was picked and why, and when it looks again; plays nothing",
    answer: "Tuning",
    errors: ["service.unknown"],
  },
  {
    ...command,
    path: `${base}/:service/tuning/run`,
    id: "runTuning",
    summary: "Picks anew what the policy auto of a service stands for; proposed or applied as its configuration says",
    later: 202,
    errors: ["service.unknown", "samples.unavailable", "input.too_large", "timers.unavailable"],
  },
  {
    ...command,
    path: `${base}/:service/tuning/apply`,
    id: "applyTuning",
    summary: "Lets the proposed policy run",
    body: { schema: TuningBody, example: { why: "a week of proposals looked right" } },
    errors: ["service.unknown"],
  },
  {
    ...command,
    path: `${base}/:service/tuning/dismiss`,
    id: "dismissTuning",
    summary: "Leaves what runs as it is; the same is not proposed again for seven periods",
    body: { schema: TuningBody, example: { why: "the sale of last week is in it" } },
    errors: ["service.unknown"],
  },
];
