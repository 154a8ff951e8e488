import type { EvaluationView } from "../functions/api/views.ts";
import type { AnomaliesView } from "../functions/api/views-anomaly.ts";
import type { NamedDetectorName, NamedOptions } from "../shared/core/anomaly/detectors.ts";
import { scoreText } from "../shared/core/anomaly/words.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { isTimezone } from "../shared/core/kernel/timezone.ts";
import { answer, client, once } from "./client.ts";
import { type Given, type Group, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { ago, facts, number, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const DETECTOR: Option = {
  name: "detector",
  value: "headgate|seed|gaussian",
  about: "which detector (default headgate)",
};
const ROLE: Option = {
  name: "role",
  value: "latency|traffic|errors|saturation",
  about: "what the values are: the seed has a rule for each, errors and saturation as fractions (default latency)",
};
const TIMEZONE: Option = { name: "timezone", value: "ZONE", about: "day and week of the values (default UTC)" };
const HELP = "headgate anomaly --help";

const ROLES = ["latency", "traffic", "errors", "saturation"] as const;

function picked<T extends string>(options: Given, name: string, allowed: readonly T[]): T | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const found = allowed.find((one) => one === given);
  if (found === undefined) throw new UsageError(`--${name} ${given} is not one of ${allowed.join(", ")}`, HELP);
  return found;
}

function detectorOptions(options: Given): { readonly name: NamedDetectorName; readonly options: NamedOptions } {
  const name = picked(options, "detector", ["headgate", "seed", "gaussian"]) ?? "headgate";
  const role = picked(options, "role", ROLES);
  const timezone = text(options, "timezone");
  if (timezone !== undefined && !isTimezone(timezone))
    throw new UsageError(`--timezone ${timezone} is no IANA zone such as Europe/Berlin`, HELP);
  return { name, options: { ...(role ? { role } : {}), ...(timezone === undefined ? {} : { timezone }) } };
}

async function detectorOf(options: Given) {
  const { name, options: given } = detectorOptions(options);
  const { createNamed } = await import("../shared/core/anomaly/detectors.ts");
  return createNamed(name, given);
}

function instantOf(options: Given, name: string): number {
  const given = text(options, name) as string;
  const at = parseInstant(given)?.at;
  if (at === undefined) throw new UsageError(`--${name} ${given} is no ISO 8601 instant and no epoch number`, HELP);
  return at;
}

export const anomaly: Group = {
  name: "anomaly",
  about: "what is unusual: score tables, services, feedback, backtest",
  verbs: [
    {
      name: "score",
      about: "Scores CSV timestamp,value row by row as it comes: timestamp,value,score. Needs no server.",
      positionals: ["[FILE]"],
      options: [DETECTOR, ROLE, TIMEZONE],
      example: "headgate anomaly score metrics.csv --detector headgate",
      run: async ({ io, positionals, options }) => {
        const detector = await detectorOf(options);
        const { scoreTable } = await import("./anomaly-score.ts");
        return scoreTable(io, positionals[0], detector);
      },
    },
    {
      name: "explain",
      about: "Why one row of a file (or one point of a service's signal) scores as it does.",
      positionals: ["FILE|SERVICE"],
      options: [
        { name: "at", value: "INSTANT", about: "which row", required: true },
        { name: "signal", value: "NAME", about: "of this signal of a service, instead of a file" },
        DETECTOR,
        ROLE,
        TIMEZONE,
      ],
      example: "headgate anomaly explain metrics.csv --at 2026-01-05T12:00:00Z",
      run: async ({ io, positionals, options }) => {
        const [what, at, signal] = [positionals[0] as string, instantOf(options, "at"), text(options, "signal")];
        const { explainPoint, explainRow } = await import("./anomaly-explain.ts");
        if (signal === undefined) await explainRow(io, what, at, await detectorOf(options));
        else await explainPoint(io, what, signal, at);
        return 0;
      },
    },
    {
      name: "nab",
      about: "Scores a detector on the Numenta Anomaly Benchmark in a folder (data/, labels/).",
      positionals: ["DIR"],
      options: [DETECTOR],
      example: "headgate anomaly nab ../NAB --detector gaussian --json",
      run: async ({ io, positionals, options }) => {
        const { name } = detectorOptions(options);
        const { runNab } = await import("./anomaly-nab.ts");
        await runNab(io, positionals[0] as string, name);
        return 0;
      },
    },
    {
      name: "backtest",
      about: "Alerts a week at each threshold on your own recorded values; needs no server.",
      options: [
        {
          name: "data",
          value: "FILE",
          about: "CSV with the columns timestamp,value; - is standard input",
          required: true,
        },
        { ...DETECTOR, value: "headgate|seed" },
        ROLE,
        TIMEZONE,
        { name: "direction", value: "both|high|low", about: "which way is bad (default both)" },
        { name: "budget", value: "N", about: "alerts a week that are wanted at the most (default 2)" },
      ],
      example: "headgate anomaly backtest --data metrics.csv --budget 1 --json",
      run: ({ io, options }) => backtest(io, options),
    },
    {
      name: "list",
      about: "Every scored service, the most unusual first.",
      example: "headgate anomaly list",
      run: async ({ io }) => {
        const view = await answer<AnomaliesView>(client(io).api.v1.anomaly.$get());
        io.document(view);
        io.line(view.state);
        if (view.items.length === 0) return 0;
        io.line();
        const rows = view.items.map((item) => [
          item.service,
          item.state,
          item.jointScore === undefined ? "?" : scoreText(item.jointScore),
          item.driver ? `${item.driver.signal} ${item.driver.movement}, ${ago(item.driver.at, view.clock.now)}` : "",
          item.signals.map((signal) => `${signal.name} ${signal.state}`).join(", "),
        ]);
        for (const line of table([["SERVICE", "STATE", "SCORE", "FIRST", "SIGNALS"], ...rows])) io.line(line);
        return 0;
      },
    },
    {
      name: "feedback",
      about: "Says that a point was fine or bad; the detector learns it.",
      positionals: ["SERVICE"],
      options: [
        { name: "signal", value: "NAME", about: "which signal", required: true },
        { name: "at", value: "INSTANT", about: "which point", required: true },
        { name: "verdict", value: "fine|bad", about: "what it was", required: true },
        { name: "why", value: "TEXT", about: "the reason, kept with the decision", required: true },
        { name: "by", value: "NAME", about: "who says so, kept with the decision" },
      ],
      example:
        'headgate anomaly feedback orders --signal latency --at 2026-01-05T12:00:00Z --verdict fine --why "load test"',
      run: async ({ io, positionals, options }) => {
        const verdict = picked(options, "verdict", ["fine", "bad"]) as "fine" | "bad";
        const [signal, by] = [text(options, "signal") as string, text(options, "by")];
        const why = (text(options, "why") ?? "").trim();
        if (why === "") throw new UsageError("--why is empty: the reason is kept with the decision", HELP);
        const json = { signal, at: instantOf(options, "at"), verdict, why, ...(by === undefined ? {} : { by }) };
        const param = { service: encodeURIComponent(positionals[0] as string) };
        const view = await answer<EvaluationView>(
          client(io).api.v1.anomaly[":service"].feedback.$post({ param, json }, once()),
        );
        io.document(view);
        io.line(
          plain(view.decision?.sentence ?? `${view.service}: ${(view.reason ?? view.status).replaceAll("_", " ")}`),
        );
        for (const result of view.results) io.line(plain(`  ${result.status}: ${result.detail}`));
        return view.status === "busy" || view.status === "conflict" ? 1 : 0;
      },
    },
  ],
};

async function backtest(io: Io, options: Given): Promise<0> {
  const detector = picked(options, "detector", ["headgate", "seed"]) ?? "headgate";
  const direction = picked(options, "direction", ["both", "high", "low"]);
  const given = text(options, "budget");
  const budget = given === undefined ? undefined : Number(given);
  if (budget !== undefined && !(given !== "" && budget >= 0 && Number.isFinite(budget)))
    throw new UsageError(`--budget ${given} is no number of alerts a week`, HELP);
  const { options: rest } = detectorOptions({ ...options, detector });
  const [{ lineBacktest }, { linesOf }] = await Promise.all([
    import("../functions/anomaly/backtest.ts"),
    import("./lines.ts"),
  ]);
  const playing = lineBacktest({
    detector,
    ...(rest.role ? { role: rest.role } : {}),
    ...(rest.timezone === undefined ? {} : { timezone: rest.timezone }),
    ...(direction ? { direction } : {}),
    ...(budget === undefined ? {} : { budget }),
  });
  const path = text(options, "data") as string;
  io.progress("playing the values …");
  for await (const lines of linesOf(io, path)) for (const line of lines) playing.push(line);
  const { warnings, ...view } = playing.view();
  io.document(view);
  for (const line of facts([
    ["detector", view.detector],
    ["points", `${view.points} (${view.learningPoints} of them while it was learning)`],
    ["weeks judged", number(view.weeks)],
    ["recommended", `${view.recommended}`],
    ["computed in", `${number(view.elapsedMs)} ms`],
  ]))
    io.line(line);
  io.line();
  const rows = view.thresholds.map((one) => [
    `${one.threshold}`,
    `${one.alerts}`,
    number(one.alertsPerWeek),
    one.recommended ? "recommended" : "",
  ]);
  for (const line of table([["THRESHOLD", "ALERTS", "A WEEK", ""], ...rows])) io.line(line);
  if (view.examples.length > 0) {
    io.line();
    io.line("the most unusual at that threshold:");
    for (const example of view.examples.slice(0, 5)) io.line(plain(`  ${stamp(example.at)}: ${example.text}`));
  }
  for (const warning of warnings) io.note(plain(`warning: ${faultText(warning, path)}`));
  return 0;
}
