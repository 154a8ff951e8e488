import * as v from "valibot";
import type { Operation } from "../api/operation.ts";
import { integerText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));

export const GatesQuery = v.strictObject({
  limit: v.optional(integerText(1, 500)),
  cursor: v.optional(text(2_000)),
});

export const DoorBody = v.strictObject({
  /** `rollback`: the way back, which Flagger asks about. */
  door: v.optional(v.picklist(["gate", "rollback"]), "gate"),
  /** Needed where nobody has asked at this gate yet. */
  service: v.optional(text(200)),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
});

const base = "/api/v1/gates";
const door = (verb: "open" | "close", id: string, summary: string): Operation => ({
  method: "post",
  tag: "gates",
  scope: "operate",
  idempotent: true,
  path: `${base}/:system/:id/${verb}`,
  id,
  summary,
  body: { schema: DoorBody, example: { door: "gate", by: "ada" } },
  answer: "GateSet",
  errors: ["rollout.unknown", "service.unknown"],
});

/** What gate-routes.ts beside it answers, for the OpenAPI document. */
export const gateOperations: readonly Operation[] = [
  {
    method: "get",
    tag: "gates",
    scope: "read",
    path: base,
    id: "listGates",
    summary: "Rollouts that ECS, CodeDeploy, Flagger or Argo make and Headgate judges",
    query: GatesQuery,
    answer: "Gates",
  },
  door("open", "openGate", "Approves: the gate is open from now on"),
  door("close", "closeGate", "Closes a gate"),
  {
    method: "get",
    tag: "gates",
    scope: "admin",
    path: `${base}/hooks/:service`,
    id: "getHookTokens",
    summary: "Addresses of a service's hooks, with the token in them",
    answer: "HookTokens",
    errors: ["service.unknown"],
  },
];
