import type { RuleDetailView, RulesView } from "../functions/api/views-monitoring.ts";
import type { Fault } from "../shared/core/kernel/errors.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import type { RuleGroup } from "../shared/core/monitoring/types.ts";
import type { TestResult } from "../shared/core/monitoring/unit-test/types.ts";
import { answer, client } from "./client.ts";
import { type Group, text } from "./command.ts";
import { faultText } from "./faults.ts";
import { ago, decisionLines, facts } from "./format.ts";
import { type Io, plain, table } from "./io.ts";
import { type RuleFile, readRules } from "./rule-files.ts";
import { rulesBacktestVerb } from "./rules-backtest.ts";
import { SEMANTICS, semanticsOf } from "./semantics.ts";

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Files and those that prometheus.yml and tests among them name, each once. */
async function readAll(io: Io, files: readonly string[]): Promise<readonly RuleFile[]> {
  const read = new Map<string, RuleFile>();
  const queue = [...files];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (read.has(file)) continue;
    const one = await readRules(io, file);
    read.set(file, one);
    if (one.kind !== "rules") queue.push(...one.files);
  }
  return [...read.values()];
}

function tellFaults(io: Io, faults: readonly Fault[], kind: "fault" | "warning"): void {
  const sorted = [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  for (const { file, ...fault } of sorted)
    io.note(plain(`${kind === "warning" ? "warning: " : ""}${faultText(fault, file)}`));
}

async function check({ io, positionals }: { io: Io; positionals: readonly string[] }): Promise<0 | 2> {
  const files = await readAll(io, positionals);
  const ok = files.every((one) => one.faults.length === 0);
  io.document({
    ok,
    files: files.map((one) => ({
      file: one.file,
      kind: one.kind,
      ...(one.kind === "rules" ? { groups: one.groups.length, rules: rulesIn(one.groups) } : {}),
      ...(one.kind === "tests" ? { tests: one.tests?.tests.length ?? 0 } : {}),
      faults: one.faults,
      warnings: one.warnings,
    })),
  });
  for (const one of files) {
    tellFaults(io, one.faults, "fault");
    tellFaults(io, one.warnings, "warning");
    if (one.faults.length > 0) io.note(plain(`${one.file}: ${counted(one.faults.length, "fault")}`));
    else io.line(plain(`${one.file}: ${summary(one)}`));
  }
  return ok ? 0 : 2;
}

const rulesIn = (groups: readonly RuleGroup[]): number => groups.reduce((sum, group) => sum + group.rules.length, 0);

function summary(one: RuleFile): string {
  if (one.kind === "prometheus") return `names ${counted(one.files.length, "rule file")}`;
  if (one.kind === "tests") return counted(one.tests?.tests.length ?? 0, "test");
  return `${counted(rulesIn(one.groups), "rule")} in ${counted(one.groups.length, "group")}, no faults`;
}

interface Tested {
  readonly file: string;
  readonly results: readonly TestResult[];
}

async function test(io: Io, files: readonly string[], semantics: "v2" | "v3"): Promise<0 | 1 | 2> {
  const { runTests } = await import("../shared/core/monitoring/unit-test/run.ts");
  const tested: Tested[] = [];
  const faults: Fault[] = [];
  for (const file of files) {
    const [first, ...named] = await readAll(io, [file]);
    const wrong = [first, ...named].flatMap((one) => one?.faults ?? []);
    if (first?.kind !== "tests")
      wrong.push({ file, path: "(document)", message: "is no file of tests", allowed: "a file with tests" });
    faults.push(...wrong);
    for (const one of [first, ...named]) tellFaults(io, one?.warnings ?? [], "warning");
    if (wrong.length > 0 || first?.kind !== "tests" || !first.tests) continue;
    const groups = named.flatMap((one) => (one.kind === "rules" ? one.groups : []));
    tested.push({ file, results: runTests(first.tests, groups, { semantics }) });
  }
  const { failureLines } = await import("../shared/core/monitoring/unit-test/report.ts");
  const failed = tested.some(({ results }) => results.some((result) => !result.ok));
  io.document({
    ok: !failed && faults.length === 0,
    files: tested.map(({ file, results }) => ({ file, tests: results })),
    faults,
  });
  tellFaults(io, faults, "fault");
  for (const { file, results } of tested) {
    for (const [index, { name, failures }] of results.entries()) {
      if (failures.length === 0) continue;
      io.line(plain(`FAILED ${file}: ${name || `test ${index + 1}`}`));
      for (const line of failures.flatMap(failureLines)) io.line(plain(line));
    }
    const good = results.filter((result) => result.ok).length;
    io.line(plain(`${file}: ${good} of ${counted(results.length, "test")} came out as expected`));
  }
  return faults.length > 0 ? 2 : failed ? 1 : 0;
}

function tellRule(io: Io, { rule, group, file, alerts, history, clock }: RuleDetailView): void {
  const pairs = (given: Readonly<Record<string, string>>) =>
    Object.entries(given).map(([name, value]) => `${name}=${value}`);
  const labels = pairs(rule.labels);
  for (const line of facts([
    ["rule", rule.name],
    ["of", `${group} in ${file}`],
    ["expression", rule.expr],
    ["for", rule.forMs > 0 ? formatDuration(rule.forMs) : undefined],
    ["labels", labels.length > 0 ? labels.join(", ") : undefined],
    ["state", `${rule.state}, ${rule.firing} firing, ${rule.pending} pending`],
    ["looked at", rule.lastEvaluation === undefined ? "never" : ago(rule.lastEvaluation, clock.now)],
    ["error", rule.lastError],
  ]))
    io.line(line);
  const rows = alerts.map((alert) => [
    alert.state,
    ago(alert.resolvedAt ?? alert.firedAt ?? alert.activeAt, clock.now),
    pairs(alert.labels).join(", "),
    alert.value,
    // What whoever is paged reads first.
    alert.annotations["summary"] ?? alert.annotations["description"] ?? "",
  ]);
  if (rows.length > 0)
    for (const line of table([["STATE", "SINCE", "LABELS", "VALUE", "SUMMARY"], ...rows])) io.line(line);
  for (const line of decisionLines(history)) io.line(line);
}

export const rules: Group = {
  name: "rules",
  about: "alerting and recording rules: check, test, backtest, state",
  verbs: [
    {
      name: "check",
      about:
        "Names file, line and column of every fault of rule files (those that prometheus.yml names as well); needs no server. Exits 2 if there is any.",
      positionals: ["FILE..."],
      example: "headgate rules check examples/rules/platform.yml",
      run: ({ io, positionals }) => check({ io, positionals }),
    },
    {
      name: "test",
      about: "Runs unit tests of rules in promtool's format; needs no server. Exits 1 if one fails.",
      positionals: ["FILE..."],
      options: [SEMANTICS],
      example: "headgate rules test examples/rules/platform.test.yml",
      run: ({ io, positionals, options }) =>
        test(io, positionals, semanticsOf(text(options, "semantics"), "headgate rules test --help")),
    },
    rulesBacktestVerb,
    {
      name: "list",
      about: "Every rule with its state, and how many alerts fire.",
      example: "headgate rules list",
      run: async ({ io }) => {
        const view = await answer<RulesView>(client(io).api.v1.monitoring.rules.$get());
        io.document(view);
        const rows = view.groups.flatMap((group) =>
          group.rules.map((rule) => [
            rule.id,
            rule.name,
            group.name,
            rule.state,
            `${rule.firing}`,
            `${rule.pending}`,
            rule.health === "err" ? (rule.lastError ?? "error") : rule.health,
          ]),
        );
        if (rows.length === 0) io.line("no rules");
        else
          for (const line of table([["ID", "RULE", "GROUP", "STATE", "FIRING", "PENDING", "HEALTH"], ...rows]))
            io.line(line);
        return 0;
      },
    },
    {
      name: "show",
      about: "One rule with its alerts and its history.",
      positionals: ["ID"],
      example: "headgate rules show a1b2c3",
      run: async ({ io, positionals }) => {
        const param = { rule: encodeURIComponent(positionals[0] as string) };
        const view = await answer<RuleDetailView>(client(io).api.v1.monitoring.rules[":rule"].$get({ param }));
        io.document(view);
        tellRule(io, view);
        return 0;
      },
    },
  ],
};
