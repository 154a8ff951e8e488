import type { CommandView, EvaluationView } from "../functions/api/views.ts";
import { client } from "./client.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";

export const WHY: Option = { name: "why", value: "TEXT", about: "the reason, kept with the decision", required: true };
export const BY: Option = { name: "by", value: "NAME", about: "who asks, kept with the decision" };

/** Routes of one service. */
export const routes = (io: Io) => client(io).api.v1.autoscaling[":service"];

/** Reason and author as the API wants them. */
export function said(options: Given): { readonly why: string; readonly by?: string } {
  const [why, by] = [(text(options, "why") ?? "").trim(), text(options, "by")];
  if (why === "")
    throw new UsageError("--why is empty: the reason is kept with the decision", "headgate autoscaling --help");
  return { why, ...(by === undefined ? {} : { by }) };
}

/** What was decided and done, in words. */
export function tell(io: Io, view: EvaluationView): void {
  const why = view.decision?.sentence ?? (view.reason ?? view.status).replaceAll("_", " ");
  io.line(plain(view.decision ? `${why}  (${view.decision.id})` : `${view.service}: ${why}`));
  for (const result of view.results) io.line(plain(`  ${result.status}: ${result.detail}`));
}

/** Tells of a command. "No" means that another worker held the service all the time, so that nothing was recorded. */
export function done(io: Io, view: Pick<CommandView, "command" | "evaluation">): 0 | 1 {
  io.document(view);
  tell(io, view.command);
  if (view.evaluation && view.evaluation.status !== "unchanged") tell(io, view.evaluation);
  return view.command.status === "busy" || view.command.status === "conflict" ? 1 : 0;
}
