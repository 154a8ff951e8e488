import type { CanaryJudgeResult, JudgeOptions } from "../shared/core/delivery/kayenta/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Verb } from "./command.ts";
import { readText } from "./files.ts";
import { type Io, plain, table } from "./io.ts";

/** Kayenta's lists of a day's minutes for a hundred metrics are some 6 MB. */
const MOST_BYTES = 134_217_728;

function tell(io: Io, { results, groupScores, score }: CanaryJudgeResult): void {
  const rows = results.map(({ name, classification, resultMetadata, groups, classificationReason }) => {
    const ratio = resultMetadata?.ratio;
    const shown = typeof ratio === "number" ? `${Number(ratio.toPrecision(4))}` : "-";
    return [name, classification, shown, groups.join(", "), classificationReason ?? ""];
  });
  for (const line of table([["METRIC", "IS", "RATIO", "GROUPS", "WHY"], ...rows])) io.line(line);
  for (const { name, score: points } of groupScores) io.line(plain(`group ${name}: ${Number(points.toFixed(2))}`));
  const why = score.classificationReason === "" ? "" : `: ${score.classificationReason}`;
  io.line(plain(`${score.classification}, score ${score.score}${why}`));
}

/** `headgate canary judge`. */
export const canaryJudgeVerb: Verb = {
  name: "judge",
  about:
    "Kayenta's judge: a request as Kayenta sends it to a remote judge (canaryConfig, scoreThresholds, metricSetPairList) in, CanaryJudgeResult as JSON out. Exits 1 where the score is classified Fail.",
  positionals: ["[FILE]"],
  options: [
    { name: "mended", about: "with Kayenta's known faults mended, and the numbers of each test told" },
    { name: "explain", about: "the numbers of each test: shift, interval, effect, p-value" },
    { name: "table", about: "a table for people instead of JSON" },
  ],
  example: "headgate canary judge request.json",
  run: async ({ io, options, positionals }) => {
    const [{ judge }, { parseJudgeRequest }, { MENDED }] = await Promise.all([
      import("../shared/core/delivery/kayenta/judge.ts"),
      import("../shared/core/delivery/kayenta/parse.ts"),
      import("../shared/core/delivery/kayenta/options.ts"),
    ]);
    const file = positionals[0] ?? "-";
    const asked: Partial<JudgeOptions> = {
      ...(options["mended"] ? MENDED : {}),
      ...(options["explain"] ? { explain: true } : {}),
    };
    const result = judge(parseJudgeRequest(jsonOf(file, await readText(io, file, MOST_BYTES))), asked);
    io.document(result);
    if (options["table"]) tell(io, result);
    else io.line(JSON.stringify(result, null, 2));
    return result.score.classification === "Fail" ? 1 : 0;
  },
};

function jsonOf(file: string, given: string): unknown {
  try {
    return JSON.parse(given.replace(/^\uFEFF/, ""));
  } catch (error) {
    const name = file === "-" ? "standard input" : file;
    const why = error instanceof Error ? error.message : String(error);
    throw new HeadgateError("input.invalid", `${name} is no JSON: ${why}`, { cause: error });
  }
}
