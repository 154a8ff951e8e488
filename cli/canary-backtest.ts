import type { BacktestSummary, Judged, Outcome } from "../shared/core/delivery/backtest/backtest.ts";
import type { GateSettings } from "../shared/core/delivery/gate/settings.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { ALPHA, badLine, EVERY, MOST_LINE, RULE, settingsOf, TICKS } from "./canary-options.ts";
import { text, type Verb } from "./command.ts";
import { type Io, table } from "./io.ts";
import { linesOf } from "./lines.ts";

const HELP = "headgate canary backtest --help";
/** Deploys shown to people; the document has them all. */
const MOST_SHOWN = 50;

interface Row extends Judged {
  readonly id: string;
  /** Under the rule that it is compared with. */
  readonly before?: Outcome;
}

async function replay(
  io: Io,
  file: string,
  settings: GateSettings,
  baseline: GateSettings | undefined,
): Promise<readonly Row[]> {
  const [{ replayDeploy }, { readDeploy, readJson }] = await Promise.all([
    import("../shared/core/delivery/backtest/backtest.ts"),
    import("../shared/core/delivery/backtest/read.ts"),
  ]);
  const rows: Row[] = [];
  let line = 0;
  for await (const lines of linesOf(io, file, MOST_LINE)) {
    for (const one of lines) {
      line += 1;
      const given = (line === 1 ? one.replace(/^\uFEFF/, "") : one).trim();
      if (given === "") continue;
      const json = readJson(given);
      if (!json.ok) throw badLine(line, json.fault);
      const deploy = readDeploy(json.value, `line ${line}`, settings.everyMs / 1_000);
      if (!deploy.ok) throw badLine(line, deploy.fault);
      const { id, bad } = deploy.value;
      rows.push({
        id,
        outcome: replayDeploy(settings, deploy.value),
        ...(baseline ? { before: replayDeploy(baseline, deploy.value) } : {}),
        ...(bad === undefined ? {} : { bad }),
      });
    }
    io.progress(`${rows.length} deploys …`);
  }
  return rows;
}

const percent = (share: number | null): string => (share === null ? "-" : `${(share * 100).toFixed(1)} %`);
const seconds = (t: number | null): string => (t === null ? "-" : `${t} s`);

function summaryRow(rule: string, told: BacktestSummary): readonly string[] {
  return [
    rule,
    `${told.deploys}`,
    `${told.failed}`,
    `${told.passed}`,
    `${told.insufficient}`,
    percent(told.falseAlarmRate),
    percent(told.missedRate),
    seconds(told.medianT),
  ];
}

function tellRows(io: Io, rows: readonly Row[]): void {
  const wanted = rows.filter(({ outcome, before }) => outcome.verdict === "fail" || before?.verdict === "fail");
  const compared = rows.some(({ before }) => before !== undefined);
  const cells = wanted
    .slice(0, MOST_SHOWN)
    .map(({ id, outcome, before, bad }) => [
      id,
      bad === undefined ? "-" : bad ? "bad" : "good",
      ...(compared ? [`${before?.verdict} ${seconds(before?.t ?? null)}`] : []),
      `${outcome.verdict} ${seconds(outcome.t)}`,
      outcome.reason,
    ]);
  if (cells.length === 0) return;
  const heads = ["DEPLOY", "MARKED", ...(compared ? ["BEFORE"] : []), "WOULD HAVE", "REASON"];
  for (const line of table([heads, ...cells])) io.line(line);
  if (wanted.length > cells.length) io.line(`and ${wanted.length - cells.length} more`);
}

/** `headgate canary backtest`. */
export const canaryBacktestVerb: Verb = {
  name: "backtest",
  about:
    "Past deploys under a rule: which ones it would have failed, when, and how often wrongly. Deploys that are not marked bad count as good.",
  options: [
    {
      name: "deploys",
      value: "FILE",
      about: 'a line a deploy: {"id","history":[…],"ticks":[…],"bad":false}; - is standard input',
      required: true,
    },
    RULE,
    { name: "baseline-rule", value: "NAME", about: "the rule it is compared with" },
    ALPHA,
    TICKS,
    EVERY,
  ],
  example: "headgate canary backtest --deploys deploys.jsonl --rule sequential --baseline-rule threshold --json",
  run: async ({ io, options }) => {
    const settings = await settingsOf(options, HELP);
    const compared = text(options, "baseline-rule");
    const baseline = compared === undefined ? undefined : await settingsOf(options, HELP, "baseline-rule");
    const rows = await replay(io, text(options, "deploys") as string, settings, baseline);
    if (rows.length === 0)
      throw new HeadgateError("input.invalid", "there was no deploy; wanted: a JSON object a line", {
        faults: [{ path: "deploys", message: "there was no deploy", allowed: "a JSON object a line" }],
      });
    const { summarise } = await import("../shared/core/delivery/backtest/backtest.ts");
    const summary = summarise(rows);
    const before = baseline && {
      rule: baseline.rule,
      summary: summarise(rows.map((row) => ({ ...row, outcome: row.before as Outcome }))),
    };
    const changed = rows.filter((row) => row.before && row.before.verdict !== row.outcome.verdict).length;
    io.document({
      rule: settings.rule,
      deploys: rows.map(({ id, outcome, before: was, bad }) => ({
        id,
        ...outcome,
        ...(bad === undefined ? {} : { bad }),
        ...(was ? { baseline: was } : {}),
      })),
      summary,
      ...(before ? { baseline: before, changed } : {}),
    });
    tellRows(io, rows);
    const heads = [
      "RULE",
      "DEPLOYS",
      "FAILED",
      "PASSED",
      "INSUFFICIENT",
      "FALSE ALARMS",
      "MISSED",
      "MEDIAN TO FAILURE",
    ];
    const told = [...(before ? [summaryRow(before.rule, before.summary)] : []), summaryRow(settings.rule, summary)];
    for (const line of table([heads, ...told])) io.line(line);
    const { unmarked } = summary.marked;
    if (unmarked > 0) io.note(`${unmarked} of ${rows.length} deploys are not marked good or bad: they count as good`);
    return 0;
  },
};
