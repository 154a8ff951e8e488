import { expect, test } from "vitest";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { type Evaluate, simulateRules } from "./simulation/simulate-rules.ts";

const ONE = process.env["HEADGATE_SEED"];
/** `npm run test:peers` plays 2,000. */
const SEEDS = Number(process.env["HEADGATE_SEEDS"] ?? 100);

test(ONE
  ? `rules, seed ${ONE}`
  : `rules under bad luck, ${SEEDS} seeds: nothing fires unseen or ends untold, and every record replays`, async () => {
  const luck = new Map<string, number>();
  for (const seed of ONE ? [Number(ONE)] : Array.from({ length: SEEDS }, (_, index) => index + 1)) {
    const played = await simulateRules(seed);
    for (const [name, count] of played.luck) luck.set(name, (luck.get(name) ?? 0) + count);
    if (played.violations.length === 0) continue;
    const broken = played.violations.map((violation) => `${violation.rule}: ${violation.detail}`).join("\n  ");
    expect.fail(
      `seed ${seed} (replay it alone with HEADGATE_SEED=${seed}):\n  ${broken}${ONE ? `\n${played.log.join("\n")}` : ""}`,
    );
  }
  if (ONE) return;
  // A simulation in which nothing goes wrong proves nothing.
  for (const name of ["fired", "resolved", "configured", "no answer", "wrong answer", "receiver away"])
    expect(luck.get(name) ?? 0, name).toBeGreaterThan(SEEDS / 4);
  for (const name of ["kept_firing", "gap_left_out", "held_query_failed", "dropped", "crash after write"])
    expect(luck.get(name) ?? 0, name).toBeGreaterThan(SEEDS / 20);
}, 60_000);

/** Evaluators with a fault, and the rule that tells of it. */
const planted: readonly (readonly [what: string, evaluate: Evaluate, rule: string])[] = [
  [
    "takes no answer for an empty one",
    (runtime, request) => {
      const queries = runtime.queries?.();
      if (!queries) throw new Error("no queries");
      const nothing = { samples: [], series: [], warnings: [] };
      const deaf = {
        ...queries,
        instant: (expr: string, at: number) => queries.instant(expr, at).catch(() => nothing),
        range: (...asked: Parameters<typeof queries.range>) => queries.range(...asked).catch(() => nothing),
      };
      return evaluateRules({ ...runtime, queries: () => deaf }, request);
    },
    "nothing ends without an answer that lacks it",
  ],
  [
    "takes a rule that is back for one that was looked at all the time",
    (runtime, request) => {
      const list: typeof runtime.store.list = async (...how) => {
        const page = await runtime.store.list(...how);
        const forgetful = (state: Json): Json =>
          Object.fromEntries(Object.entries(state as Record<string, Json>).filter(([name]) => name !== "rules"));
        return { ...page, items: page.items.map((item) => ({ ...item, state: forgetful(item.state) })) };
      };
      return evaluateRules({ ...runtime, store: { ...runtime.store, list } }, request);
    },
    "nothing fires before it was seen for its time",
  ],
  [
    "does not send",
    (runtime, request) => evaluateRules({ ...runtime, alerts: { send: async () => {} } }, request),
    "what fires is sent again each minute",
  ],
];

test.each(planted)("the simulation catches an evaluator that %s", async (_, evaluate, rule) => {
  for (let seed = 1; seed <= 300; seed += 1)
    if ((await simulateRules(seed, evaluate)).violations.some((violation) => violation.rule === rule)) return;
  expect.fail("not caught");
});
