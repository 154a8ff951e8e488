import type { NotificationsView } from "../functions/api/views-notifications.ts";
import { answer, client } from "./client.ts";
import { type Given, text, type Verb } from "./command.ts";
import { ApiError, UsageError } from "./errors.ts";
import { stamp } from "./format.ts";
import { instant } from "./instants.ts";
import { type Io, table } from "./io.ts";

const HELP = "headgate alerts history --help";

async function asked(io: Io, options: Given) {
  const names = ["receiver", "filter", "q", "group"] as const;
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const value = text(options, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const outcome = text(options, "outcome");
  const outcomes = ["done", "failed", "pending"] as const;
  const wanted = outcomes.find((one) => one === outcome);
  if (outcome !== undefined && !wanted)
    throw new UsageError(`--outcome ${outcome} is none of ${outcomes.join(", ")}`, HELP);
  const [from, to] = [await instant(io, options, "from", HELP), await instant(io, options, "to", HELP)];
  return {
    ...given,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(wanted ? { outcome: wanted } : {}),
  };
}

export const alertsHistoryVerb: Verb = {
  name: "history",
  about: "Every notification that was sent or tried, newest first, with what the receiver answered.",
  options: [
    { name: "receiver", value: "NAME", about: "only to this receiver" },
    { name: "filter", value: "MATCHERS", about: 'only about alerts with these labels: alertname="Down"' },
    { name: "q", value: "TEXT", about: "only with this text anywhere in it" },
    { name: "group", value: "ID", about: "only about this group" },
    { name: "outcome", value: "OUTCOME", about: "done, failed or pending" },
    { name: "from", value: "WHEN", about: "from then on: 1h, or an ISO 8601 instant" },
    { name: "to", value: "WHEN", about: "before then" },
    { name: "limit", value: "N", about: "about so many, 1..500 (default 50)" },
    { name: "cursor", value: "TEXT", about: "go on where an earlier list ended" },
    { name: "export", value: "ndjson|csv", about: "all of it as lines on standard output" },
  ],
  example: "headgate alerts history --receiver oncall --export csv > pages.csv",
  run: async ({ io, options }) => {
    const routes = client(io).api.v1.alerting.history;
    const query = await asked(io, options);
    const format = text(options, "export");
    if (format !== undefined) {
      if (format !== "ndjson" && format !== "csv")
        throw new UsageError(`--export ${format} is neither ndjson nor csv`, HELP);
      const response = await routes.export.$get({ query: { ...query, format } });
      if (!response.ok) await answer(Promise.resolve(response as unknown as Response));
      const lines = await response.text();
      if (lines !== "" && !(await io.stream(lines))) throw new ApiError("internal", 0, "nobody read the answer");
      return 0;
    }
    const [limit, cursor] = [text(options, "limit"), text(options, "cursor")];
    const view = await answer<NotificationsView>(
      routes.$get({
        query: {
          ...query,
          ...(limit === undefined ? {} : { limit }),
          ...(cursor === undefined ? {} : { cursor }),
        } as never,
      }),
    );
    io.document(view);
    const rows = view.items.map((one) => [
      stamp(one.at),
      `${one.receiver}/${one.integration}`,
      one.status,
      `${one.firing}/${one.resolved}`,
      one.outcome,
      one.reason,
      one.deliveries.at(-1)?.detail ?? "",
    ]);
    if (rows.length === 0) io.line("no notifications");
    else
      for (const line of table([["AT", "TO", "STATUS", "FIRING/RESOLVED", "OUTCOME", "REASON", "ANSWER"], ...rows]))
        io.line(line);
    if (view.cursor !== undefined) io.note(`there are more: --cursor ${view.cursor}`);
    return 0;
  },
};
