import { WHERE } from "./backup-options.ts";
import { PLAN, POINT, texts, withPoint, withWork } from "./backup-verb.ts";
import type { Verb } from "./command.ts";
import { plain } from "./io.ts";
import { progressBar } from "./progress-bar.ts";

export const list: Verb = {
  name: "list",
  about: "Restore points, the newest first, by what lies at the destinations.",
  positionals: ["[PLAN]"],
  options: [...WHERE, PLAN],
  example: "headgate backup list --from ./backups",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const [view, now] = [await work.points(), await work.now()];
      io.document(view);
      for (const line of (await texts()).pointsLines(view, now, work.plan)) io.line(line);
      return 0;
    }),
};

export const show: Verb = {
  name: "show",
  about: "One restore point: what it holds, where it is, what was not as it should be. POINT is an id, or latest.",
  positionals: POINT,
  options: [...WHERE, PLAN],
  example: "headgate backup show latest",
  run: ({ io, positionals: [point = "latest"], options }) =>
    withPoint({ io, options }, point, async (work) => {
      const [view, now] = [await work.point(point), await work.now()];
      io.document(view);
      for (const line of (await texts()).pointLines(view, now)) io.line(line);
      return view.status === "damaged" ? 1 : 0;
    }),
};

export const verify: Verb = {
  name: "verify",
  about:
    "Reads every byte of a restore point, and of all it needs, at every destination. Exits 1 where one is not as it was written.",
  positionals: POINT,
  options: [...WHERE, { name: "deep", about: "decode every record too" }, PLAN],
  example: "headgate backup verify latest --deep --from ./backups",
  run: ({ io, positionals: [point = "latest"], options }) =>
    withPoint({ io, options }, point, async (work) => {
      const found = await work.verify(point, options["deep"] === true, progressBar(io));
      io.document(found);
      io.line(
        plain(
          `${found.id}: ${found.ok ? "ok" : found.usable ? "damaged, and all of it can still be had" : "damaged"}: ${found.text}`,
        ),
      );
      for (const { place, key, what } of found.faults)
        io.line(plain(`  ${place === "" ? "" : `${place}: `}${what.includes(key) ? what : `${key}: ${what}`}`));
      return found.ok ? 0 : 1;
    }),
};

export const diff: Verb = {
  name: "diff",
  about: "What changed between two restore points.",
  positionals: ["POINT", "[POINT]"],
  options: [...WHERE, PLAN],
  example: "headgate backup diff bkp_20261123_060000 latest",
  run: ({ io, positionals: [from = "", to = "latest"], options }) =>
    withPoint({ io, options }, from, async (work) => {
      const view = await work.diff(from, to);
      io.document(view);
      for (const line of (await texts()).diffLines(view)) io.line(plain(line));
      return 0;
    }),
};
