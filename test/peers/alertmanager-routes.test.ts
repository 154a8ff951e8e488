import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replayAlerts } from "../../shared/core/alerting/engine.ts";
import { fingerprintOf } from "../../shared/core/alerting/fingerprint.ts";
import { compileMatchers } from "../../shared/core/alerting/matchers/match.ts";
import { compileRoutes, matchRoutes } from "../../shared/core/alerting/routes.ts";
import { readAlertmanagerFile } from "../../shared/core/alerting/settings/read.ts";
import type { AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { type Alertmanager, absent, amtool, startAlertmanager, startHeadgate } from "./alertmanager.ts";
import { caseConfig, type RandomCase, randomCase } from "./alertmanager-config.ts";
import { difference, type Observed, observe, sorted } from "./alertmanager-observe.ts";
import { cases, search } from "./seeded.ts";
import { type Recorder, startRecorder } from "./webhooks.ts";

const SKIPPED = absent();
const AT = Date.UTC(2026, 7, 22, 12);

function settingsOf(text: string): AlertmanagerSettings {
  const read = readAlertmanagerFile(JSON.parse(text), { text });
  if (!read.ok) throw new Error(`ours rejects the configuration: ${JSON.stringify(read.faults)}`);
  return read.settings;
}

/** Label sets that amtool can be told: it reads `name=value` and takes the text before the first `=` for the name. */
const sayable = (labels: Labels) =>
  Object.entries(labels).every(([name, value]) => !/["\\\n{},~!='\s]/.test(`${name}${value}`));

/**
 * Whether all releases of the line make the same of its inhibition: before 0.34.1 a source that is a target as well hid another one
 * that is not, where their equal labels agree.
 */
function settled(given: RandomCase): boolean {
  return settingsOf(caseConfig(given, "http://127.0.0.1:9")).inhibitRules.every(({ source, target, equal }) => {
    const [isSource, isTarget] = [compileMatchers(source), compileMatchers(target)];
    const kinds = new Map<string, Set<boolean>>();
    for (const labels of given.alerts.filter(isSource)) {
      const key = JSON.stringify(equal.map((name) => labels[name] ?? ""));
      kinds.set(key, (kinds.get(key) ?? new Set()).add(isTarget(labels)));
    }
    return [...kinds.values()].every(({ size }) => size < 2);
  });
}

const someCase = randomCase(20).map((given) => (settled(given) ? given : { ...given, inhibit: [] }));

let folders = 0;

/** What one Alertmanager, started for it, makes of the case. */
async function live(
  start: (given: { config: string }) => Promise<Alertmanager>,
  given: RandomCase,
  recorder: Recorder,
): Promise<Observed> {
  folders += 1;
  const prefix = `${folders}/`;
  const one = await start({ config: caseConfig(given, `${recorder.url}/${prefix.slice(0, -1)}`) });
  try {
    await one.post(given.alerts.map((labels) => ({ labels })));
    return await observe(one, recorder, prefix);
  } finally {
    await one.stop();
  }
}

/** The same by the core alone: routes by the tree, notifications by replay. */
function predicted(given: RandomCase) {
  const settings = settingsOf(caseConfig(given, "http://127.0.0.1:9"));
  const root = compileRoutes(settings.route);
  const alerts = given.alerts.map((labels) => ({
    fingerprint: fingerprintOf(labels),
    receivers: matchRoutes(root, labels).map(({ receiver }) => receiver),
  }));
  const posted = given.alerts.map((labels) => ({ labels, annotations: {} }));
  const { notifications } = replayAlerts(settings, [{ at: AT, alerts: posted }], { until: AT + 30_000 });
  const told = notifications.map(({ receiver, integration, groupKey, reason, status, alerts: list }) => ({
    to: `${receiver}/${/\[(\d+)\]/.exec(integration)?.[1]}`,
    groupKey,
    reason,
    status,
    alerts: list.map((alert) => `${alert.fingerprint} ${alert.status}`).sort(),
  }));
  return { alerts: sorted(alerts), told: sorted(told) };
}

const pick = <T extends object>(list: readonly T[], ...names: readonly string[]) =>
  sorted(list.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))));

describe.skipIf(SKIPPED !== undefined)(`routing agrees with Alertmanager${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  it("random configurations and alerts: fingerprints, receivers, group keys and notifications, by the core", async () => {
    const recorder = await startRecorder();
    let sets = 0;
    const differs = async (given: RandomCase) => {
      const real = await live(startAlertmanager, given, recorder);
      sets += given.alerts.length;
      const ours = predicted(given);
      const told = ["to", "groupKey", "reason", "status", "alerts"];
      return (
        difference("alerts", pick(real.alerts, "fingerprint", "receivers"), ours.alerts) ??
        difference("notifications", pick(real.told, ...told), ours.told)
      );
    };
    try {
      const found = await search(someCase, { count: cases(260), parallel: 6, differs });
      expect(found).toEqual([]);
      expect(sets).toBeGreaterThan(cases(260) * 5);
    } finally {
      await recorder.close();
    }
  }, 300_000);

  it("random configurations and alerts: the same by API and webhooks of our server", async () => {
    const recorder = await startRecorder();
    const differs = async (given: RandomCase) => {
      const [real, ours] = await Promise.all([
        live(startAlertmanager, given, recorder),
        live(startHeadgate, given, recorder),
      ]);
      return (
        difference("alerts", real.alerts, ours.alerts) ??
        difference("groups", real.groups, ours.groups) ??
        difference("notifications", real.told, ours.told)
      );
    };
    try {
      const found = await search(someCase, { count: cases(16), parallel: 2, differs, shrinkMs: 60_000 });
      expect(found).toEqual([]);
    } finally {
      await recorder.close();
    }
  }, 300_000);

  it("amtool config routes test names the receivers that ours names, in their order", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-routes-"));
    try {
      const file = join(folder, "case.yml");
      const seen: string[] = [];
      const differs = async (given: RandomCase) => {
        const text = caseConfig(given, "http://127.0.0.1:9");
        writeFileSync(file, text);
        const root = compileRoutes(settingsOf(text).route);
        for (const labels of given.alerts.filter(sayable).slice(0, 4)) {
          const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
          const { stdout } = amtool(["config", "routes", "test", `--config.file=${file}`, ...words]);
          const ours = matchRoutes(root, labels).map(({ receiver }) => receiver);
          seen.push(stdout.trim());
          if (stdout.trim() !== ours.join(","))
            return `amtool ${words.join(" ")}: ${stdout.trim()}, ours ${ours.join(",")}`;
        }
        return undefined;
      };
      expect(await search(someCase, { count: cases(100), parallel: 1, differs })).toEqual([]);
      expect(new Set(seen).size).toBeGreaterThan(5);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
