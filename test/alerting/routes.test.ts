import { describe, expect, it } from "vitest";
import {
  type CompiledRoute,
  compileRoutes,
  groupIdentityOf,
  groupLabelsOf,
  matchRoutes,
} from "../../shared/core/alerting/routes.ts";
import type { RouteSpec } from "../../shared/core/alerting/types.ts";
import { settingsOf } from "./settings-kit.ts";

/** A tree from the lines below `route:`; receivers a to f and the intervals w and o are there. */
function tree(lines: string): CompiledRoute {
  const receivers = "abcdef".split("").map((name) => `- name: ${name}`);
  const text = `route:\n${lines.replace(/^/gm, "  ")}\nreceivers:\n${receivers.join("\n")}\ntime_intervals: [{name: w}, {name: o}]\n`;
  return compileRoutes(settingsOf(text).route);
}

const receiversOf = (root: CompiledRoute, labels: Record<string, string>): readonly string[] =>
  matchRoutes(root, labels).map(({ receiver }) => receiver);

describe("which routes an alert takes", () => {
  const root = tree(`
receiver: a
routes:
- receiver: b
  matchers: [severity="page"]
  continue: true
  routes:
  - {receiver: c, matchers: [team="x"]}
- receiver: d
  matchers: [severity=~"page|warn"]
- receiver: e
  matchers: [team="x"]`);

  it.each([
    [{}, ["a"]],
    [{ severity: "page" }, ["b", "d"]],
    [{ severity: "warn", team: "x" }, ["d"]],
    [{ team: "x" }, ["e"]],
  ])("%j: %j", (labels, expected) => {
    expect(receiversOf(root, labels)).toEqual(expected);
  });

  it("a child that matches hides its parent even where it says continue", () => {
    expect(receiversOf(root, { severity: "page", team: "x" })).toEqual(["c", "d"]);
    const only = tree('receiver: a\nroutes:\n- {receiver: b, matchers: [x="1"], continue: true}');
    expect(receiversOf(only, { x: "1" })).toEqual(["b"]);
  });

  it("keeps the order of siblings whichever label they ask for", () => {
    const mixed = tree(`
receiver: a
routes:
- {receiver: b, matchers: [x=~".+"], continue: true}
- {receiver: c, matchers: [y="1"], continue: true}
- {receiver: d, matchers: [x="1"], continue: true}
- {receiver: e, matchers: [z=""], continue: true}
- {receiver: f, matchers: [y="1", x="2"], continue: true}`);
    expect(receiversOf(mixed, { x: "1", y: "1" })).toEqual(["b", "c", "d", "e"]);
    expect(receiversOf(mixed, { x: "2", y: "1", z: "3" })).toEqual(["b", "c", "f"]);
  });
});

describe("what a route inherits", () => {
  const first = (lines: string): CompiledRoute => tree(lines).routes[0] as CompiledRoute;

  it("has upstream's defaults", () => {
    const { groupBy, groupByAll, groupWaitMs, groupIntervalMs, repeatIntervalMs } = tree("receiver: a");
    expect({ groupBy, groupByAll, groupWaitMs, groupIntervalMs, repeatIntervalMs }).toEqual({
      groupBy: [],
      groupByAll: false,
      groupWaitMs: 30_000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 14_400_000,
    });
  });

  it("takes times, receiver and labels from above, the child's labels first", () => {
    const child = first(
      "receiver: a\ngroup_wait: 0s\nrepeat_interval: 1d\nlabels: {t: x, u: 1}\nroutes: [{labels: {t: y}}]",
    );
    expect(child).toMatchObject({
      receiver: "a",
      groupWaitMs: 0,
      repeatIntervalMs: 86_400_000,
      labels: { t: "y", u: "1" },
    });
  });

  it("does not take intervals from above", () => {
    const root = tree(
      "receiver: a\nroutes:\n- mute_time_intervals: [w]\n  active_time_intervals: [o]\n  routes: [{receiver: b}]",
    );
    const parent = root.routes[0] as CompiledRoute;
    expect([parent.muteTimeIntervals, parent.activeTimeIntervals]).toEqual([["w"], ["o"]]);
    expect([parent.routes[0]?.muteTimeIntervals, parent.routes[0]?.activeTimeIntervals]).toEqual([[], []]);
  });

  it.each([
    ["an omitted group_by is inherited", "group_by: [x]", "receiver: b", ["x"], false],
    ["an empty group_by is not", "group_by: [x]", "group_by: []", [], false],
    ["null is an omitted one", "group_by: [x]", "group_by: null", ["x"], false],
    ["... is inherited", "group_by: ['...']", "receiver: b", [], true],
    ["a list turns ... off", "group_by: ['...']", "group_by: [y]", ["y"], false],
    ["an empty list turns ... off", "group_by: ['...']", "group_by: []", [], false],
    ["... replaces a list", "group_by: [x]", "group_by: ['...']", ["x"], true],
  ])("%s", (_what, above, below, groupBy, groupByAll) => {
    expect(first(`receiver: a\n${above}\nroutes: [{${below}}]`)).toMatchObject({ groupBy, groupByAll });
  });
});

describe("keys", () => {
  const root = tree(`
receiver: a
group_by: [alertname, zone]
routes:
- match: {severity: 1, b: yes}
  match_re: {svc: "x|y"}
  matchers: ['c!="d"', '"é f"=~"g"']
  routes:
  - matchers: [c="d"]
  - matchers: [c="d"]`);
  const node = root.routes[0] as CompiledRoute;

  it("are the sorted matchers from the root down; match_re keeps its anchors", () => {
    expect(root.key).toBe("{}");
    expect(node.key).toBe('{}/{b="yes",c!="d",severity="1",svc=~"^(?:x|y)$","é f"=~"g"}');
    expect(node.routes[1]?.key).toBe(`${node.key}/{c="d"}`);
  });

  it("two routes of one key have their own ids", () => {
    expect(node.routes[0]?.key).toBe(node.routes[1]?.key);
    expect(node.routes[1]?.id).toBe(`${node.id}/{c="d"}/1`);
    expect(new Set([root, node, ...node.routes].map(({ id }) => id)).size).toBe(4);
  });

  it("numbers children before their parent", () => {
    expect([root.index, node.index, ...node.routes.map(({ index }) => index)]).toEqual([3, 2, 0, 1]);
  });

  it("a group's key has the labels it has, sorted, absent ones left out", () => {
    const labels = { zone: 'a"b', alertname: "Down", x: "y" };
    expect(groupIdentityOf(root, labels)).toEqual({
      groupKey: '{}:{alertname="Down", zone="a\\"b"}',
      routeId: "{}",
      receiver: "a",
      labels: { alertname: "Down", zone: 'a"b' },
    });
    expect(groupIdentityOf(root, { x: "y" }).groupKey).toBe("{}:{}");
  });

  it("... groups by all labels", () => {
    const all = tree("receiver: a\ngroup_by: ['...']");
    expect(groupLabelsOf(all, { b: "1", a: "2" })).toEqual({ b: "1", a: "2" });
  });
});

describe("at size", () => {
  it("compiles 1,000 routes and matches 10,000 alerts within 1.5 s", () => {
    const route = (index: number): RouteSpec => ({
      receiver: `r${index}`,
      matchers: [
        {
          name: "service",
          op: index % 10 === 0 ? "=~" : "=",
          value: index % 10 === 0 ? `svc-${index}-.*` : `svc-${index}`,
        },
        { name: "severity", op: "!=", value: "none" },
      ],
      continue: index % 50 === 0,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      labels: {},
      routes: [],
    });
    const spec: RouteSpec = {
      ...route(1),
      receiver: "root",
      matchers: [],
      routes: Array.from({ length: 999 }, (_, index) => route(index)),
    };
    const alerts = Array.from({ length: 10_000 }, (_, index) => ({
      alertname: `a${index % 300}`,
      service: `svc-${index % 1_200}`,
      severity: "page",
      instance: `i${index}`,
    }));
    const started = performance.now();
    const root = compileRoutes(spec);
    const found = alerts.reduce((sum, labels) => sum + matchRoutes(root, labels).length, 0);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(found).toBe(10_000);
  });
});
