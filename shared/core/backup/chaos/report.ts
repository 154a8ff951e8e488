import { type DurationMs, formatDuration, iso, type Millis } from "../../kernel/time.ts";
import type { ChaosVerdict } from "./judge.ts";

export interface FaultOutcome {
  readonly fault: string;
  /** What was hit: pids, tasks, the line. */
  readonly targets: readonly string[];
  readonly beganAt?: Millis;
  readonly undoneAt?: Millis;
  /** What was done, and how it was undone, or why not. */
  readonly text: string;
  readonly undo: "done" | "failed" | "none";
}

/** What an experiment found; kept as JSON. */
export interface ChaosReport extends ChaosVerdict {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly hypothesis: string;
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  readonly brokenAt?: Millis;
  readonly undoneAt?: Millis;
  readonly faults: readonly FaultOutcome[];
}

const took = (ms: DurationMs | undefined): string =>
  ms === undefined ? "never" : ms === 0 ? "not needed" : formatDuration(ms);
const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");

/** The report for people. */
export function chaosMarkdown(report: ChaosReport): string {
  const { name, id, hypothesis, verdict, why, startedAt, endedAt, faults, probes, recoveryMs } = report;
  return [
    `# ${name}: ${verdict}`,
    "",
    `Hypothesis: ${hypothesis}`,
    "",
    `${why}`,
    "",
    `Run ${id}, ${iso(startedAt)} to ${iso(endedAt)}. Steady again after the first fault: ${took(recoveryMs)}.`,
    "",
    "| fault | targets | began | undone | what |",
    "|---|---|---|---|---|",
    ...faults.map(
      (one) =>
        `| ${cell(one.fault)} | ${cell(one.targets.join(", ")) || "none"} | ${one.beganAt === undefined ? "-" : iso(one.beganAt)} | ${one.undo === "done" && one.undoneAt !== undefined ? iso(one.undoneAt) : one.undo} | ${cell(one.text)} |`,
    ),
    "",
    "| probe | held | looks | failures | longest failure | steady again | last said |",
    "|---|---|---|---|---|---|---|",
    ...probes.map(
      (one) =>
        `| ${cell(one.probe)} | ${one.held ? "yes" : "no"} | ${one.looks} | ${one.failures} | ${one.failures === 0 ? "-" : formatDuration(one.longestMs)} | ${took(one.recoveryMs)} | ${cell(one.text ?? "-")} |`,
    ),
    "",
  ].join("\n");
}
