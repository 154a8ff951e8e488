import { WHERE } from "./backup-options.ts";
import { PLAN, SAID, said, texts, withWork } from "./backup-verb.ts";
import { text, type Verb } from "./command.ts";
import { stamp } from "./format.ts";
import { table } from "./io.ts";
import { progressBar } from "./progress-bar.ts";

export const drill: Verb = {
  name: "drill",
  about:
    "Restores a point into a scratch place, compares every record, measures RPO and RTO, and cleans up. Exits 1 where it failed or missed the objective.",
  positionals: ["[PLAN]"],
  options: [...WHERE, { name: "point", value: "POINT", about: "which one (default: the newest)" }, PLAN, ...SAID],
  example: "headgate backup drill hourly",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const done = await work.drill(text(options, "point"), said(options), progressBar(io));
      io.document({ ...done.note, ...(done.report ? { report: done.report } : {}) });
      for (const line of (await texts()).drillLines(done)) io.line(line);
      return done.note.status === "passed" ? 0 : 1;
    }),
};

export const drills: Verb = {
  name: "drills",
  about: "Drills that were done, the newest first.",
  positionals: ["[PLAN]"],
  options: [...WHERE, PLAN],
  example: "headgate backup drills",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const view = await work.drills();
      io.document(view);
      if (view.items.length === 0) io.line("no drills");
      else {
        const { formatDuration } = await import("../shared/core/kernel/time.ts");
        const rows = view.items.map((one) => [
          stamp(one.startedAt),
          one.point,
          one.status,
          formatDuration(one.rpoMs),
          formatDuration(one.rtoMs),
          one.faults[0] ?? "",
        ]);
        for (const line of table([["BEGUN", "POINT", "RESULT", "RPO", "RTO", "WHY"], ...rows])) io.line(line);
      }
      return 0;
    }),
};
