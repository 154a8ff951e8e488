import type { Operation } from "../api/operation.ts";
import {
  AdmitBody,
  BreakerWhatIfBody,
  CircuitQuery,
  CircuitsQuery,
  ForceBody,
  OutcomesBody,
  ReleaseBody,
} from "./breaker-bodies.ts";

const base = "/api/v1/breakers";
const tag = "traffic";
const act = { method: "post", tag, scope: "operate", idempotent: true } as const;
const errors = ["runtime.unsupported", "store.unavailable"] as const;

/** What breaker-routes.ts answers, for the OpenAPI document. */
export const breakerOperations: readonly Operation[] = [
  {
    method: "get",
    tag,
    scope: "read",
    path: base,
    id: "listCircuits",
    summary: "Circuits in order of their names",
    query: CircuitsQuery,
    answer: "Circuits",
    errors,
  },
  {
    method: "post",
    tag,
    scope: "read",
    path: `${base}/what-if`,
    id: "replayBreaker",
    summary: "What other rules would have done with recorded calls",
    body: {
      schema: BreakerWhatIfBody,
      example: { policies: ["consecutive"], calls: [{ at: 1_767_571_200_000, ok: false, ms: 30 }] },
    },
    answer: "BreakerWhatIf",
    errors: ["input.too_large"],
  },
  {
    method: "get",
    tag,
    scope: "read",
    path: `${base}/:circuit`,
    id: "getCircuit",
    summary: 'One circuit with its rule and its history; "/" in its name is written %2F',
    query: CircuitQuery,
    answer: "Circuit",
    errors: ["circuit.unknown", ...errors],
  },
  {
    ...act,
    path: `${base}/:circuit/force`,
    id: "forceCircuit",
    summary: "By hand, above the rule: open, closed, or disabled",
    body: { schema: ForceBody, example: { state: "open", why: "payments is being moved", for: "30m" } },
    answer: "CircuitChanged",
    errors: ["circuit.conflict", ...errors],
  },
  {
    ...act,
    path: `${base}/:circuit/release`,
    id: "releaseCircuit",
    summary: "Takes the force back: closed, and counted anew",
    body: { schema: ReleaseBody, example: { why: "moved" } },
    answer: "CircuitChanged",
    errors: ["circuit.unknown", "circuit.conflict", ...errors],
  },
  {
    ...act,
    path: `${base}/:circuit/admit`,
    id: "admitCall",
    summary: "Whether a caller may make one call; where a probe is due, this call gets its lease",
    body: { schema: AdmitBody, example: { environment: "checkout-7" } },
    answer: "Admission",
    errors,
  },
  {
    ...act,
    path: `${base}/:circuit/outcomes`,
    id: "reportOutcomes",
    summary: "How admitted calls ended",
    body: { schema: OutcomesBody, example: { epoch: 3, outcome: "failure", ms: 30 } },
    answer: "Outcomes",
    errors,
  },
];
