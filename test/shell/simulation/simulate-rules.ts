import { evaluateRules } from "../../../functions/monitoring/evaluate.ts";
import { settled } from "../../../functions/monitoring/evaluate-rule.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { ruleSubject } from "../../../shared/core/monitoring/rule-subject.ts";
import type { RuleState } from "../../../shared/core/monitoring/rule-types.ts";
import type { AlertingRule } from "../../../shared/core/monitoring/types.ts";
import type { HeadgateConfig } from "../../../shared/shell/config-schema.ts";
import { applyConfig } from "../../../shared/shell/config-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { memoryObjects } from "../../fakes/memory-objects.ts";
import { chaos } from "./chaos.ts";
import type { Violation } from "./check.ts";
import { checkRecord } from "./check-rules.ts";
import { CONFIGS, INTERVAL, rulesWorld } from "./rules-world.ts";
import type { Simulated } from "./simulate.ts";

const START = 1_700_000_040_000;
const TENANT = "default";
const SPAN = 5 * 60_000;
/** So long nothing goes wrong in the end: every `for` passes, and every alert is sent again. */
const CALM = 150_000;

export type Evaluate = typeof evaluateRules;

/** Bad days for the rules: evaluators that die, overlap and come late, clocks that differ, other rules in between, false answers. */
export async function simulateRules(seed: number, evaluate: Evaluate = evaluateRules): Promise<Simulated> {
  const { random, time, say, chance, store, journal, worker, go, ...odds } = chaos(seed, START);
  const world = rulesWorld(START, () => time.clock.now, { random, chance, sleep: time.sleep });
  const objects = memoryObjects({ now: () => time.clock.now });
  let applied = 0;
  const apply = async (index: number) => {
    const config = {
      version: 1,
      services: {},
      autoscaling: {},
      monitoring: CONFIGS[index],
    } as unknown as HeadgateConfig;
    const version = `c${(applied += 1)}`;
    say("config", `${index} as ${version}`);
    const runtime = { now: () => time.clock.now, store, objects } as unknown as Runtime;
    await applyConfig(runtime, TENANT, { config, version, text: `# ${version}` }, { by: "test" });
  };
  await apply(0);

  let workers = 0;
  const tick = async () => {
    const name = `w${(workers += 1)}`;
    const { runtime } = worker(name);
    // What is listed is old by the time it is looked at.
    const list: Runtime["store"]["list"] = async (...how) => {
      const page = await store.list(...how);
      await time.sleep(random() * 200);
      return page;
    };
    const queries = world.queriesFor(name);
    const asked = chance("asked for", 0.05) ? { at: Math.floor(runtime.now()) } : {};
    try {
      const evaluated = await evaluate(
        { ...runtime, store: { ...runtime.store, list }, objects, queries: () => queries, alerts: world.alerts },
        { tenant: TENANT, trigger: { type: "schedule" }, ...asked },
      );
      for (const { subject, at, instants, result, failure, error } of evaluated) {
        // What comes after a later decision had no part in it.
        const tooLate = result?.reason === "held_too_late";
        if (!error && !tooLate && (!result || settled(result))) world.survived(name, subject);
        say(
          name,
          `${subject} at ${(at - START) / 1_000}s (${instants}): ${result?.reason ?? result?.status ?? "-"} ${failure ?? ""}`,
        );
      }
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      say(name, `gives up: ${error.code}`);
    }
  };
  const outage = random() < 0.3 ? START + random() * SPAN : undefined;
  for (let at = 0; at < SPAN; at += INTERVAL) {
    if (outage !== undefined && START + at > outage && START + at < outage + 90_000) continue;
    for (let copy = random() < 0.25 ? 2 : 1; copy > 0; copy -= 1) {
      go(async () => {
        await time.sleep(at + random() * (random() < 0.2 ? 40_000 : 1_000));
        await tick();
      });
    }
  }
  if (random() < 0.6) {
    for (let change = 0; change < 3; change += 1) {
      go(async () => {
        await time.sleep(random() * SPAN);
        odds.luck.set("configured", (odds.luck.get("configured") ?? 0) + 1);
        await apply(Math.floor(random() * CONFIGS.length));
      });
    }
  }
  await time.drain();
  odds.calmDown();
  await apply(0);
  // Whoever died holds its lease for a while.
  time.clock.now += 2 * 60_000;
  const settledAt = Math.ceil(Math.max(time.clock.now, START + world.coursesMs) / INTERVAL) * INTERVAL;
  time.clock.now = settledAt;
  for (let at = 0; at <= CALM; at += INTERVAL) {
    time.clock.now = Math.max(time.clock.now, settledAt + at);
    go(tick);
    await time.drain();
  }
  if (odds.failures.length > 0) throw odds.failures[0];

  const broken: Violation[] = [];
  const breach = (rule: string, detail: string) => void broken.push({ rule, detail });
  const records = (await odds.records(TENANT)).filter(({ noun }) => noun === "monitoring");
  const begun = new Map<string, number>();
  for (const record of records.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
    broken.push(...checkRecord(world, record, begun));
  const rules = (CONFIGS[0]?.groups[0]?.rules ?? []) as readonly AlertingRule[];
  for (const { alert, expr } of rules) {
    const item = await store.load({
      tenant: TENANT,
      noun: "monitoring",
      subject: ruleSubject("rules.yml", "g", alert, 0),
    });
    if (item?.pending) breach("nothing stays pending", alert);
    const alerts = Object.values((item?.state as unknown as RuleState | undefined)?.alerts ?? {});
    for (const instance of world.instances) {
      const firing = alerts.find(({ state, labels }) => state === "firing" && labels["instance"] === instance);
      // The conditions do not change any more: the course of each ends before the calm.
      const there = world.truthOf(expr, instance, settledAt);
      if (there !== (firing !== undefined))
        breach("in the end what is there fires, and nothing else", `${alert}/${instance}`);
      const sends = world.sent.filter(
        (one) =>
          one.labels["alertname"] === alert && one.labels["instance"] === instance && one.startsAt === firing?.firedAt,
      );
      if (firing && sends.length < 2)
        breach("what fires is sent again each minute", `${alert}/${instance}: ${sends.length}`);
    }
  }
  const count = (name: string, amount: number) => odds.luck.set(name, (odds.luck.get(name) ?? 0) + amount);
  for (const reason of ["fired", "resolved", "kept_firing", "gap_left_out", "held_query_failed", "dropped"])
    count(reason, records.filter((record) => record.reason === reason).length);
  return { violations: [...odds.broken, ...broken], log: odds.log, luck: odds.luck };
}
