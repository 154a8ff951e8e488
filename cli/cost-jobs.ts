import type { CostReportJobView, CostReportRunView, CostReportsView } from "../functions/cost/views.ts";
import { answer, client, once } from "./client.ts";
import { text, type Verb } from "./command.ts";
import { dayOf } from "./cost-options.ts";
import { ApiError } from "./errors.ts";
import { stamp } from "./format.ts";
import { plain, table } from "./io.ts";

/** Where the files of the last one lie: at the destinations, and in Headgate's own store. */
const places = ({ last }: CostReportJobView): readonly string[] =>
  last === undefined
    ? []
    : [...last.files, ...last.kept.filter((key) => key.endsWith(".html")).map((key) => `own store: ${key}`)];

const standing = ({ current, last }: CostReportJobView): string => {
  if (current)
    return `${current.phase}${current.why === undefined ? "" : `, ${current.failures} failures: ${current.why}`}`;
  return last === undefined ? "not made yet" : `${last.status} ${stamp(last.endedAt)}`;
};

function jobLines({ items }: CostReportsView): readonly string[] {
  if (items.length === 0) return ["no reports: cost.reports of headgate.yaml names them"];
  const rows = items.map((one) => [
    one.name,
    `${one.every} at ${one.at} UTC`,
    one.nextAt === undefined ? "–" : stamp(one.nextAt),
    standing(one),
    one.last?.summary ?? "",
  ]);
  const lines = table([["REPORT", "EVERY", "NEXT", "STATE", "LAST"], ...rows]).map(plain);
  return [...lines, ...items.flatMap((one) => places(one).map((place) => plain(`${one.name}: ${place}`)))];
}

export const reports: Verb = {
  name: "reports",
  about: "Reports on a schedule: when each is made next, how the last one went, and where its files lie.",
  options: [],
  example: "headgate cost reports",
  run: async ({ io }) => {
    const view = await answer<CostReportsView>(client(io).api.v1.cost.reports.$get());
    io.document(view);
    for (const line of jobLines(view)) io.line(line);
    return view.items.some(({ last, current }) => last?.status === "failed" || (current?.failures ?? 0) > 0) ? 1 : 0;
  },
};

export const send: Verb = {
  name: "send",
  about: "Makes a scheduled report now, lays it down and tells it; its schedule goes on as it was.",
  positionals: ["NAME"],
  options: [
    { name: "to", value: "DAY", about: "last day that it is about (default: as its schedule would have it now)" },
    { name: "by", value: "NAME", about: "who you are (default: the key's owner, or USER)" },
  ],
  example: "headgate cost send daily --to 2026-01-04",
  run: async ({ io, options, positionals: [name = ""] }) => {
    const to = dayOf(options, "to", "headgate cost send --help");
    const by = text(options, "by") ?? (io.env["HEADGATE_KEY"] ? undefined : io.env["USER"]);
    const json = { ...(to === undefined ? {} : { to }), ...(by === undefined || by === "" ? {} : { by }) };
    const param = { name: encodeURIComponent(name) };
    try {
      const done = await answer<CostReportRunView>(
        client(io).api.v1.cost.reports[":name"].run.$post({ param, json }, once()),
      );
      io.document(done);
      io.line(plain(done.text));
      for (const place of places(done.report)) if (done.reason !== "making") io.line(plain(place));
      if (done.decision !== undefined) io.line(`decision ${done.decision}: headgate decisions show ${done.decision}`);
      return done.ok ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "cost.refused") throw error;
      io.document({ error: { code: error.code, message: error.message } });
      io.note(plain(`refused: ${error.message}`));
      return 1;
    }
  },
};
