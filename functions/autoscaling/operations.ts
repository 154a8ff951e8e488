import type { Operation } from "../api/operation.ts";
import { BacktestBody, EvaluateBody, OverrideBody, PauseBody, ReasonBody } from "./routes.ts";

const scaling = "/api/v1/autoscaling";
const command = {
  scope: "operate",
  tag: "autoscaling",
  idempotent: true,
  answer: "Command",
  errors: ["service.unknown"],
} as const;
const why = "load test";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const autoscalingOperations: readonly Operation[] = [
  {
    method: "get",
    path: `${scaling}/:service`,
    id: "getAutoscaling",
    tag: "autoscaling",
    summary: "Configuration, state and alarms of a service's controller",
    scope: "read",
    answer: "Autoscaling",
    errors: ["service.unknown"],
  },
  {
    method: "get",
    path: `${scaling}/:service/forecast`,
    id: "getForecast",
    tag: "autoscaling",
    summary: "What was expected of the last six hours beside what came, and what is expected of the minutes ahead",
    scope: "read",
    answer: "Forecast",
    errors: ["service.unknown", "samples.unavailable", "objects.unavailable"],
  },
  {
    method: "post",
    path: `${scaling}/:service/evaluate`,
    id: "evaluateService",
    ...command,
    summary: "Looks at the service now and decides",
    body: { schema: EvaluateBody, example: { why: "after the deploy" } },
    answer: "Evaluation",
  },
  {
    method: "post",
    path: `${scaling}/:service/pause`,
    id: "pauseService",
    ...command,
    summary: "Stops scaling in both directions or one",
    body: { schema: PauseBody, example: { why, direction: "in", for: "2h" } },
  },
  {
    method: "post",
    path: `${scaling}/:service/resume`,
    id: "resumeService",
    ...command,
    summary: "Ends a pause",
    body: { schema: ReasonBody, example: { why: "load test is over" } },
  },
  {
    method: "post",
    path: `${scaling}/:service/override`,
    id: "overrideService",
    ...command,
    summary: "Holds a count for a time, inside min and max",
    body: { schema: OverrideBody, example: { why: "launch at noon", desired: 8, for: "1h" } },
  },
  {
    method: "post",
    path: `${scaling}/:service/clear-override`,
    id: "clearOverride",
    ...command,
    summary: "Ends an override",
    body: { schema: ReasonBody, example: { why: "launch is through" } },
  },
  {
    method: "post",
    path: `${scaling}/backtest`,
    id: "backtest",
    tag: "autoscaling",
    summary: "Scores a policy on a recorded load",
    scope: "read",
    body: {
      schema: BacktestBody,
      example: {
        trace: "timestamp,value\n1998-06-08T00:00:00Z,120\n1998-06-08T00:01:00Z,131\n",
        policy: "target-tracking-70",
      },
    },
    answer: "Backtest",
    errors: ["trace.invalid", "input.too_large"],
  },
];
