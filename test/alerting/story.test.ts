import { describe, expect, test } from "vitest";
import { expireSilence, putSilence } from "../../functions/alerting/silence-store.ts";
import { type AlertEvent, replayAlerts } from "../../shared/core/alerting/engine.ts";
import { validatePosted } from "../../shared/core/alerting/merge.ts";
import type { AlertingConfig, AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import { iso } from "../../shared/core/kernel/time.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { configOf, liveWorld, TENANT } from "./live-kit.ts";

const S = 1_000;

/** A tree with everything in it that holds back or multiplies, drawn anew for each seed. */
function fileOf(random: () => number): string {
  const one = (...of: readonly string[]): string => of[Math.floor(random() * of.length)] as string;
  const maybe = (share: number, line: string): string => (random() < share ? line : "");
  const routes = [0, 1, 2].map(
    (index) => `  - receiver: ${one("r0", "r1", "r2")}
    matchers: [${one('severity="page"', 'cluster=~"a|b"', 'alertname!="X"', 'cluster="c"')}]
${maybe(0.5, "    continue: true\n")}${maybe(0.4, `    group_by: [${one("severity", "alertname", "'...'")}]\n`)}${maybe(0.4, `    group_wait: ${one("0s", "3s", "12s")}\n`)}${maybe(0.3, `    repeat_interval: ${one("3m", "4m30s")}\n`)}${index === 2 ? maybe(0.5, "    mute_time_intervals: [odd]\n") : ""}`,
  );
  return `global: {resolve_timeout: ${one("40s", "5m")}}
route:
  receiver: r0
  group_by: [${one("alertname", "cluster", "alertname, cluster", "")}]
  group_wait: ${one("5s", "10s")}
  group_interval: ${one("20s", "60s")}
  repeat_interval: ${one("150s", "10m")}
  routes:
${routes.join("")}inhibit_rules:
- source_matchers: [severity="page"]
  target_matchers: [severity="warn"]
  equal: [${one("cluster", "alertname", "")}]
time_intervals:
- name: odd
  time_intervals: [{times: [{start_time: '00:00', end_time: '12:00'}]}, {weekdays: ['saturday']}]
receivers:
${["r0", "r1", "r2"].map((name) => `- name: ${name}\n  webhook_configs:\n  - {url: 'http://h/', send_resolved: ${random() < 0.6}}\n${maybe(0.3, "  - {url: 'http://h/2'}\n")}`).join("")}`;
}

interface Happening {
  readonly at: number;
  readonly alerts?: readonly object[];
  readonly silence?: { readonly id: number; readonly name: string; readonly value: string; readonly forMs: number };
  readonly expire?: number;
}

/** What comes, at odd times: nothing at the very instant of a flush, where which comes first is a matter of chance. */
function happenings(random: () => number, start: number): readonly Happening[] {
  const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  let at = start;
  let silences = 0;
  return Array.from({ length: 40 }, (_, index): Happening => {
    at += 1 + Math.floor(random() * 25) * S + ((index * 37) % 900);
    const kind = random();
    if (kind < 0.12)
      return {
        at,
        silence: {
          id: silences++,
          name: one("cluster", "alertname"),
          value: one("a", "X", "b"),
          forMs: 30_011 + Math.floor(random() * 200) * S,
        },
      };
    if (kind < 0.18 && silences > 0) return { at, expire: Math.floor(random() * silences) };
    const labels = new Map<string, object>();
    for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) {
      const some = { alertname: one("X", "Y", "Z"), cluster: one("a", "b", "c"), severity: one("page", "warn") };
      const end = random();
      const times =
        end < 0.25
          ? { endsAt: iso(at) }
          : end < 0.5
            ? { startsAt: iso(at), endsAt: iso(at + 7 + Math.floor(random() * 200) * S) }
            : end < 0.6
              ? { startsAt: iso(at - Math.floor(random() * 40) * S), endsAt: iso(at + 3_600_000) }
              : {};
      labels.set(JSON.stringify(some), { labels: some, ...times });
    }
    return { at, alerts: [...labels.values()] };
  });
}

describe("what is replayed is what happened", () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    "live groups and the replay of the same events tell the same, seed %i",
    async (seed) => {
      const random = seeded(seed);
      const file = fileOf(random);
      const other = fileOf(random);
      const world = liveWorld(undefined, seed);
      await world.apply(file);
      const start = world.clock.now();
      const ids: string[] = [];
      const events: AlertEvent[] = [];
      for (const [index, { at, alerts, silence, expire }] of happenings(random, start).entries()) {
        await world.until(at);
        // Half of the worlds get another configuration on the way.
        if (index === 20 && seed % 2 === 0) {
          await world.apply(other);
          await world.reroute();
          events.push({ at, config: configOf(other).config.alerting as AlertingConfig });
          continue;
        }
        if (alerts) {
          await world.post(...alerts);
          const read = alerts.map((one) => validatePosted(one));
          events.push({ at, alerts: read.flatMap((one) => (one.ok ? [one.alert] : [])) });
        } else if (silence) {
          const { name, value, forMs } = silence;
          const posted = {
            matcherSets: [[{ name, op: "=" as const, value }]],
            startsAt: at,
            endsAt: at + forMs,
            createdBy: "",
            comment: "",
            annotations: {},
          };
          const put = await putSilence(world.runtime, TENANT, posted);
          if (!put.ok) throw new Error(put.message);
          ids.push(put.id);
          events.push({ at, silence: { ...posted, id: put.id } });
        } else if (expire !== undefined) {
          const id = ids[expire] as string;
          await expireSilence(world.runtime, TENANT, id);
          events.push({ at, expire: id });
        }
      }
      const until = (events.at(-1)?.at ?? start) + 600 * S;
      await world.until(until);
      const settings = configOf(file).config.alerting?.settings as AlertmanagerSettings;
      const replayed = replayAlerts(settings, events, { from: start, until });
      const line = (
        one: { at: number; receiver: string; groupKey: string; reason: string },
        integration: string,
        alerts: readonly { fingerprint: string; status: string }[],
      ) =>
        `${one.at - start} ${one.receiver}/${integration} ${one.groupKey} ${one.reason}: ${alerts.map(({ fingerprint, status }) => `${fingerprint} ${status}`).join(", ")}`;
      const happened = world.told.map((one) => line(one, one.integration.id, one.alerts)).sort();
      const foretold = replayed.notifications.map((one) => line(one, one.integration, one.alerts)).sort();
      expect(foretold).toEqual(happened);
      expect(happened.length).toBeGreaterThan(3);
    },
  );
});
