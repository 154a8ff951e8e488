import { describe, expect, it, test } from "vitest";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import { alertRule, seenOf } from "../../shared/core/monitoring/rule-machine.ts";
import { resends } from "../../shared/core/monitoring/rule-notify.ts";
import { metricRuleSubject, ruleId, ruleSubject } from "../../shared/core/monitoring/rule-subject.ts";
import type { RuleInput, RuleState } from "../../shared/core/monitoring/rule-types.ts";
import { evaluate, failed, INTERVAL, nothing, ruleConfig, ruleStory, START, vector } from "./given-rules.ts";

const a = { instance: "a", job: "kafka" };
const b = { instance: "b", job: "kafka" };
const down = vector(a);

describe("pending, firing, over", () => {
  it("is pending at first sight, and fires at the first evaluation at which `for` has passed", () => {
    const story = ruleStory(ruleConfig());
    expect(story.look(nothing).reason).toBe("quiet");
    expect(story.look(down).reason).toBe("pending");
    expect(story.look(down).reason).toBe("still_pending");
    const fired = story.look(down);
    expect(fired.reason).toBe("fired");
    expect(fired.actions).toMatchObject([
      {
        type: "notify",
        alerts: [
          {
            labels: { alertname: "KafkaDown", instance: "a", job: "kafka", severity: "critical" },
            annotations: { summary: "Kafka broker a is down", value: "0" },
            startsAt: story.at(),
            endsAt: story.at() + 4 * 60_000,
          },
        ],
      },
    ]);
    expect(story.look(down).reason).toBe("still_firing");
  });

  it("without `for` fires at first sight", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    expect(story.look(down).reason).toBe("fired");
  });

  it("forgets a pending alert that is gone, and starts anew when it comes back", () => {
    const story = ruleStory(ruleConfig());
    story.look(down);
    story.look(down);
    expect(story.look(nothing).reason).toBe("dropped");
    expect(story.look(down).reason).toBe("pending");
    expect(story.look(down).reason).toBe("still_pending");
    expect(story.look(down).reason).toBe("fired");
  });

  it("resolves a firing alert that is gone, with the end in what is sent", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    story.look(down);
    const over = story.look(nothing);
    expect(over.reason).toBe("resolved");
    expect(over.actions[0]?.alerts).toMatchObject([{ startsAt: START, endsAt: START + INTERVAL }]);
    expect(story.look(nothing).reason).toBe("quiet");
    const again = story.look(down);
    expect(again.reason).toBe("fired");
    expect(again.actions[0]?.alerts).toMatchObject([{ startsAt: story.at() }]);
  });

  it("keep_firing_for holds an alert that is gone, and a return starts it anew", () => {
    const story = ruleStory(ruleConfig({ forMs: 0, keepFiringForMs: 30_000 }));
    story.look(down);
    expect(story.look(nothing).reason).toBe("kept_firing");
    expect(story.look(nothing).reason).toBe("still_firing");
    expect(story.look(down).reason).toBe("fires_again");
    expect(story.look(nothing).reason).toBe("kept_firing");
    expect(story.look(nothing).reason).toBe("still_firing");
    expect(story.look(nothing).reason).toBe("resolved");
  });

  it("follows each label set by itself", () => {
    const story = ruleStory(ruleConfig());
    story.look(down);
    story.look(vector(a, b));
    const fired = story.look(vector(a, b));
    expect(fired.reason).toBe("fired");
    expect(fired.actions[0]?.alerts.map(({ labels }) => labels["instance"])).toEqual(["a"]);
    const both = story.look(vector(b));
    expect(both.actions[0]?.alerts.map(({ labels, endsAt }) => [labels["instance"], endsAt === story.at()])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  it("writes nothing while only the value moves, and takes the value of the transition", () => {
    const story = ruleStory(ruleConfig({ annotations: { lag: "{{ $value }}" } }));
    story.look(vector({ ...a, value: "1" }));
    const before = story.state();
    expect(story.look(vector({ ...a, value: "2" })).state).toBe(before);
    expect(story.look(vector({ ...a, value: "3" })).actions[0]?.alerts[0]?.annotations).toEqual({ lag: "3" });
  });
});

describe("labels", () => {
  it("are the series' without its name, under the rule's with templates, under alertname", () => {
    const config = ruleConfig({
      forMs: 0,
      labels: { severity: '{{ if eq $labels.instance "a" }}page{{ else }}ticket{{ end }}', job: "", alertname: "mine" },
    });
    const { actions } = ruleStory(config).look(vector(a, b));
    expect(actions[0]?.alerts.map(({ labels }) => labels)).toEqual([
      { alertname: "KafkaDown", instance: "a", severity: "page" },
      { alertname: "KafkaDown", instance: "b", severity: "ticket" },
    ]);
  });

  it("that become equal are a fault of the rule, which holds all it has", () => {
    const story = ruleStory(ruleConfig({ forMs: 0, labels: { instance: "all" } }));
    story.look(down);
    const held = story.look(vector(a, b));
    expect(held.reason).toBe("held_same_labels");
    expect(held.state.failure?.error).toContain("same labelset after applying alert labels");
    expect(story.states()).toEqual(["firing"]);
    expect(story.look(down).reason).toBe("recovered");
  });

  it("a template that fails says so in the text, and the alert is sent all the same", () => {
    const { actions } = ruleStory(ruleConfig({ forMs: 0, annotations: { who: '{{ query "up" | first }}' } })).look(
      down,
    );
    expect(actions[0]?.alerts[0]?.annotations["who"]).toContain("<error expanding template:");
  });

  it("of the whole installation are added to what is sent, where the alert has no such label", () => {
    const config = ruleConfig({ forMs: 0 }, { externalLabels: { region: "eu", severity: "none" } });
    const { actions } = ruleStory(config).look(down);
    expect(actions[0]?.alerts[0]?.labels).toMatchObject({ region: "eu", severity: "critical" });
  });
});

describe("what is not known", () => {
  it("a query without an answer holds everything, and is recorded once", () => {
    const story = ruleStory(ruleConfig());
    const { alerts } = story.look(down).state;
    const held = story.look(failed());
    expect(held.reason).toBe("held_query_failed");
    expect(held.state.alerts).toBe(alerts);
    expect(story.look(failed("another text")).state, "the same failure writes nothing").toBe(held.state);
    expect(story.states()).toEqual(["pending"]);
  });

  it("time in which nobody looked does not count towards `for`", () => {
    const story = ruleStory(ruleConfig({ forMs: 60_000 }));
    story.look(down);
    story.look(down);
    const late = story.look(down, 40);
    expect(late.reason, "ten minutes without a look neither fire").toBe("gap_left_out");
    expect(story.look(down).reason).toBe("still_pending");
    expect(story.look(down).reason).toBe("still_pending");
    expect(story.look(down).reason, "15 s before the gap, 45 s after it").toBe("fired");
  });

  it("neither does it end what fires, nor what keep_firing_for holds", () => {
    const story = ruleStory(ruleConfig({ forMs: 0, keepFiringForMs: 60_000 }));
    story.look(down);
    story.look(nothing);
    expect(story.look(nothing, 40).reason).toBe("gap_left_out");
    expect(story.states()).toEqual(["firing"]);
  });

  it("a gap is left out once, also where the caller knows less than the state", () => {
    const config = ruleConfig({ forMs: 0, keepFiringForMs: 60_000 });
    const at = (intervals: number) => START + intervals * INTERVAL;
    const looks = (...answers: readonly (readonly [number, boolean])[]): RuleInput => ({
      kind: "evaluate",
      source: "test",
      previousAt: at(0),
      evaluations: answers.map(([intervals, is]) => ({ at: at(intervals), outcome: is ? down : nothing })),
    });
    const story = ruleStory(config);
    story.step(looks([1, true], [2, true], [3, true], [4, true], [5, false]), at(5));
    // Another worker whose clock still says that the last answer was the first one.
    const late = story.step(looks([4, true], [5, false], [6, false], [7, false], [8, false], [9, false]), at(9));
    expect(late.reason, "five intervals after it was gone").toBe("resolved");
  });

  it("what a worker that stalled decided was not confirmed by those who looked in the meantime", () => {
    const at = (intervals: number) => START + intervals * INTERVAL;
    const story = ruleStory(ruleConfig());
    const stalled = story.step(evaluate(at(0), down), at(5) - 2_000);
    expect([stalled.reason, stalled.state.decidedAt]).toEqual(["pending", at(5) - 2_000]);
    // At 1 to 4 others found nothing where nothing was known, and moved the group's clock.
    const next = story.step(evaluate(at(5), down, at(4)), at(5));
    expect(next.reason, "nobody has seen it for 30 s").toBe("gap_left_out");
    expect(story.step(evaluate(at(6), down, at(5)), at(6)).reason).toBe("still_pending");
    expect(story.step(evaluate(at(7), down, at(6)), at(7)).reason).toBe("fired");
  });

  it("a catch-up goes on from what it looked at itself, however late that was", () => {
    const at = (intervals: number) => START + intervals * INTERVAL;
    const story = ruleStory(ruleConfig());
    story.step(evaluate(at(0), down), at(9));
    const looks = [1, 2].map((intervals) => ({ at: at(intervals), outcome: down }));
    const more: RuleInput = {
      kind: "evaluate",
      source: "test",
      previousAt: at(0),
      previousWhen: at(9) + 1,
      evaluations: looks,
    };
    expect(story.step(more, at(9) + 5).reason).toBe("fired");
  });

  it("a query without an answer does not close the instants before it", () => {
    const story = ruleStory(ruleConfig({ forMs: 60_000 }));
    story.look(down);
    story.look(failed(), 3);
    const at = (intervals: number) => START + intervals * INTERVAL;
    const caughtUp = story.step(
      {
        kind: "evaluate",
        source: "test",
        previousAt: START,
        evaluations: [1, 2, 3, 4].map((intervals) => ({
          at: at(intervals),
          outcome: intervals === 2 ? nothing : down,
        })),
      },
      at(4),
    );
    expect(caughtUp.reason, "gone in between, and back").toBe("pending");
    expect(Object.values(caughtUp.state.alerts)).toMatchObject([{ state: "pending", activeAt: at(3) }]);
  });

  it("labels of whatever name and size are labels: of the language's own objects, of 10 KB, right to left", () => {
    const labels = Object.fromEntries([
      ["__proto__", "p"],
      ["constructor", "c"],
      ["hasOwnProperty", "h"],
      ["rtl", "\u202eabc\u05d0"],
      ["emoji", "\u{1f600}".repeat(10)],
      ["long", "x".repeat(10_000)],
      ["lone", "\ud800"],
    ]);
    const series = { ok: true as const, samples: [{ labels: { ...labels, __name__: "up" }, value: "NaN" }] };
    const config = ruleConfig({
      forMs: 0,
      labels: Object.fromEntries([
        ["toString", "{{ $labels.constructor }}"],
        ["__proto__", "{{ .Value }}"],
      ]),
      annotations: { all: "{{ range $name, $text := $labels }}{{ $name }}={{ len $text }} {{ end }}" },
    });
    const story = ruleStory(config);
    const fired = story.look(series);
    const [alert] = fired.actions[0]?.alerts ?? [];
    expect(Object.entries(alert?.labels ?? {}).sort()).toEqual(
      Object.entries({ ...labels, toString: "c", alertname: "KafkaDown" })
        .map(([name, text]) => [name, name === "__proto__" ? "NaN" : text])
        .sort(),
    );
    expect(alert?.annotations["all"]).toContain("long=10000 ");
    expect(story.look(series).reason).toBe("still_firing");
    expect(story.look(nothing).reason).toBe("resolved");
  });

  it("one or two late ticks are no gap", () => {
    const story = ruleStory(ruleConfig());
    story.look(down);
    expect(story.look(down, 2).reason).toBe("fired");
  });

  it("where part of the answer is missing, what is absent is held", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }));
    story.look(vector(a, b));
    const partial = story.look({ ...vector(a), partial: "the window is young" } as ReturnType<typeof vector>);
    expect(partial.reason).toBe("still_firing");
    expect(story.states()).toEqual(["firing", "firing"]);
    expect(story.look(vector(a)).reason).toBe("resolved");
  });

  it("catching up on missed instants decides as punctual evaluations would have", () => {
    const config = ruleConfig();
    const at = (index: number) => START + index * INTERVAL;
    const caught = alertRule.step(
      config,
      alertRule.initial(config, START),
      {
        kind: "evaluate",
        source: "test",
        previousAt: at(0),
        evaluations: [1, 2, 3, 4].map((index) => ({ at: at(index), outcome: index < 4 ? down : nothing })),
      },
      at(4),
    );
    expect(caught.reason).toBe("resolved");
    expect(caught.actions[0]).toMatchObject({ alerts: [{ startsAt: at(3), endsAt: at(4) }] });
  });

  it("a state that a wrong clock left in the future silences nothing", () => {
    const config = ruleConfig();
    const year = 365 * 86_400_000;
    const before = alertRule.step(config, alertRule.initial(config, START), evaluate(START + year, down), START + year);
    const back = alertRule.step(config, before.state, evaluate(START, down), START);
    expect(back.reason).toBe("still_pending");
    const fired = alertRule.step(config, back.state, evaluate(START + 30_000, down, START + 15_000), START + 30_000);
    expect(fired.reason).toBe("fired");
  });

  it("an evaluation that comes after a later decision changes nothing", () => {
    const story = ruleStory(ruleConfig());
    story.look(nothing);
    story.look(down);
    const late = story.step(evaluate(START, nothing), story.at());
    expect(late.reason).toBe("held_too_late");
    expect(late.state).toBe(story.state());
  });
});

describe("bounds", () => {
  it("more alerts than the group's limit hold all, and say so", () => {
    const story = ruleStory(ruleConfig({ forMs: 0 }, { limit: 1 }));
    story.look(down);
    const held = story.look(vector(a, b));
    expect(held.reason).toBe("limit_exceeded");
    expect(held.state.failure?.error).toBe("exceeded limit of 1 with 2 alerts");
    expect(story.states()).toEqual(["firing"]);
  });

  it("an outage with more alerts than a rule can hold sends the first hundreds, and its record fits into an item", () => {
    const config = ruleConfig({ forMs: 0, annotations: { text: "x".repeat(900), "{{ nonsense": "" } });
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      instance: `host-${index}.example.org:9100`,
      job: "k",
    }));
    const before = alertRule.initial(config, START);
    const input = evaluate(START, vector(...many.slice(0, 400)));
    const step = alertRule.step(config, before, input, START);
    expect(step.reason).toBe("fired");
    const held = Object.keys((step.state as RuleState).alerts).length;
    expect(held).toBeGreaterThan(100);
    expect((step.state as RuleState).untracked).toBe(400 - held);
    const { state, actions, trace } = step;
    const bytes = canonical({
      config,
      input,
      before,
      state,
      actions,
      trace,
      again: [state, actions],
    } as unknown as Json);
    expect(bytes.length).toBeLessThan(380 * 1024);
    const next = alertRule.step(
      config,
      state,
      evaluate(START + INTERVAL, vector(...many.slice(0, 400))),
      START + INTERVAL,
    );
    expect(next.state, "the same crowd writes nothing").toBe(state);
  });

  it.each([
    ["a", "b", "C", 0, "a/b/C#0"],
    ["dir/a.yml", "g h", "Ü", 3, "dir/a.yml/g h/Ü#3"],
  ])("subject of %s, %s, %s, %d", (file, group, name, index, subject) => {
    expect(ruleSubject(file, group, name, index)).toBe(subject);
  });

  it("subjects fit into a key, however long the names are, and stay apart", () => {
    const long = "ü".repeat(1_000);
    const subjects = [0, 1, 2].map((index) => ruleSubject(long, long, long, index));
    expect(new Set(subjects).size).toBe(3);
    for (const subject of [...subjects, metricRuleSubject(long, "𝌆".repeat(500))]) {
      expect(Buffer.byteLength(subject)).toBeLessThanOrEqual(900);
      expect(subject.isWellFormed()).toBe(true);
    }
    expect(ruleId(subjects[0] ?? "")).toMatch(/^rul_[0-9a-f]{16}$/);
  });
});

describe("sending again", () => {
  const config = ruleConfig({ forMs: 0, annotations: { value: "{{ $value }}" } });
  const fired = () => {
    const story = ruleStory(config);
    story.look(down);
    return story;
  };
  const at = (index: number) => START + index * INTERVAL;

  it("what fires is sent each minute, with the values of now", () => {
    const state = fired().state();
    const seen = seenOf(config, [{ labels: a, value: "7" }], at(4));
    const times = Array.from({ length: 12 }, (_, index) => resends(config, state, at(index), at(index + 1), seen));
    expect(times.flatMap((sent, index) => (sent.length > 0 ? [index + 1] : []))).toEqual([4, 8, 12]);
    expect(times[3]).toMatchObject([{ annotations: { value: "7" }, startsAt: START, endsAt: at(4) + 4 * 60_000 }]);
  });

  it("what has ended is sent each minute for a quarter of an hour", () => {
    const story = fired();
    story.look(nothing);
    const times = Array.from({ length: 100 }, (_, index) =>
      resends(config, story.state(), at(index + 1), at(index + 2)),
    );
    expect(times.filter((sent) => sent.length > 0).length).toBe(15);
    expect(times[3]).toMatchObject([{ endsAt: at(1) }]);
  });

  it("not twice for one evaluation, and not without knowing the one before", () => {
    const state = fired().state();
    expect(resends(config, state, at(4), at(4))).toEqual([]);
    expect(resends(config, state, undefined, at(4))).toEqual([]);
  });

  test("intervals longer than a minute set the end by the interval", () => {
    const slow = ruleConfig({ forMs: 0 }, { intervalMs: 300_000 });
    const { actions } = ruleStory(slow).look(down);
    expect(actions[0]?.alerts[0]?.endsAt).toBe(START + 1_200_000);
  });
});

describe("alarms that stand for a rule", () => {
  const config = ruleConfig({ forMs: 120_000 });
  const news = (state: "ALARM" | "OK" | "INSUFFICIENT_DATA", at: number) =>
    ({
      kind: "alarm",
      alarm: { name: "headgate/prod/default/rule-1", state, at, labels: { job: "kafka" }, value: "0" },
    }) as const;

  it("ALARM fires at once, OK ends it, too little data holds", () => {
    const story = ruleStory(config);
    const fired = story.step(news("ALARM", START), START + 900);
    expect(fired.reason).toBe("fired");
    expect(fired.actions[0]?.alerts).toMatchObject([
      { labels: { alertname: "KafkaDown", job: "kafka" }, startsAt: START },
    ]);
    expect(story.step(news("INSUFFICIENT_DATA", START + 1_000), START + 1_000).reason).toBe("held_alarm_no_data");
    expect(story.states()).toEqual(["firing"]);
    expect(story.step(news("OK", START + 2_000), START + 2_000).reason).toBe("resolved");
  });

  it("the same news twice, and older news, change nothing", () => {
    const story = ruleStory(config);
    story.step(news("ALARM", START), START);
    for (const late of [news("ALARM", START), news("OK", START - 1)]) {
      const step = story.step(late, START + 5_000);
      expect(step.reason).toBe("held_too_late");
      expect(step.state).toBe(story.state());
      expect(step.actions).toEqual([]);
    }
  });
});
