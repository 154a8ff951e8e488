import type { Operation } from "../api/operation.ts";
import { ListQuery, ReplayBody } from "./routes.ts";

const decisions = "/api/v1/decisions";

/** What routes.ts beside it answers, for the OpenAPI document. */
export const decisionsOperations: readonly Operation[] = [
  {
    method: "get",
    path: decisions,
    id: "listDecisions",
    tag: "decisions",
    summary: "Decisions, newest first",
    scope: "read",
    query: ListQuery,
    answer: "Decisions",
  },
  {
    method: "get",
    path: `${decisions}/:id`,
    id: "getDecision",
    tag: "decisions",
    summary: "One decision: the whole record and its why",
    scope: "read",
    answer: "DecisionDetail",
    errors: ["decision.unknown"],
  },
  {
    method: "post",
    path: `${decisions}/:id/replay`,
    id: "replayDecision",
    tag: "decisions",
    summary: "Recomputes one decision from its record",
    scope: "read",
    answer: "Replay",
    errors: ["decision.unknown"],
  },
  {
    method: "post",
    path: `${decisions}/replay`,
    id: "replayDecisions",
    tag: "decisions",
    summary: "Recomputes a page of decisions",
    scope: "read",
    body: { schema: ReplayBody, example: { noun: "autoscaling", limit: 200 } },
    answer: "Replay",
  },
  {
    method: "get",
    path: "/api/v1/events",
    id: "streamDecisions",
    tag: "decisions",
    summary: "Each decision as it is recorded (server-sent events; Last-Event-ID resumes)",
    scope: "read",
    type: "text/event-stream",
    errors: ["runtime.unsupported"],
  },
];
