import { describe, expect, it } from "vitest";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { explain, sentence } from "../../shared/core/monitoring/explain.ts";
import type { PromRuleConfig, RuleInput, RuleReason, RuleStep } from "../../shared/core/monitoring/rule-types.ts";
import { decision } from "../contract/records.ts";
import { evaluate, failed, nothing, ruleConfig, ruleStory, START, vector } from "./given-rules.ts";

const down = vector({ instance: "a", job: "kafka" });

function recordOf(
  config: PromRuleConfig,
  step: RuleStep,
  at: number,
  input: RuleInput = evaluate(at, down),
): DecisionRecord {
  return decision({
    at,
    noun: "monitoring",
    subject: config.subject,
    config: config as unknown as Json,
    input: input as unknown as Json,
    reason: step.reason,
    trace: step.trace,
    actions: step.actions,
  }) as DecisionRecord;
}

const NAME = 'KafkaDown{instance="a", job="kafka", severity="critical"}';

describe("how a rule's decisions read", () => {
  const config = ruleConfig({ keepFiringForMs: 60_000 });
  const course = (...looks: readonly Parameters<ReturnType<typeof ruleStory>["look"]>[0][]) => {
    const story = ruleStory(config);
    return looks.map((outcome) => {
      const step = story.look(outcome);
      return sentence(recordOf(config, step, story.at()));
    });
  };

  it("in one sentence each", () => {
    expect(course(down, down, down, down, nothing, down)).toEqual([
      `${NAME} is there (value 0) and fires if it stays for 30 s`,
      `${NAME} is there for 15 s of 30 s and does not fire yet`,
      `${NAME} fires (value 0): there for 30 s, asked for 30 s`,
      `${NAME} has been firing for 15 s`,
      `${NAME} is gone and keeps firing for 1 min`,
      `${NAME} is there again and fires on`,
    ]);
    expect(course(down, nothing, failed(), nothing)).toEqual([
      `${NAME} is there (value 0) and fires if it stays for 30 s`,
      `${NAME} is gone after 15 s and has not fired: asked for 30 s`,
      "KafkaDown held: no answer at 2026-01-05T00:00:30.000Z: connection refused",
      'KafkaDown answers again: up{job="kafka"} == 0 gave nothing at 2026-01-05T00:00:45.000Z (test)',
    ]);
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    story.look(down);
    const over = story.look(nothing);
    expect(sentence(recordOf(config, over, story.at()))).toBe(`${NAME} is over, after firing for 15 s`);
  });

  it("several alerts at once: the first one and how many more", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    const step = story.look(vector({ instance: "a" }, { instance: "b" }, { instance: "c" }));
    expect(sentence(recordOf(config, step, START))).toMatch(
      /^KafkaDown\{instance="a", .* fires \(value 0\) \(and 2 more\)$/,
    );
  });

  it("and line by line: expression, what was read with its age, what was sent", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    const step = story.step(evaluate(START, down), START + 4_000);
    expect(explain(recordOf(config, step, START + 4_000))).toEqual([
      `${NAME} fires (value 0)`,
      expect.stringContaining("woken by"),
      'rule: up{job="kafka"} == 0 for 30 s',
      'read: up{job="kafka"} == 0 gave one element at 2026-01-05T00:00:00.000Z, 4 s before (test)',
      `chosen by for: ${NAME} fires (value 0)`,
      `did: tell of ${NAME}, firing since 2026-01-05T00:00:00.000Z`,
      expect.stringMatching(/^did: notify \(key notify\//),
      "reason: fired",
    ]);
  });

  it("every reason has words of its own, and a record of a later version still reads", () => {
    const reasons: readonly RuleReason[] = [
      "quiet",
      "pending",
      "still_pending",
      "fired",
      "still_firing",
      "kept_firing",
      "fires_again",
      "resolved",
      "dropped",
      "gap_left_out",
      "recovered",
      "held_query_failed",
      "held_same_labels",
      "limit_exceeded",
      "more_than_held",
      "held_too_late",
      "held_alarm_no_data",
      "held_no_value",
      "held_cooldown",
      "sent_after_cooldown",
      "held_bad_input",
    ];
    const bare = (reason: string) =>
      sentence(decision({ at: START, noun: "monitoring", reason, trace: [], config: null }) as DecisionRecord);
    for (const reason of reasons) expect(bare(reason)).not.toContain(reason.replaceAll("_", " "));
    expect(bare("out_of_coffee")).toContain("out of coffee");
  });
});
