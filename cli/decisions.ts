import type { DecisionDetailView, DecisionsView, ReplayView } from "../functions/api/views.ts";
import { answer, client } from "./client.ts";
import { type Given, type Group, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { decisionLines, facts, stamp } from "./format.ts";
import { instant } from "./instants.ts";
import { type Io, plain } from "./io.ts";

const detail = (io: Io, id: string) =>
  answer<DecisionDetailView>(client(io).api.v1.decisions[":id"].$get({ param: { id: encodeURIComponent(id) } }));

const HELP = "headgate decisions list --help";

function limitOf(options: Given): number {
  const given = text(options, "limit") ?? "20";
  const limit = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > 500)
    throw new UsageError(`--limit ${given} is not between 1 and 500`, "headgate decisions list --help");
  return limit;
}

const listOptions = [
  { name: "service", value: "NAME", about: "only of this service, or of this rule by its whole subject" },
  { name: "since", value: "WHEN", about: "from then on: 1h, or an ISO 8601 instant" },
  { name: "until", value: "WHEN", about: "before then" },
] as const;

export const decisions: Group = {
  name: "decisions",
  about: "what Headgate did, and why",
  verbs: [
    {
      name: "list",
      about: "Decisions, newest first.",
      options: [
        ...listOptions,
        { name: "noun", value: "NOUN", about: "only of this part: autoscaling, monitoring, anomaly or alerting" },
        { name: "reason", value: "REASON", about: "only with this reason, e.g. scaled_out" },
        { name: "acted", about: "only those that did or proposed something" },
        { name: "limit", value: "N", about: "at most so many, 1..500 (default 20)" },
        { name: "cursor", value: "TEXT", about: "go on where an earlier list ended" },
      ],
      example: "headgate decisions list --service orders --acted --since 1h",
      run: async ({ io, options }) => {
        const [from, to] = [await instant(io, options, "since", HELP), await instant(io, options, "until", HELP)];
        const [subject, reason, cursor] = [text(options, "service"), text(options, "reason"), text(options, "cursor")];
        const noun = text(options, "noun");
        const query = {
          limit: limitOf(options),
          ...(noun === undefined ? {} : { noun }),
          ...(subject === undefined ? {} : { subject }),
          ...(reason === undefined ? {} : { reason }),
          ...(cursor === undefined ? {} : { cursor }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(options["acted"] === true ? { acted: "true" as const } : {}),
        };
        const view = await answer<DecisionsView>(client(io).api.v1.decisions.$get({ query }));
        io.document(view);
        for (const line of decisionLines(view.items)) io.line(line);
        if (view.cursor && !io.json) io.note(`more: --cursor ${view.cursor}`);
        return 0;
      },
    },
    {
      name: "show",
      about: "One decision as it was recorded: trigger, inputs, clauses, actions, outcomes.",
      positionals: ["ID"],
      example: "headgate decisions show dec_01kdx2c5m0abcdefghjkmnpqrs",
      run: async ({ io, positionals }) => {
        const view = await detail(io, positionals[0] as string);
        io.document(view);
        const { decision } = view;
        for (const line of facts([
          ["id", decision.id],
          ["what", decision.sentence],
          ["at", stamp(decision.at)],
          ["service", decision.subject],
          ["trigger", [decision.trigger.type, decision.trigger.detail].filter(Boolean).join(": ")],
          ["mode", decision.mode],
          ["configuration", decision.configVersion],
          ["trace id", decision.traceId],
        ])) {
          io.line(line);
        }
        for (const [title, value] of [
          ["input", decision.input],
          ["state before", decision.stateBefore],
          ["clauses", decision.trace],
          ["actions", decision.actions],
          ["state after", decision.stateAfter],
          ["outcomes", decision.outcomes],
        ] as const) {
          io.line();
          io.line(`${title}:`);
          for (const line of JSON.stringify(value, null, 2).split("\n")) io.line(`  ${plain(line)}`);
        }
        return 0;
      },
    },
    {
      name: "explain",
      about: "The why of one decision in words, line by line.",
      positionals: ["ID"],
      example: "headgate decisions explain dec_01kdx2c5m0abcdefghjkmnpqrs",
      run: async ({ io, positionals }) => {
        const view = await detail(io, positionals[0] as string);
        io.document({ id: view.decision.id, sentence: view.decision.sentence, explanation: view.explanation });
        // The first line of an explanation is the sentence itself.
        for (const [index, line] of view.explanation.entries()) io.line(`${index === 0 ? "" : "  "}${plain(line)}`);
        return 0;
      },
    },
    {
      name: "replay",
      about: "Recomputes decisions from their records; exits 1 if any comes out differently.",
      positionals: ["[ID]"],
      options: [
        { name: "all", about: "every decision in the journal" },
        {
          name: "file",
          value: "FILE",
          about: "records from a file (JSON or one per line) instead of the API; - is standard input",
        },
        ...listOptions,
      ],
      example: "headgate decisions replay --all",
      run: async ({ io, positionals, options }) => {
        const [id] = positionals;
        const file = text(options, "file");
        const chosen = [id !== undefined, options["all"] === true, file !== undefined].filter(Boolean).length;
        if (chosen !== 1)
          throw new UsageError("name one of ID, --all and --file FILE", "headgate decisions replay --help");
        const view =
          file !== undefined
            ? await replayFile(io, file)
            : id !== undefined
              ? await replayOne(io, id)
              : await replayEvery(io, options);
        io.document(view);
        report(io, view);
        return view.differences.length === 0 ? 0 : 1;
      },
    },
  ],
};

async function replayFile(io: Io, file: string): Promise<ReplayView> {
  const { readRecords } = await import("./records.ts");
  const { replayAll } = await import("../functions/decisions/replay.ts");
  return replayAll(await readRecords(io, file));
}

const replayOne = (io: Io, id: string) =>
  answer<ReplayView>(client(io).api.v1.decisions[":id"].replay.$post({ param: { id: encodeURIComponent(id) } }));

async function replayEvery(io: Io, options: Given): Promise<ReplayView> {
  const subject = text(options, "service");
  const [from, to] = [await instant(io, options, "since", HELP), await instant(io, options, "until", HELP)];
  const api = client(io);
  let total: ReplayView = { checked: 0, same: 0, skipped: 0, differences: [] };
  let cursor: string | undefined;
  do {
    const json = {
      limit: 200,
      ...(subject === undefined ? {} : { subject }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page: ReplayView = await answer<ReplayView>(api.api.v1.decisions.replay.$post({ json }));
    total = {
      checked: total.checked + page.checked,
      same: total.same + page.same,
      skipped: total.skipped + page.skipped,
      differences: [...total.differences, ...page.differences],
    };
    io.progress(`${total.checked} decisions replayed`);
    cursor = page.cursor;
  } while (cursor);
  return total;
}

function report(io: Io, view: ReplayView): void {
  const skipped = view.skipped > 0 ? `, ${view.skipped} skipped (unknown to this version)` : "";
  io.line(`${view.same} of ${view.checked} decisions come out as recorded${skipped}`);
  for (const one of view.differences.slice(0, 50)) {
    io.line(
      plain(
        `${one.id} ${one.path}: recorded ${JSON.stringify(one.recorded)}, recomputed ${JSON.stringify(one.recomputed)}`,
      ),
    );
  }
  if (view.differences.length > 50)
    io.line(`… and ${view.differences.length - 50} more differences; --json has them all`);
}
