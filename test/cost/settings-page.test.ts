import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { expect, it } from "vitest";
import { CostSection } from "../../shared/core/cost/section.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cost-settings.md"), "utf8");

interface Node {
  readonly entries?: Readonly<Record<string, Node>>;
  readonly pipe?: readonly Node[];
  readonly wrapped?: Node;
  readonly options?: readonly Node[];
  readonly value?: Node;
  readonly item?: Node;
  /** Of a lazy schema: what it is for an input. */
  readonly getter?: (input: unknown) => Node;
}

const inside = (node: Node, find: (one: Node) => Node | undefined): Node | undefined =>
  find(node) ??
  [node.wrapped, node.getter?.({}), ...(node.options ?? []), ...(node.pipe ?? [])]
    .map((one) => one && inside(one, find))
    .find((one) => one);
const mapOf = (node: Node) => inside(node, (one) => (one.entries ? one : undefined))?.entries;

/** Every setting below a schema by its dotted name; a map with maps in it stands for itself. */
function settings(node: Node | undefined, path = ""): readonly string[] {
  return Object.entries((node && mapOf(node)) ?? {}).flatMap(([key, below]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const inner = settings(below, name);
    return inner.length > 0 ? inner : [name];
  });
}

const section = CostSection as unknown as Node;
const member = (name: string): Node => section.entries?.[name] as Node;
const entryOf = (node: Node): Node => inside(node, (one) => (one.value ? one : undefined))?.value as Node;
const source = inside(member("sources"), (one) => (one.item ? one : undefined))?.item as Node;
const sourceOf = (entry: object) => settings(source.getter?.(entry));
const ONE = {
  costExplorer: { costExplorer: {} },
  prices: { prices: "list" },
  sample: { sample: {} },
  cur: { cur: "x" },
  focus: { focus: "x" },
};

/** Names of the first cells of a part of the page. */
const rows = (from: string, to?: string) => {
  const start = page.indexOf(from);
  const part = page.slice(start, to === undefined ? undefined : page.indexOf(to, start + 1));
  return [...part.matchAll(/^\| ((?:`[\w.]+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name),
  );
};

it.each<[string, readonly string[], readonly string[]]>([
  [
    "the section",
    settings(section),
    rows("## The section", "## Sources").concat(rows("## Tenants", "## Budgets"), rows("## Retention", "## Reports")),
  ],
  ["a source", [...new Set(Object.values(ONE).flatMap(sourceOf))], rows("## Sources", "## Tenants")],
  ["a budget", settings(entryOf(member("budgets"))), rows("## Budgets", "## Retention")],
  ["a report", settings(entryOf(member("reports"))), rows("## Reports")],
])("each setting of %s has a row on its page, and no row is of none", (_, known, told) => {
  expect(known.length).toBeGreaterThan(4);
  expect(known.filter((name) => !told.includes(name))).toEqual([]);
  const parents = known.flatMap((name) => name.split(".").map((__, index, all) => all.slice(0, index + 1).join(".")));
  expect(told.filter((name) => !parents.includes(name))).toEqual([]);
});

const read = v.parse(CostSection, {
  retention: {},
  rightsizing: {},
  budgets: { b: { amount: "1" } },
  reports: { r: { every: "daily" } },
  sources: [{ costExplorer: {} }, { sample: {} }],
});
const told = (name: string, after = "") =>
  page
    .slice(page.indexOf(after))
    .split("\n")
    .find((line) => (line.split(" | ")[0] ?? "").includes(`\`${name}\``))
    ?.split(" | ")[1];
it.each<[string, string, unknown]>([
  ["currency", "", read.currency],
  ["basis", "", read.basis],
  ["schedule", "", read.schedule],
  ["minimumSamples", "", read.minimumSamples],
  ["anomalies.minimum", "", read.anomalies.minimum],
  ["allocation.shared", "", read.allocation.shared],
  ["allocation.idle", "", read.allocation.idle],
  ["retention.safety", "", read.retention?.safety],
  ["retention.threshold", "", read.retention?.threshold],
  ["retention.mode", "", read.retention?.mode],
  ["rightsizing.headroom", "", read.rightsizing?.headroom],
  ["rightsizing.percentile", "", read.rightsizing?.percentile],
  ["rightsizing.minimumSamples", "", read.rightsizing?.minimumSamples],
  ["alertAt", "## Budgets", "[80, 100]"],
  ["at", "## Reports", read.reports["r"]?.at],
  ["athena.table", "", "cost_export"],
  ["costExplorer.openDays", "", (read.sources[0] as { costExplorer: { openDays: number } }).costExplorer.openDays],
])("the page has the default of %s", (name, after, value) => {
  expect(told(name, after)).toContain(String(value));
});
