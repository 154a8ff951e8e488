import { describe, expect, test } from "vitest";
import type { Fault } from "../../../shared/core/kernel/errors.ts";
import { parseConfig } from "../../../shared/shell/config.ts";
import { alertingFrom } from "../../../shared/shell/config-alerting.ts";
import { ALERTMANAGER, ONCALL } from "./oncall-kit.ts";

const NOW = Date.UTC(2026, 0, 5);

function check(oncall: string, { alertmanager = ALERTMANAGER, alerting = "" } = {}) {
  const files = { read: (path: string) => (path === "am.yml" ? alertmanager : undefined), list: () => [] };
  const text = `version: 1\nalerting:\n  alertmanager: am.yml\n${alerting}${oncall}`;
  const parsed = parseConfig(text, { alerting: alertingFrom(files), now: NOW });
  return parsed.ok ? { faults: [], warnings: parsed.warnings } : { faults: parsed.faults, warnings: [] };
}
const short = ({ path, message, allowed = "" }: Fault): string => `${path}: ${message} (${allowed})`;
const changed = (from: string, to: string): string => {
  if (!ONCALL.includes(from)) throw new Error(`no ${from}`);
  return ONCALL.replace(from, to);
};

test("a section that is right has neither faults nor warnings", () =>
  expect(check(ONCALL)).toEqual({ faults: [], warnings: [] }));

describe("faults name place, what is wrong and what is allowed", () => {
  test.each([
    ["a zone that there is not", "zone: UTC", "zone: Europe/Atlantis", "oncall.schedules.primary.zone"],
    [
      "a rota with nobody",
      "people: [ann, bob], start",
      "people: [], start",
      "oncall.schedules.primary.layers[0].people",
    ],
    ["a turn of nothing", "turn: 1d", "turn: 0d", "oncall.schedules.primary.layers[0].turn"],
    ["a handover that is no time", '"00:00" }', '"24:30" }', "oncall.schedules.primary.layers[0].handover"],
    [
      "a start with a zone",
      '"2026-01-05", turn',
      '"2026-01-05T09:00Z", turn',
      "oncall.schedules.primary.layers[0].start",
    ],
    [
      "a person that there is not",
      "people: [ann, bob], start",
      "people: [ann, eve], start",
      "oncall.schedules.primary.layers[0].people[1]",
    ],
    ["a person named as a schedule", "people: { ann", "people: { second: {}, ann", "oncall.schedules.second"],
    [
      "a layer that ends before it begins",
      "turn: 1d",
      'turn: 1d, end: "2026-01-04"',
      "oncall.schedules.primary.layers[0].end",
    ],
    [
      "an override that ends before it begins",
      "      zone: UTC",
      '      zone: UTC\n      overrides: [{ from: "2026-01-06", to: "2026-01-06", person: ann }]',
      "oncall.schedules.primary.overrides[0].to",
    ],
    ["a receiver that there is not", "receiver: lead", "receiver: chief", "oncall.people.boss.receiver"],
    ["a level that leads nowhere", "[boss, desk]", "[boss, dsek]", "oncall.escalations.prod.levels[2].to[1]"],
    [
      "a level that leads to an escalation",
      "[boss, desk]",
      "['oncall:prod']",
      "oncall.escalations.prod.levels[2].to[0]",
    ],
    ["an escalation that a receiver is named after", "    prod:", "    stage:", "oncall.escalations"],
    ["more repeats than there may be", "repeat: 1", "repeat: 10", "oncall.escalations.prod.repeat"],
  ])("%s", (_, from, to, path) => {
    const { faults } = check(changed(from, to));
    expect(faults.map((fault) => fault.path)).toContain(path);
    // A form that is wrong says in its message what it should be.
    for (const { line, message, allowed = message } of faults)
      expect([line, allowed]).toEqual([expect.any(Number), expect.stringMatching(/ /)]);
  });

  test("somebody who is paged and has no receiver", () => {
    const alertmanager = ALERTMANAGER.replace("- name: bob\n", "- name: robert\n");
    expect(check(ONCALL, { alertmanager }).faults.map(short)).toEqual([
      "oncall.people.bob: receiver bob is not in am.yml: bob cannot be reached (a receiver of am.yml)",
    ]);
  });

  test("a rule of escalation cannot lead to people on call: it would tell nobody", () => {
    const alerting = "  escalation: [{ match: ['a=\"b\"'], after: 5m, to: 'oncall:prod' }]\n";
    expect(check(ONCALL, { alerting }).faults.map(short)).toEqual([
      "alerting.escalation[0].to: oncall:prod is an escalation of oncall, which only routes lead to (a receiver that is no escalation; what follows whom is said by the levels of oncall.escalations)",
    ]);
  });
});

describe("warnings: it works, and is probably not meant", () => {
  test.each([
    [
      "hours with nobody in the next four weeks",
      changed("      gaps: meant\n", ""),
      "oncall.schedules.second: nobody is on call from 2026-01-05T20:00Z for 2 h, from 2026-01-06T20:00Z for 2 h, from 2026-01-07T20:00Z for 2 h, and 25 more, in the next 28 d",
    ],
    [
      "overrides that overlap",
      changed(
        "      zone: UTC",
        '      zone: UTC\n      overrides: [{ from: "2026-01-06", to: "2026-01-08", person: ann }, { from: "2026-01-07", to: "2026-01-09", person: bob }]',
      ),
      "oncall.schedules.primary.overrides[1]: it overlaps with override 1, and wins as it is written later",
    ],
    [
      "an escalation that nothing leads to",
      `${ONCALL}    spare: { levels: [{ to: [ann] }] }\n`,
      "oncall.escalations.spare: nothing leads to it: am.yml has no receiver oncall:spare",
    ],
  ])("%s", (_, section, text) => {
    const { faults, warnings } = check(section);
    expect([faults, warnings.map(({ path, message }) => `${path}: ${message}`)]).toEqual([[], [text]]);
  });

  test("somebody whose receiver is of a kind that is not sent to", () => {
    const alertmanager = ALERTMANAGER.replace(
      "- name: lead\n  webhook_configs:\n  - url: http://127.0.0.1:1/lead",
      "- name: lead",
    );
    expect(check(ONCALL, { alertmanager }).warnings.map(({ path }) => path)).toEqual(["oncall.people.boss.receiver"]);
  });

  test("a receiver of an escalation that has integrations of its own", () => {
    const hook = "- name: oncall:prod\n  webhook_configs: [{ url: 'http://127.0.0.1:1/' }]\n";
    const { warnings } = check(ONCALL, { alertmanager: ALERTMANAGER.replace("- name: oncall:prod\n", hook) });
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "oncall.escalations.prod: receiver oncall:prod of am.yml has integrations, which are told beside the people on call",
    ]);
  });

  test("a route that leads to an escalation where there is no section, unless its receiver is one as any other", () => {
    expect(check("").warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "alerting.alertmanager: a route of am.yml leads to oncall:prod, which tells nobody: there is no section oncall",
    ]);
    const hook = "- name: oncall:prod\n  webhook_configs: [{ url: 'http://127.0.0.1:1/' }]\n";
    expect(check("", { alertmanager: ALERTMANAGER.replace("- name: oncall:prod\n", hook) }).warnings).toEqual([]);
  });

  test("schedules need no alertmanager.yml; escalations do", () => {
    const parsed = parseConfig(`version: 1${ONCALL}`, { now: NOW });
    expect(parsed).toMatchObject({ ok: true, warnings: [{ path: "oncall.escalations" }] });
  });
});
