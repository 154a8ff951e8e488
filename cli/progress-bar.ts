import { formatDuration } from "../shared/core/kernel/time.ts";
import { bytesText } from "./bytes.ts";
import type { Io } from "./io.ts";

export interface Progress {
  /** What is being done: "copying", "restoring orders". */
  readonly doing: string;
  readonly done: number;
  /** Absent: nobody knows how much it will be. */
  readonly total?: number;
  /** Bytes are shown with a rate; anything else as a count of these. Default: bytes. */
  readonly unit?: string;
}

const WIDTH = 24;
/** A rate needs a moment to mean something. */
const SETTLED_MS = 1_500;
const REPAINT_MS = 100;

const amount = (value: number, unit: string | undefined): string =>
  unit === undefined ? bytesText(value) : `${value.toLocaleString("en-US")} ${unit}`;

/** One line: what, how far, how fast, how long still. `elapsedMs` since this doing began. */
export function progressText({ doing, done, total, unit }: Progress, elapsedMs: number): string {
  const rate = elapsedMs >= SETTLED_MS && done > 0 ? (done / elapsedMs) * 1_000 : undefined;
  const speed =
    rate === undefined ? "" : unit === undefined ? `  ${bytesText(rate)}/s` : `  ${Math.round(rate)} ${unit}/s`;
  if (total === undefined || total <= 0) return `${doing}  ${amount(done, unit)}${speed}`;
  const part = Math.min(1, done / total);
  const full = Math.floor(part * WIDTH);
  const left = rate === undefined || done >= total ? "" : `  ${formatDuration(((total - done) / rate) * 1_000)} left`;
  const bar = `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`;
  return `${doing}  ${bar} ${Math.floor(part * 100)} %  ${amount(done, unit)} of ${amount(total, unit)}${speed}${left}`;
}

/** Shows how far a long piece of work is: a bar on a terminal, else one plain line for each thing that is begun. */
export function progressBar(io: Pick<Io, "terminal" | "json" | "progress" | "note">, now: () => number = Date.now) {
  let doing: string | undefined;
  let since = 0;
  let painted = 0;
  return (progress: Progress): void => {
    const at = now();
    if (progress.doing !== doing) {
      doing = progress.doing;
      since = at;
      painted = 0;
      if (!io.terminal && !io.json) io.note(progress.doing);
    }
    if (!io.terminal || at - painted < REPAINT_MS) return;
    painted = at;
    io.progress(progressText(progress, at - since));
  };
}
