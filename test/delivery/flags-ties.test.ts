import { expect, test } from "vitest";
import { sweepFlags } from "../../functions/delivery/flags-sweep.ts";
import { isTrouble, type TieLook, tiesOf } from "../../functions/delivery/flags-ties.ts";
import { flagsView } from "../../functions/delivery/flags-views.ts";
import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import { liveWorld, SIMPLE, TENANT } from "../alerting/live-kit.ts";

const MINUTE = 60_000;
const FLAGS = `flags:
  byName: { default: on, variants: { on: true, off: false }, killWhen: { alerts: [HighErrors], hold: 0s } }
  byLabels: { default: on, killWhen: { alerts: [{ alertname: HighErrors, service: orders }], hold: 0s } }
  other: { default: on, killWhen: { alerts: [{ alertname: HighErrors, service: search }], hold: 0s } }
`;

test("an alert that fires switches off the flags that are tied to it, and they are back when it is over", async () => {
  const w = liveWorld(() => ({}));
  await w.apply(SIMPLE, FLAGS);
  const statuses = async () => {
    await sweepFlags(w.runtime, TENANT);
    const { items } = await flagsView(w.runtime, TENANT);
    return Object.fromEntries(items.map(({ name, status }) => [name, status]));
  };
  expect(await statuses()).toEqual({ byLabels: "on", byName: "on", other: "on" });
  const labels = { alertname: "HighErrors", service: "orders" };
  const at = (offset: number) => new Date(w.clock.now() + offset).toISOString();
  await w.post({ labels, startsAt: at(-MINUTE), endsAt: at(60 * MINUTE) });
  expect(await statuses()).toEqual({ byLabels: "tied", byName: "tied", other: "on" });
  w.clock.advance(MINUTE);
  await w.post({ labels, startsAt: at(-2 * MINUTE), endsAt: at(-1) });
  expect(await statuses()).toEqual({ byLabels: "on", byName: "on", other: "on" });
});

test("where nobody knows of alerts, and where circuits cannot be read, nothing is taken for well or for trouble", async () => {
  const look: TieLook = {
    openCircuits: async (name) => {
      if (name === "down") throw new Error("throttled");
      return [name];
    },
    alerts: async () => {
      throw new Error("no section");
    },
  };
  expect(await tiesOf(look, { breakers: ["down", "payments"], alerts: [{ alertname: "X" }], hold: 0 })).toEqual({
    kind: "flag_ties",
    causes: ["circuit payments is open"],
    unknown: ["circuit down cannot be read: throttled", "alerts cannot be read: no section"],
  });
});

test("of many causes a record names some and counts the rest", async () => {
  const look: TieLook = {
    openCircuits: async () => Array.from({ length: 9 }, (_, index) => `c${index}`),
    alerts: async () => [],
  };
  const { causes } = await tiesOf(look, { breakers: ["c*"], alerts: [], hold: 0 });
  expect(causes).toHaveLength(6);
  expect(causes.at(-1)).toBe("and 4 more");
});

const circuit = (over: Partial<Circuit>): Circuit => ({
  v: 1,
  status: "closed",
  epoch: 1,
  rev: 1,
  since: 0,
  opens: 0,
  probes: [],
  successes: 0,
  ...over,
});
const forced = (state: "open" | "closed" | "disabled", until?: number): NonNullable<Circuit["forced"]> => ({
  state,
  by: "ada",
  why: "x",
  at: 0,
  ...(until === undefined ? {} : { until }),
});
test.each([
  ["closed", circuit({}), false],
  ["open", circuit({ status: "open", openUntil: 200 }), true],
  // A flag that is off sends no calls: nobody would ever probe if this were trouble.
  ["open, and a probe is due", circuit({ status: "open", openUntil: 100 }), false],
  ["half open", circuit({ status: "half_open" }), false],
  ["forced open", circuit({ forced: forced("open") }), true],
  ["forced open until a while ago", circuit({ forced: forced("open", 50) }), false],
  ["open, forced closed", circuit({ status: "open", openUntil: 200, forced: forced("closed") }), false],
])("a circuit that is %s", (_, one, trouble) => {
  expect(isTrouble({ circuit: one }, 100)).toBe(trouble);
});
