import type { FlinkLook, FlinkSwitch } from "./types.ts";

/** Checkpoints that a job may have completed between our last look and its end. */
const UNSEEN = 4;

/**
 * What the old job can start from again, best first. Its savepoint where it stopped with one: whatever is older would write twice. Else (it ended
 * by itself, or its cluster died) the newest checkpoint: those that may have come after the last one seen are tried first, as Flink numbers
 * them (`…/chk-18`) and keeps only the newest; and at last the savepoint that was taken beside it.
 */
export function statesOf(is: FlinkSwitch, look: FlinkLook): readonly string[] {
  const { old, savepoint } = is;
  if (!old) return [];
  if (is.mode === "stop-start" && savepoint !== undefined) return [savepoint];
  const { checkpoint = old.checkpoint, savepoint: latest } = look.details?.[old.jobId] ?? {};
  const own = latest !== undefined && latest !== old.savepointBefore ? [latest] : [];
  const all = [
    ...newest(checkpoint),
    ...own,
    ...(savepoint === undefined ? [] : [savepoint]),
    ...(old.savepointBefore ? [] : []),
  ];
  return [...new Set(all)];
}

function newest(checkpoint: string | undefined): readonly string[] {
  const numbered = /^(.*\/chk-)(\d+)\/?$/.exec(checkpoint ?? "");
  if (checkpoint === undefined || !numbered) return checkpoint === undefined ? [] : [checkpoint];
  const [, before = "", number = "0"] = numbered;
  return Array.from({ length: UNSEEN + 1 }, (_, index) => `${before}${Number(number) + UNSEEN - index}`);
}
