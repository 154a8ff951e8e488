import type { SilencePreviewView, SilenceSetView, SilencesView } from "../functions/api/views-alerting.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Given, type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";

const routes = (io: Io) => client(io).api.v1.alerting.silences;

/** Matchers as amtool takes them: a first word without an operator is a name of an alert. */
const matchersOf = (words: readonly string[]): string[] =>
  words.map((word, index) => (index === 0 && !/[=~]/.test(word) ? `alertname=${JSON.stringify(word)}` : word));

const alerts = (count: number): string => `${count} alert${count === 1 ? "" : "s"}`;

const matcherText = (sets: SilencesView["items"][number]["matcherSets"]): string =>
  sets.map((set) => set.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(" ")).join(" or ");

const list: Verb = {
  name: "silences",
  about: "Silences there are, those in force first.",
  options: [{ name: "state", value: "STATE", about: "active, pending or expired (default: active and pending)" }],
  example: "headgate alerts silences",
  run: async ({ io, options }) => {
    const given = text(options, "state");
    const states = ["active", "pending", "expired"] as const;
    const state = states.find((one) => one === given);
    if (given !== undefined && !state)
      throw new UsageError(`--state ${given} is none of ${states.join(", ")}`, "headgate alerts silences --help");
    const view = await answer<SilencesView>(routes(io).$get({ query: state ? { state } : {} }));
    const items = state ? view.items : view.items.filter((one) => one.state !== "expired");
    io.document({ clock: view.clock, items });
    const rows = items.map((one) => [
      one.id,
      one.state,
      ago(one.endsAt, view.clock.now),
      `${one.matches}`,
      one.createdBy,
      `${one.comment}${one.recurs ? " (recurs)" : ""}${one.untilResolved ? " (until resolved)" : ""}`,
      matcherText(one.matcherSets),
    ]);
    if (rows.length === 0) io.line("no silences");
    else
      for (const line of table([["ID", "STATE", "ENDS", "HIDES", "BY", "COMMENT", "MATCHERS"], ...rows])) io.line(line);
    return 0;
  },
};

const EVERY: Option = {
  name: "every",
  value: "WINDOWS",
  about: `holds in these windows only, JSON as in time_intervals: '[{"weekdays":["saturday"],"times":[{"start_time":"02:00","end_time":"04:00"}]}]'`,
};

function windowsOf(options: Given): readonly Readonly<Record<string, unknown>>[] | undefined {
  const given = text(options, "every");
  if (given === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(given);
    return (Array.isArray(read) ? read : [read]) as readonly Readonly<Record<string, unknown>>[];
  } catch {
    throw new UsageError("--every is no JSON", "headgate alerts silence --help");
  }
}

function remindOf(options: Given): { readonly before: string; readonly receiver: string } | undefined {
  const given = text(options, "remind");
  if (given === undefined) return undefined;
  const [, before, receiver] = /^([^:]+):(.+)$/.exec(given) ?? [];
  if (before === undefined || receiver === undefined)
    throw new UsageError(`--remind ${given} is not like 1h:oncall`, "headgate alerts silence --help");
  return { before, receiver };
}

const add: Verb = {
  name: "silence",
  about: "Keeps alerts quiet: a first word without an operator names the alert, the others are matchers.",
  positionals: ["MATCHER..."],
  options: [
    { name: "comment", value: "TEXT", about: "why", required: true },
    { name: "duration", value: "DURATION", about: "for so long (default: 1h)" },
    { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
    { name: "until-resolved", about: "ends when what it keeps quiet is resolved" },
    EVERY,
    { name: "remind", value: "DURATION:RECEIVER", about: "tells a receiver before it ends, e.g. 1h:oncall" },
    { name: "id", value: "ID", about: "change this one instead of making one" },
  ],
  example: "headgate alerts silence KafkaDown 'instance=~db.*' --duration 2h --comment planned-work",
  run: async ({ io, positionals, options }) => {
    const duration = durationText(options, "duration", "1s", "3650d", "headgate alerts silence --help") ?? "1h";
    const [by, id, recurs, remind] = [text(options, "by"), text(options, "id"), windowsOf(options), remindOf(options)];
    const json = {
      matchers: matchersOf(positionals),
      duration,
      comment: text(options, "comment") as string,
      ...(by === undefined ? {} : { createdBy: by }),
      ...(id === undefined ? {} : { id }),
      ...(options["until-resolved"] === true ? { untilResolved: true } : {}),
      ...(recurs ? { recurs: [...recurs] } : {}),
      ...(remind ? { remind } : {}),
    };
    const view = await answer<SilenceSetView>(routes(io).$post({ json }, once()));
    io.document(view);
    io.line(view.id);
    if (!io.json) io.note(plain(`until ${stamp(view.silence.endsAt)}; it hides ${alerts(view.silence.matches)} now`));
    return 0;
  },
};

const end: Verb = {
  name: "unsilence",
  about: "Ends a silence now.",
  positionals: ["ID"],
  example: "headgate alerts unsilence 0f3a9c21-b7d4-4c1e-9a55-2d7e8c6b1a90",
  run: async ({ io, positionals }) => {
    const param = { id: encodeURIComponent(positionals[0] as string) };
    const view = await answer<SilenceSetView>(routes(io)[":id"].$delete({ param }));
    io.document(view);
    io.line(`silence ${view.id} is over`);
    return 0;
  },
};

const preview: Verb = {
  name: "preview",
  about: "What a silence with these matchers would hide now.",
  positionals: ["MATCHER..."],
  example: "headgate alerts preview KafkaDown 'instance=~db.*'",
  run: async ({ io, positionals }) => {
    const view = await answer<SilencePreviewView>(
      routes(io).preview.$post({ json: { matchers: matchersOf(positionals) } }),
    );
    io.document(view);
    const from = view.receivers.length > 0 ? ` from ${view.receivers.join(", ")}` : "";
    const held = view.total - view.hides;
    io.line(
      `it would hide ${alerts(view.hides)}${from}${held > 0 ? `; ${held} more that match: held back already` : ""}`,
    );
    for (const warning of view.warnings) io.note(plain(warning));
    const rows = view.alerts.map((one) => [
      one.fingerprint,
      one.state,
      Object.entries(one.labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    ]);
    if (rows.length > 0) for (const line of table([["ALERT", "STATE", "LABELS"], ...rows])) io.line(line);
    return 0;
  },
};

export const silenceVerbs: readonly Verb[] = [list, add, end, preview];
