import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { expect, it } from "vitest";
import { BackupPlan, DestinationsSection } from "../../shared/core/backup/section.ts";
import { StreamsSection } from "../../shared/core/kernel/streams-section.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "backup-settings.md"), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| `"));
const told = (name: string) => rows.find((line) => (line.split(" | ")[0] ?? "").includes(`\`${name}\``));

interface Node {
  readonly entries?: Readonly<Record<string, Node>>;
  readonly pipe?: readonly Node[];
  readonly wrapped?: Node;
  readonly options?: readonly Node[];
  /** Of a lazy schema: without input, all it may be. */
  readonly getter?: (input: unknown) => Node;
}

/** The map a schema wants, through whatever wraps it. */
const mapOf = (node: Node): Readonly<Record<string, Node>> | undefined =>
  node.entries ??
  [node.wrapped, node.getter?.(undefined), ...(node.options ?? []), ...(node.pipe ?? [])]
    .map((one) => one && mapOf(one))
    .find((one) => one);

/** Every setting below a schema by its dotted name; what a row tells with its members stands for them. */
function settings(node: Node, path = ""): readonly string[] {
  return Object.entries(mapOf(node) ?? {}).flatMap(([key, below]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const inner = WHOLE.has(name) ? [] : settings(below, name);
    return inner.length > 0 ? inner : [name];
  });
}

/** Told in one row, with what is in them. */
const WHOLE: ReadonlySet<string> = new Set(["s3.objectLock", "kafka.tls", "kafka.sasl", "registry", "what.config.ecs"]);

it.each([
  ["a plan", settings(BackupPlan as unknown as Node).map((name) => name.replace(/^what\./, ""))],
  ["a destination", settings(DestinationsSection.value as unknown as Node)],
  ["a cluster", settings(StreamsSection.value as unknown as Node)],
])("each setting of %s has a row on its page", (_, names) => {
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => told(name) === undefined)).toEqual([]);
});

it("the page tells of no setting of a plan that is not there", () => {
  const plan = page.slice(page.indexOf("## A plan"), page.indexOf("## Destinations"));
  const names = [...plan.matchAll(/^\| ((?:`[\w.]+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name),
  );
  const known = settings(BackupPlan as unknown as Node);
  const parents = known.flatMap((name) => name.split(".").map((_, index, all) => all.slice(0, index + 1).join(".")));
  expect(names.filter((name) => ![...known, ...parents].some((one) => one === name || one === `what.${name}`))).toEqual(
    [],
  );
});

const defaults = v.parse(BackupPlan, { to: ["x"] });
it.each([
  ["every", "1h", defaults.every === 3_600_000],
  ["keep", "30d", defaults.keep.all === 30 * 86_400_000],
  ["verify", "shallow", defaults.verify === "shallow"],
  ["full", "false", defaults.full === false],
  ["workers", "4", defaults.workers === 4],
  ["deadline", "6h", defaults.deadline === 6 * 3_600_000],
  ["state", "true", defaults.what.state === true],
])("the page has the default of %s: %s", (name, value, same) => {
  expect(same).toBe(true);
  expect(told(name)?.split(" | ")[1]).toContain(`\`${value}\``);
});
