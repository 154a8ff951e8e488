import type * as views from "./views-gates.ts";

const now = 1_767_571_200_000;
const clock = { now, speed: 1, simulated: false };
const gate: views.GateView = {
  system: "flagger",
  id: "shop/orders",
  service: "orders",
  run: "85d557f47b",
  begunAt: now - 300_000,
  verdict: "continue",
  reason: "undecided",
  text: "nothing is shown yet",
  gate: { status: "open", by: "ada", at: now - 200_000 },
};

/** One example of each answer about gates; see examples.ts. */
export const gateExamples = {
  Gates: { clock, items: [gate] } satisfies views.GatesView,
  GateSet: { clock, ...gate } satisfies views.GateSetView,
  HookTokens: {
    clock,
    service: "orders",
    hooks: [{ system: "argo", path: "/hooks/argo/orders?token=<43 characters>" }],
  } satisfies views.HookTokensView,
};
