import { liveWorld, type Over, type Told } from "../live-kit.ts";

const receiver = (name: string): string => `- name: ${name}\n  webhook_configs:\n  - url: http://127.0.0.1:1/${name}\n`;

/** Everything goes to an escalation; everybody has a webhook of their own. */
export const ALERTMANAGER = `
route:
  receiver: oncall:prod
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1m
  repeat_interval: 4h
receivers:
- name: oncall:prod
${["ann", "bob", "cyd", "lead", "desk"].map(receiver).join("")}`;

/** Days are UTC's: ann has the first day of the clock, bob the second one. Between 20:00 and 22:00 nobody is second. */
export const ONCALL = `
oncall:
  people: { ann: { name: Ann Example }, bob: {}, cyd: {}, boss: { receiver: lead } }
  schedules:
    primary:
      zone: UTC
      layers: [{ people: [ann, bob], start: "2026-01-05", turn: 1d, handover: "00:00" }]
    second:
      zone: Europe/Berlin
      gaps: meant
      layers: [{ people: [cyd], start: "2026-01-05", on: [{ from: "23:00", to: "21:00" }] }]
  escalations:
    prod:
      levels:
      - { to: [primary] }
      - { to: [second], after: 5m }
      - { to: [boss, desk], after: 10m }
      repeat: 1
      again: 15m
`;

/** 2026-01-05T22:13:20Z */
const START = 1_767_651_200_000;

/** Alerting with people on call, at START. */
export async function oncallWorld(over?: Over, section = ONCALL) {
  const world = liveWorld(over);
  world.clock.set(START);
  await world.apply(ALERTMANAGER, section);
  return world;
}

/** "300 cyd escalated": seconds since `start`, to whom, why. */
export const pages = (told: readonly Told[], start: number): readonly string[] =>
  told.map(({ at, receiver: to, reason }) => `${(at - start) / 1_000} ${to} ${reason}`);
