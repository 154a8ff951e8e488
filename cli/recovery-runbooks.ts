import type { RunbooksView, RunbookView } from "../functions/backup/recovery-views.ts";
import { directly } from "./backup-options.ts";
import { answer, client, once } from "./client.ts";
import { type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";

const CONFIG: Option = {
  name: "config",
  value: "FILE",
  about: "by this headgate.yaml, in this process: rehearsals only",
};
const BY: Option = { name: "by", value: "NAME", about: "who you are (default: the key's owner, or USER)" };

const routes = (io: Parameters<typeof client>[0]) => client(io).api.v1.recovery.runbooks;
const named = (name: string | undefined) => ({ name: encodeURIComponent(name ?? "") });
const texts = () => import("./recovery-text.ts");
const MAX_BYTES = 1_048_576;

export const runbooksVerb: Verb = {
  name: "runbooks",
  about: "Failing over and back, and other runbooks that were run, each with its last run.",
  options: [CONFIG],
  example: "headgate recovery runbooks",
  run: async ({ io, options }) => {
    const source = await directly(io, options);
    const view: RunbooksView = source
      ? await (await import("./recovery-direct.ts")).directRunbooks(io, source, async (world) =>
          (await import("../functions/backup/runbook-work.ts")).runbooksView(world),
        )
      : await answer<RunbooksView>(routes(io).$get());
    io.document(view);
    for (const line of (await texts()).runbooksLines(view)) io.line(line);
    return 0;
  },
};

export const showVerb: Verb = {
  name: "show",
  about: "A runbook's run step by step: what was done, how long it took, what it waits for.",
  positionals: ["NAME"],
  example: "headgate recovery show failover",
  run: async ({ io, positionals: [name] }) => {
    const view = await answer<RunbookView>(routes(io)[":name"].$get({ param: named(name) }));
    io.document(view);
    for (const line of (await texts()).runbookLines(view)) io.line(line);
    return 0;
  },
};

export const startVerb: Verb = {
  name: "start",
  about:
    "Begins a failover or a failback, or rehearses it: everything is looked at and timed, and nothing is done for good. NAME may be a runbook's file. Exits 1 where a rehearsal finds a step that would not work.",
  positionals: ["NAME"],
  options: [
    { name: "rehearse", about: "look at everything, do nothing for good" },
    { name: "for-real", about: "do it" },
    { name: "why", value: "TEXT", about: "the reason, kept with the decision", required: true },
    BY,
    CONFIG,
  ],
  example: 'headgate recovery start failover --rehearse --why "quarterly rehearsal"',
  run: async ({ io, positionals: [name = ""], options }) => {
    const help = "headgate recovery start --help";
    const [rehearsal, real] = [options["rehearse"] === true, options["for-real"] === true];
    if (rehearsal === real) throw new UsageError("either --rehearse or --for-real", help);
    const [why = "", by] = [text(options, "why"), text(options, "by")];
    const source = await directly(io, options);
    if (source && real)
      throw new UsageError("a run for real outlives a command: it needs the control plane, without --config", help);
    const isFile = /\.(ya?ml|json)$/i.test(name);
    const runbook = isFile ? await (await import("./files.ts")).readText(io, name, MAX_BYTES) : undefined;
    const json = { rehearsal, why, ...(by === undefined ? {} : { by }) };
    const direct = async () => {
      const [{ directRunbooks }, { beginRunbook }] = await Promise.all([
        import("./recovery-direct.ts"),
        import("../functions/backup/runbook-work.ts"),
      ]);
      const said = { rehearsal, why, by: by ?? io.env["USER"] ?? "command line" };
      return directRunbooks(io, source as NonNullable<typeof source>, (world) =>
        beginRunbook(world, runbook === undefined ? name : { text: runbook }, said),
      );
    };
    const view: RunbookView = source
      ? await direct()
      : runbook === undefined
        ? await answer<RunbookView>(routes(io)[":name"].start.$post({ param: named(name), json }, once()))
        : await answer<RunbookView>(routes(io).$post({ json: { runbook, ...json } }, once()));
    io.document(view);
    for (const line of (await texts()).runbookLines(view)) io.line(line);
    if (view.current) io.note(`follow it: headgate recovery show ${view.name}`);
    return view.current || view.ended[0]?.outcome === "done" ? 0 : 1;
  },
};

type Command = "approve" | "done" | "retry" | "skip" | "abort";
const command = (name: Command, about: string, why: string): Verb => ({
  name,
  about,
  positionals: ["NAME"],
  options: [
    { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
    BY,
    { name: "step", value: "STEP", about: "the step that is meant; another one by now is refused" },
    { name: "id", value: "RUN", about: "the run that is meant; another one by now is refused" },
  ],
  example: `headgate recovery ${name} failover --why "${why}"`,
  run: async ({ io, positionals: [of], options }) => {
    const given = ["why", "by", "step", "id"].flatMap((key) => {
      const value = text(options, key);
      return value === undefined ? [] : [[key, value] as const];
    });
    const json = Object.fromEntries(given);
    const view = await answer<RunbookView>(routes(io)[":name"][name].$post({ param: named(of), json }, once()));
    io.document(view);
    for (const line of (await texts()).runbookLines(view)) io.line(line);
    return 0;
  },
});

export const commandVerbs: readonly Verb[] = [
  command("approve", "Lets the step begin that waits for approval.", "the region is lost"),
  command("done", "Says that a step is done that a person does.", "fenced off at the provider"),
  command("retry", "Tries a step that failed once more.", "the topic is out of the way"),
  command("skip", "Goes on without a step that failed, or that a person does.", "nothing is mirrored"),
  command("abort", "Ends the run and undoes what can be undone, in the opposite order.", "the region is back"),
];
