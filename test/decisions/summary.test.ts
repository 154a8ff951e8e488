import { describe, expect, it } from "vitest";
import { summaryOf } from "../../functions/decisions/summary.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";

const AT = 1_700_000_000_000;
const scale = { type: "scale", key: "scale:orders:1:3", desired: 3, expected: 2 };
const note = { type: "record_outcome", key: "note:orders:1" };
const result = (key: string, detail: string, status: "done" | "skipped" = "done") => ({ key, status, at: AT, detail });

const record = (changes: Partial<DecisionRecord>): DecisionRecord => ({
  v: 1,
  id: "dec_2",
  tenant: "default",
  noun: "autoscaling",
  subject: "orders",
  at: AT,
  trigger: { type: "schedule" },
  mode: "act",
  configVersion: "cfg_1",
  config: {},
  input: {},
  stateBefore: null,
  reason: "held_cooldown",
  trace: [],
  actions: [],
  stateAfter: null,
  outcomes: [],
  traceId: "0".repeat(32),
  ...changes,
});

const performed = (...results: readonly ReturnType<typeof result>[]) => ({
  phase: "performed" as const,
  at: AT,
  results,
  text: results.map(({ detail }) => detail).join("; "),
});

describe("the outcome in a summary", () => {
  it("is none where the decision only noted something on an earlier one", () => {
    const noted = record({
      actions: [note],
      outcomes: [performed(result(note.key, "outcome added to dec_1"))],
    });
    expect(summaryOf(noted)).not.toHaveProperty("outcome");
  });

  it("is what came of its own action, without the note that was done beside it", () => {
    const both = record({
      actions: [note, scale],
      outcomes: [performed(result(note.key, "outcome added to dec_1"), result(scale.key, "desired set from 2 to 3"))],
    });
    expect(summaryOf(both).outcome).toBe("desired set from 2 to 3");
    const refused = record({
      actions: [note, scale],
      outcomes: [performed(result(note.key, "outcome added to dec_1"), result(scale.key, "deploying", "skipped"))],
    });
    expect(summaryOf(refused).outcome).toBe("skipped: deploying");
  });

  it("is the newest one", () => {
    const seen = record({
      actions: [scale],
      outcomes: [
        performed(result(scale.key, "desired set from 2 to 3")),
        { phase: "observed", at: AT + 60_000, text: "3 of 3 ready after 57 s" },
      ],
    });
    expect(summaryOf(seen).outcome).toBe("3 of 3 ready after 57 s");
  });
});
