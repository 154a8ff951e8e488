import type * as views from "./views-breakers.ts";

const now = 1_767_571_200_000;
const clock = { now, speed: 1, simulated: false };

const circuit: views.CircuitView = {
  circuit: "orders/10.0.1.17:8080",
  status: "open",
  admits: "no",
  epoch: 7,
  rev: 12,
  since: now - 20_000,
  openUntil: now + 40_000,
  opens: 1,
  successes: 0,
  probes: [],
  last: {
    from: "closed",
    to: "open",
    reason: "opened_consecutive",
    at: now - 20_000,
    by: "checkout-3f2a",
    values: { failures: 5, threshold: 5, openMs: 60_000, opens: 1 },
  },
  counts: {},
  updatedAt: now - 20_000,
};
const policy = { rule: "consecutive", failures: 5, recovery: 60_000, successes: 3 };

/** One example of each answer about circuits; see examples.ts. */
export const breakerExamples = {
  Circuits: { clock, items: [circuit] } satisfies views.CircuitsView,
  Circuit: {
    clock,
    ...circuit,
    policy,
    history: [
      {
        id: "dec_01ke5q9tk00000734kkm7r2c5x",
        noun: "traffic",
        subject: "circuit:orders/10.0.1.17:8080",
        at: now - 20_000,
        reason: "opened_consecutive",
        sentence: "circuit orders/10.0.1.17:8080: opened after 5 failures",
        mode: "act",
        trigger: "api",
        acted: false,
      },
    ],
  } satisfies views.CircuitDetailView,
  CircuitChanged: {
    clock,
    ...circuit,
    forced: { state: "open", by: "ada", why: "payments is being moved", at: now, until: now + 1_800_000 },
    reason: "forced_open",
    decision: "dec_01ke5q9tk00000734kkm7r2c5x",
  } satisfies views.CircuitChangedView,
  Admission: {
    clock,
    circuit: circuit.circuit,
    admitted: false,
    reason: "open",
    retryAt: now + 40_000,
    degraded: false,
  } satisfies views.AdmissionView,
  Outcomes: {
    clock,
    circuit: circuit.circuit,
    status: "open",
    epoch: 7,
    openUntil: now + 40_000,
    dropped: 0,
    degraded: false,
  } satisfies views.OutcomesView,
  BreakerWhatIf: {
    items: [
      {
        policy,
        calls: 1_000,
        failures: 120,
        admitted: 850,
        refused: 150,
        refusedGood: 48,
        refusedBad: 102,
        doomed: 18,
        openings: 3,
        openMs: 186_000,
        openShare: 0.12,
        firstOpenAt: now - 900_000,
        changes: [{ at: now - 900_000, from: "closed", to: "open", reason: "opened_consecutive" }],
      },
    ],
  } satisfies views.BreakerWhatIfView,
} as const;
