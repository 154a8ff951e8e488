import { timeId } from "../../shared/core/kernel/id.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";

/** A small decision record; `nth` tells records of one instant apart and orders them. */
export function decision(
  options: Partial<DecisionRecord> & { readonly at: number; readonly nth?: number },
): DecisionRecord {
  const { nth = 0, ...rest } = options;
  let draws = 0;
  // The last two of the sixteen random letters carry the number.
  const random = () => {
    draws += 1;
    return draws === 15 ? Math.floor(nth / 32) / 32 : draws === 16 ? (nth % 32) / 32 : 0;
  };
  return {
    v: 1,
    id: timeId("dec", Math.max(0, options.at), random),
    tenant: "default",
    noun: "autoscaling",
    subject: "orders",
    trigger: { type: "schedule" },
    mode: "act",
    configVersion: "c1",
    config: { min: 2 },
    input: { readings: {} },
    stateBefore: { v: 1 },
    reason: "within_target",
    trace: [{ kind: "computed", rule: "target", text: "Load is 50 %.", values: { load: 50 } }],
    actions: [],
    stateAfter: { v: 1 },
    outcomes: [],
    traceId: "0af7651916cd43dd8448eb211c80319c",
    ...rest,
  };
}
