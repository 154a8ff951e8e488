import type { ErrorCode } from "../../shared/core/kernel/errors.ts";
import type { Operation } from "../api/operation.ts";
import { CommandBody, PlanQuery, ReleaseBody, RolloutsQuery } from "./bodies.ts";

const base = "/api/v1/delivery";
const tag = "delivery";
const read = { method: "get", tag, scope: "read" } as const;
const act = { method: "post", tag, scope: "operate", idempotent: true } as const;
const unknown: readonly ErrorCode[] = ["service.unknown"];

const command = (name: string, id: string, summary: string): Operation => ({
  ...act,
  path: `${base}/:service/${name}`,
  id,
  summary,
  body: { schema: CommandBody, example: { why: "the dashboards look well", id: "rol_01ke5q9tk0c6m1x8z4v2b7n5qd" } },
  answer: "RolloutCommanded",
  errors: ["service.unknown", "rollout.unknown", "rollout.conflict"],
});

/** What routes.ts beside it answers, for the OpenAPI document. */
export const deliveryOperations: readonly Operation[] = [
  {
    ...read,
    path: base,
    id: "listDelivery",
    summary: "Services with the rollout that is under way, or the last one",
    answer: "DeliveryServices",
  },
  {
    ...read,
    path: `${base}/:service`,
    id: "getDelivery",
    summary:
      "One service: versions as observed, shares in force, its rollout with the evidence of the gate, what may be done",
    answer: "DeliveryService",
    errors: unknown,
  },
  {
    ...read,
    path: `${base}/:service/rollouts`,
    id: "listRollouts",
    summary: "Rollouts of a service, newest first",
    query: RolloutsQuery,
    answer: "Rollouts",
    errors: unknown,
  },
  {
    ...read,
    path: `${base}/:service/plan`,
    id: "planRollout",
    summary: "What a release would go through, and what the gate could see at today's traffic",
    query: PlanQuery,
    answer: "RolloutPlan",
    errors: unknown,
  },
  {
    ...act,
    path: `${base}/:service/releases`,
    id: "releaseVersion",
    summary: "Begins to roll out a version; answers at once, and says where its progress is told",
    body: {
      schema: ReleaseBody,
      example: {
        image: "registry.example/orders:2.4.1",
        environment: { DATABASE_URL: "ssm:/orders/database" },
        resources: { memory: "1g", cpus: 1 },
        ports: ["8080"],
        strategy: "canary",
        why: "release 2.4.1",
      },
    },
    status: 202,
    answer: "ReleaseStarted",
    errors: ["rollout.conflict", "releases.unavailable", "jobs.unavailable"],
  },
  command("pause", "pauseRollout", "Nothing moves on; it is judged on, and a failure rolls back all the same"),
  command("resume", "resumeRollout", "Goes on where it was paused"),
  command("promote", "promoteRollout", "All steps at once; it is still kept and judged for the bake"),
  command("skip", "skipRolloutStep", "Ends the wait of this step"),
  command("approve", "approveRollout", "Approves the step, or the promotion, that waits for a person"),
  command("abort", "abortRollout", "Back to the version that served before"),
  command("rollback", "rollBackRollout", "The same, also while it is baking or the old version is about to go"),
];
