import type { CostChangesView, CostCommandView, CostOpportunitiesView } from "../functions/cost/views.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { answer, once } from "./client.ts";
import { type Given, type Option, text, texts, type Verb } from "./command.ts";
import { UTILIZATION } from "./cost-options.ts";
import { type CostRoutes, WHERE, withCost } from "./cost-where.ts";
import { ApiError, UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";

const told = () => import("./cost-text-changes.ts");
const SAID: readonly Option[] = [
  { name: "why", value: "TEXT", required: true, about: "the reason, kept with the decision" },
  { name: "by", value: "NAME", about: "who you are (default: the key's owner, or USER)" },
];
const DETAILS: Option = { name: "details", about: "evidence, bounds and steps of each" };

/** `kinds`: only these. */
async function list(io: Io, options: Given, kinds?: ReadonlySet<string>): Promise<0 | 1 | 2> {
  return withCost(io, options, async (routes) => {
    const all = await answer<CostOpportunitiesView>(routes.opportunities.$get());
    const of = <T extends { readonly kind: string }>(items: readonly T[]) =>
      kinds === undefined ? items : items.filter(({ kind }) => kinds.has(kind));
    const items = of(all.items);
    const { savingOf } = await import("../shared/core/cost/saving-sum.ts");
    const view = { ...all, items, notProposed: of(all.notProposed), ...savingOf(items, all.currency) };
    io.document(view);
    for (const line of (await told()).opportunityLines(view, options["details"] === true)) io.line(plain(line));
    return view.troubles.length > 0 && items.length === 0 ? 1 : 0;
  });
}

export const opportunities: Verb = {
  name: "opportunities",
  about:
    "What could be saved, what was looked at and left alone and why. With --utilization: which resources of the files are under- or overutilized, without a server.",
  options: [
    UTILIZATION,
    {
      name: "now",
      value: "INSTANT",
      about: "with --utilization: end of the seven days (default: now; of older files their newest row)",
    },
    { name: "minimum-samples", value: "N", about: "with --utilization: fewer are InsufficientData (default: 24)" },
    { name: "skip-bad", about: "with --utilization: leave rows out that cannot be read, and list them" },
    DETAILS,
    ...WHERE,
  ],
  example: "headgate cost opportunities --utilization resource_utilization.csv --json",
  run: async ({ io, options }) => {
    if (texts(options, "utilization").length > 0)
      return (await import("./cost-utilization.ts")).utilizationReport(io, options);
    for (const name of ["now", "minimum-samples", "skip-bad"])
      if (options[name] !== undefined)
        throw new UsageError(
          `--${name} is for files: give --utilization PATH too`,
          "headgate cost opportunities --help",
        );
    return list(io, options);
  },
};

export const retention: Verb = {
  name: "retention",
  about:
    "Kafka topics that could keep less, never below what a live group still needs; and those that could not, with the reason.",
  options: [DETAILS, ...WHERE],
  example: "headgate cost retention --details",
  run: ({ io, options }) => list(io, options, new Set(["retention", "tiering"])),
};

export const changes: Verb = {
  name: "changes",
  about: "Changes that were made: what each promised, and what closed days of bills say it saves.",
  options: WHERE,
  example: "headgate cost changes",
  run: ({ io, options }) =>
    withCost(io, options, async (routes) => {
      const view = await answer<CostChangesView>(routes.changes.$get());
      io.document(view);
      for (const line of (await told()).changeLines(view)) io.line(plain(line));
      return 0;
    }),
};

/** A word about one opportunity; a refusal is an answer that is no. */
async function say(io: Io, options: Given, ask: (routes: CostRoutes) => Promise<CostCommandView>): Promise<0 | 1 | 2> {
  return withCost(io, options, async (routes) => {
    try {
      const done = await ask(routes);
      io.document(done);
      io.line(plain(done.text));
      return done.ok ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "cost.refused") throw error;
      io.document({ error: { code: error.code, message: error.message } });
      io.note(plain(`refused: ${error.message}`));
      return 1;
    }
  });
}

function said(io: Io, options: Given): { readonly why: string; readonly by?: string } {
  const by = text(options, "by") ?? (io.env["HEADGATE_KEY"] ? undefined : io.env["USER"]);
  return { why: text(options, "why") ?? "", ...(by === undefined || by === "" ? {} : { by }) };
}

const param = (id: string | undefined) => ({ param: { id: encodeURIComponent(id ?? "") } });

export const apply: Verb = {
  name: "apply",
  about: "Applies an opportunity after looking at its floor once more, and guards it. Exits 1 where it is refused.",
  positionals: ["ID"],
  options: SAID,
  example: 'headgate cost apply opp_3f9a --why "the audit is over"',
  run: ({ io, options, positionals: [id] }) =>
    say(io, options, (routes) =>
      answer(routes.opportunities[":id"].apply.$post({ ...param(id), json: said(io, options) }, once())),
    ),
};

export const revert: Verb = {
  name: "revert",
  about: "Takes a change back in one call: every setting gets the value it had before. Exits 1 where it is refused.",
  positionals: ["ID"],
  options: SAID,
  example: 'headgate cost revert opp_3f9a --why "a new consumer needs the whole week"',
  run: ({ io, options, positionals: [id] }) =>
    say(io, options, (routes) =>
      answer(routes.changes[":id"].revert.$post({ ...param(id), json: said(io, options) }, once())),
    ),
};

export const dismiss: Verb = {
  name: "dismiss",
  about: "Leaves an opportunity alone, for a time or for good; nothing is changed.",
  positionals: ["ID"],
  options: [...SAID, { name: "for", value: "DURATION", about: "how long, such as 90d (default: for good)" }],
  example: 'headgate cost dismiss opp_3f9a --for 90d --why "a replay is planned"',
  run: ({ io, options, positionals: [id] }) => {
    const lasts = text(options, "for");
    if (lasts !== undefined && !parseDuration(lasts))
      throw new UsageError(`--for ${JSON.stringify(lasts)} is no duration such as 90d`, "headgate cost dismiss --help");
    const json = { ...said(io, options), ...(lasts === undefined ? {} : { for: lasts }) };
    return say(io, options, (routes) =>
      answer(routes.opportunities[":id"].dismiss.$post({ ...param(id), json }, once())),
    );
  },
};
