import fc from "fast-check";
import type { MatchOp } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";

/** Few names and values, so that random matchers meet random alerts; among them all that needs quoting somewhere. */
const NAMES = ["a", "b", "c", "alertname", "severity", "größe", "with space", "x.y", "_"];
const VALUES = ["1", "2", "10", "foo", "foo\nbar", "FOO", "ü", 'q"q', "back\\slash", "a,b", "{x}", " sp ", "~", "'"];
const REGEXES = [
  ...["1|2", "foo.*", ".*", ".+", "", "1|", "(?i)foo", "(?s)foo.bar", "foo.bar", "^1$", "[a-z]+", "ü+", "\\d+"],
  ...[
    "(1)|2x",
    "^(?:1|2)$",
    "\\w+",
    "[^a]",
    ".",
    "\\pL+",
    "foo\\sbar",
    "a,b|{x}",
    "(?-s)foo.bar",
    "1{1,2}0?",
    "\\Q{x}\\E",
  ],
];

export interface RandomMatcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  /** How the file writes it. */
  readonly form: "quoted" | "classic" | "braces" | "old";
}

export interface RandomRoute {
  readonly receiver?: number | undefined;
  readonly groupBy?: readonly string[] | undefined;
  readonly matchers: readonly RandomMatcher[];
  readonly continue: boolean;
  readonly labels: Labels;
  readonly mute: readonly number[];
  readonly active: readonly number[];
  readonly routes: readonly RandomRoute[];
}

export interface RandomInhibit {
  readonly source: readonly RandomMatcher[];
  readonly target: readonly RandomMatcher[];
  readonly equal: readonly string[];
}

/** A routing tree, what goes with it, and alerts that are posted at once. */
export interface RandomCase {
  readonly route: RandomRoute;
  readonly inhibit: readonly RandomInhibit[];
  readonly intervals: readonly object[];
  readonly alerts: readonly Labels[];
}

const name = fc.constantFrom(...NAMES);

const matcher: fc.Arbitrary<RandomMatcher> = fc
  .record({
    name,
    op: fc.constantFrom<MatchOp>("=", "!=", "=~", "!~"),
    plain: fc.constantFrom(...VALUES, ""),
    regex: fc.constantFrom(...REGEXES),
    form: fc.constantFrom("quoted" as const, "classic" as const, "braces" as const, "old" as const),
  })
  .map(({ name: label, op, plain, regex, form }) => {
    const value = op === "=~" || op === "!~" ? regex : plain;
    // What the form cannot express is written in the one that can express all.
    const simple = /^[a-zA-Z_]\w*$/.test(label);
    const fits = form === "classic" ? simple : form === "old" ? simple && (op === "=" || op === "=~") : true;
    return { name: label, op, value, form: fits ? form : "quoted" };
  });

const groupBy = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.uniqueArray(name, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(["..."]) },
);

const routeLabels = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom("team", "tier", "note"),
      fc.constantFrom("db", "{{ .CommonLabels.a }}", "{{ .GroupLabels.b | toUpper }}!", "{{ len .Alerts }}", ""),
      { maxKeys: 2 },
    ),
  },
);

const some = (from: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.uniqueArray(from, { maxLength: 2 }) });

const { route } = fc.letrec<{ route: RandomRoute; routes: readonly RandomRoute[] }>((tie) => ({
  route: fc.record({
    receiver: fc.option(fc.nat(4), { nil: undefined }),
    groupBy,
    matchers: fc.array(matcher, { maxLength: 2 }),
    continue: fc.boolean(),
    labels: routeLabels,
    mute: some(fc.nat(3)),
    active: some(fc.nat(3)),
    routes: tie("routes"),
  }),
  routes: fc.oneof(
    { depthIdentifier: "tree", maxDepth: 3 },
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(tie("route"), { maxLength: 4, depthIdentifier: "tree" }) },
  ),
}));

const root = route.map((one) => ({
  ...one,
  receiver: one.receiver ?? 0,
  matchers: [],
  continue: false,
  mute: [],
  active: [],
}));

/** Two always hold and two never, whatever the day: the clock of both sides is the machine's. */
const interval = fc.constantFrom<object[]>(
  [{ years: ["2000:2100"] }],
  [{ years: ["1999"] }],
  [{ years: ["1999"] }, { times: [{ start_time: "00:00", end_time: "24:00" }] }],
  [{ weekdays: ["monday:saturday"] }, { weekdays: ["sunday"], location: "Pacific/Auckland" }, { weekdays: ["sunday"] }],
  [{ months: ["january:december"], days_of_month: ["1:31"] }],
  [{ days_of_month: ["-31:-1"], location: "America/New_York" }],
  [],
);

/** Labels of an alert: at least one. */
export const alertLabels: fc.Arbitrary<Labels> = fc.dictionary(name, fc.constantFrom(...VALUES), {
  minKeys: 1,
  maxKeys: 6,
  noNullPrototype: true,
});

export const randomCase = (alerts: number): fc.Arbitrary<RandomCase> =>
  fc.record({
    route: root,
    inhibit: fc.array(
      fc.record({
        source: fc.array(matcher, { minLength: 1, maxLength: 2 }),
        target: fc.array(matcher, { minLength: 1, maxLength: 2 }),
        equal: fc.uniqueArray(name, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
    intervals: fc.array(interval, { minLength: 4, maxLength: 4 }),
    alerts: fc.uniqueArray(alertLabels, {
      minLength: 1,
      maxLength: alerts,
      size: "max",
      selector: (labels) => JSON.stringify(Object.entries(labels).sort()),
    }),
  });

const quote = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** A matcher as text that every parser in question reads alike. */
export function matcherText({ name: label, op, value, form }: RandomMatcher): string {
  if (form === "classic") return `${label}${op}${quote(value)}`;
  const text = `${quote(label)}${op}${quote(value)}`;
  return form === "braces" ? `{${text},}` : text;
}

function matchersYaml(list: readonly RandomMatcher[], prefix = ""): object {
  const old = (op: MatchOp) => list.filter((one) => one.form === "old" && one.op === op);
  // The old forms are maps: of two conditions on one label the second one is written in the new form.
  const map = (op: MatchOp) => new Map(old(op).map((one) => [one.name, one.value]));
  const [equal, regex] = [map("="), map("=~")];
  const kept = (one: RandomMatcher) =>
    one.form === "old" && (one.op === "=" ? equal : regex).get(one.name) === one.value;
  const rest = list.filter((one) => !kept(one));
  return {
    ...(equal.size > 0 ? { [`${prefix}match`]: Object.fromEntries(equal) } : {}),
    ...(regex.size > 0 ? { [`${prefix}match_re`]: Object.fromEntries(regex) } : {}),
    ...(rest.length > 0 ? { [`${prefix}matchers`]: rest.map(matcherText) } : {}),
  };
}

function routeYaml(one: RandomRoute): object {
  const names = (list: readonly number[]) => list.map((index) => `i${index}`);
  return {
    ...(one.receiver === undefined ? {} : { receiver: `r${one.receiver}` }),
    ...(one.groupBy === undefined ? {} : { group_by: one.groupBy }),
    ...matchersYaml(one.matchers),
    ...(one.continue ? { continue: true } : {}),
    ...(Object.keys(one.labels).length > 0 ? { labels: one.labels } : {}),
    ...(one.mute.length > 0 ? { mute_time_intervals: names(one.mute) } : {}),
    ...(one.active.length > 0 ? { active_time_intervals: names(one.active) } : {}),
    ...(one.routes.length > 0 ? { routes: one.routes.map(routeYaml) } : {}),
  };
}

/** alertmanager.yml (JSON, which YAML reads) whose receivers send below the address, by receiver and integration. */
export function caseConfig(given: RandomCase, address: string): string {
  const webhook = (path: string) => ({ url: `${address}/${path}`, send_resolved: true });
  return JSON.stringify({
    route: { ...routeYaml(given.route), group_wait: "250ms", group_interval: "1m", repeat_interval: "1h" },
    inhibit_rules: given.inhibit.map(({ source, target, equal }) => ({
      ...matchersYaml(source, "source_"),
      ...matchersYaml(target, "target_"),
      equal,
    })),
    time_intervals: given.intervals.map((time_intervals, index) => ({ name: `i${index}`, time_intervals })),
    receivers: [0, 1, 2, 3, 4].map((index) => ({
      name: `r${index}`,
      // One of them has two integrations, one has none.
      webhook_configs: index === 4 ? [] : [webhook(`r${index}/0`), ...(index === 1 ? [webhook("r1/1")] : [])],
    })),
  });
}
