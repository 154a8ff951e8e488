import { KEY, WHERE } from "./backup-options.ts";
import { RESTORE_OPTIONS, requestOf } from "./backup-restore-options.ts";
import { PLAN, POINT, SAID, said, withPoint } from "./backup-verb.ts";
import { type Invocation, text, type Verb } from "./command.ts";
import { progressBar } from "./progress-bar.ts";

async function doRestore({ io, positionals: [point = "latest"], options }: Invocation): Promise<0 | 1> {
  const request = requestOf(options);
  const into = text(options, "into");
  const ask = {
    point,
    request,
    ...(into === undefined ? {} : { into }),
    check: options["check"] === true,
    ...said(options),
  };
  return withPoint({ io, options }, point, async (work) => {
    const { planLines, restoreLines } = await import("./backup-restore-text.ts");
    if (options["dry-run"] === true) {
      const plan = await work.planRestore(ask);
      io.document(plan);
      for (const line of planLines(plan)) io.line(line);
      return plan.refusals.length === 0 && !plan.missing?.length ? 0 : 1;
    }
    const view = await work.restore(ask, progressBar(io));
    io.document(view);
    for (const line of restoreLines(view)) io.line(line);
    return view.job.phase === "done" ? 0 : 1;
  });
}

export const restore: Verb = {
  name: "restore",
  about:
    "Brings topics, groups and rules of a restore point back. Run again it goes on where it was; nothing is added twice. Exits 1 where not all is as planned.",
  positionals: POINT,
  options: [
    ...WHERE,
    { name: "dry-run", about: "only the plan: what would come, what it does to what is there, where groups land" },
    { name: "into", value: "CLUSTER", about: "a cluster of the file (default: the plan's own)" },
    { name: "check", about: "read every record back and compare it with the point" },
    ...RESTORE_OPTIONS,
    KEY,
    PLAN,
    ...SAID,
  ],
  example: "headgate backup restore latest --from ./backups --brokers localhost:9092 --dry-run",
  run: doRestore,
};
