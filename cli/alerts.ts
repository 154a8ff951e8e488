import type {
  AcknowledgedView,
  AlertExplanationView,
  AlertGroupsView,
  RoutedAlertsView,
  RoutedAlertView,
} from "../functions/api/views-alerting.ts";
import type { AlertStatsView } from "../functions/api/views-notifications.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { alertsCheckVerb } from "./alerts-check.ts";
import { alertsHistoryVerb } from "./alerts-past.ts";
import { alertsReplayVerb } from "./alerts-replay.ts";
import { alertsRoutesVerb } from "./alerts-routes.ts";
import { alertsServeVerb } from "./alerts-serve.ts";
import { silenceVerbs } from "./alerts-silences.ts";
import { alertsTemplateVerb } from "./alerts-template.ts";
import { alertsTestVerb } from "./alerts-test.ts";
import { answer, client, once } from "./client.ts";
import { type Given, type Group, type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, stamp } from "./format.ts";
import { instant } from "./instants.ts";
import { type Io, plain, table } from "./io.ts";

const routes = (io: Io) => client(io).api.v1.alerting;
const pairs = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

const FILTER: Option = {
  name: "filter",
  value: "MATCHERS",
  about: 'only with these labels: severity="page",cluster=~"eu.*"',
};
const RECEIVER: Option = { name: "receiver", value: "NAME", about: "only for this receiver" };

const filters = (options: Given) => {
  const [filter, receiver] = [text(options, "filter"), text(options, "receiver")];
  return { ...(filter === undefined ? {} : { filter }), ...(receiver === undefined ? {} : { receiver }) };
};

const why = ({ suppressedBy, acknowledged }: RoutedAlertView): string => {
  const [silence] = suppressedBy?.silencedBy ?? [];
  if (silence) return `silenced by ${silence.createdBy}: ${silence.comment}`;
  if (suppressedBy && suppressedBy.inhibitedBy.length > 0) return "inhibited";
  if (suppressedBy && suppressedBy.mutedBy.length > 0) return `muted by ${suppressedBy.mutedBy.join(", ")}`;
  return acknowledged ? `acknowledged by ${acknowledged.by}` : "";
};

const list: Verb = {
  name: "list",
  about: "Alerts there are, with their state and what holds them back.",
  options: [
    { name: "state", value: "STATE", about: "firing, suppressed, acknowledged or resolved" },
    FILTER,
    RECEIVER,
    { name: "q", value: "TEXT", about: "only with this text in a label or an annotation" },
  ],
  example: "headgate alerts list --state firing --filter 'severity=\"page\"'",
  run: async ({ io, options }) => {
    const state = text(options, "state");
    const states = ["firing", "suppressed", "acknowledged", "resolved"] as const;
    const wanted = states.find((one) => one === state);
    if (state !== undefined && !wanted)
      throw new UsageError(`--state ${state} is none of ${states.join(", ")}`, "headgate alerts list --help");
    const q = text(options, "q");
    const items: RoutedAlertView[] = [];
    let view: RoutedAlertsView;
    let cursor: string | undefined;
    do {
      const query = {
        ...filters(options),
        ...(wanted ? { state: wanted } : {}),
        ...(q === undefined ? {} : { q }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      view = await answer<RoutedAlertsView>(routes(io).alerts.$get({ query }));
      items.push(...view.items);
      cursor = view.cursor;
    } while (cursor !== undefined);
    io.document({ clock: view.clock, counts: view.counts, items });
    const { now } = view.clock;
    const rows = items.map((one) => [
      one.fingerprint,
      one.state,
      ago(one.startsAt, now),
      one.groups.map(({ receiver }) => receiver).join(","),
      why(one),
      pairs(one.labels),
    ]);
    if (rows.length === 0) io.line("no alerts");
    else for (const line of table([["ALERT", "STATE", "SINCE", "RECEIVERS", "WHY", "LABELS"], ...rows])) io.line(line);
    return 0;
  },
};

const groupsVerb: Verb = {
  name: "groups",
  about: "Groups that alerts are told of in, with their next flush.",
  options: [FILTER, RECEIVER],
  example: "headgate alerts groups --receiver oncall",
  run: async ({ io, options }) => {
    const items: AlertGroupsView["items"][number][] = [];
    let view: AlertGroupsView;
    let cursor: string | undefined;
    do {
      view = await answer<AlertGroupsView>(
        routes(io).groups.$get({ query: { ...filters(options), ...(cursor === undefined ? {} : { cursor }) } }),
      );
      items.push(...view.items);
      cursor = view.cursor;
    } while (cursor !== undefined);
    io.document({ clock: view.clock, items });
    const { now } = view.clock;
    const rows = items.map((one) => [
      one.id,
      one.receiver,
      `${one.counts.firing}`,
      `${one.counts.suppressed}`,
      one.nextFlushAt === undefined ? "" : ago(one.nextFlushAt, now),
      one.acknowledged?.by ?? "",
      pairs(one.labels) || "(all together)",
    ]);
    if (rows.length === 0) io.line("no groups");
    else
      for (const line of table([
        ["GROUP", "RECEIVER", "FIRING", "HELD", "NEXT FLUSH", "ACKNOWLEDGED", "LABELS"],
        ...rows,
      ]))
        io.line(line);
    return 0;
  },
};

const explain: Verb = {
  name: "explain",
  about: "Why somebody was told of an alert, or was not: routes, group, timers, what holds it back, deliveries.",
  positionals: ["ALERT"],
  example: "headgate alerts explain 57c4f2a8d1b9e603",
  run: async ({ io, positionals }) => {
    const param = { id: encodeURIComponent(positionals[0] as string) };
    const view = await answer<AlertExplanationView>(routes(io).alerts[":id"].$get({ param }));
    io.document(view);
    for (const line of view.explanation) io.line(plain(line));
    for (const step of view.routes.filter(({ result }) => result === "refused"))
      io.line(plain(`not ${step.receiver} (${step.key}): ${step.why}`));
    // What was said about an alert was said about each of its groups.
    const comments = view.comments.map(({ at, by, text: said }) => `${stamp(at)} ${by}: ${said}`);
    for (const line of new Set(comments)) io.line(plain(line));
    for (const one of view.notifications) {
      const answered = one.deliveries.at(-1)?.detail ?? "no answer yet";
      io.line(plain(`${stamp(one.at)} ${one.receiver}/${one.integration} ${one.outcome} (${one.reason}): ${answered}`));
    }
    return 0;
  },
};

/** What an argument names: a group by its id, an alert by its fingerprint. */
const isGroup = (id: string): boolean => id.startsWith("grp_");

const ack: Verb = {
  name: "ack",
  about: "Says that you see to an alert or a group: repeats and escalation stop until there is news.",
  positionals: ["ALERT_OR_GROUP"],
  options: [
    { name: "comment", value: "TEXT", about: "what you do about it" },
    { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
    { name: "undo", about: "take it back" },
  ],
  example: "headgate alerts ack 57c4f2a8d1b9e603 --comment restarting",
  run: async ({ io, positionals, options }) => {
    const id = positionals[0] as string;
    const [comment, by] = [text(options, "comment"), text(options, "by")];
    const json = {
      comment: comment ?? "",
      ...(by === undefined ? {} : { by }),
      undo: options["undo"] === true,
    };
    const param = { id: encodeURIComponent(id) };
    const said = isGroup(id)
      ? routes(io).groups[":id"].acknowledge.$post({ param, json }, once())
      : routes(io).alerts[":id"].acknowledge.$post({ param, json }, once());
    return heard(io, await answer<AcknowledgedView>(said), options["undo"] === true ? "taken back" : "acknowledged");
  },
};

const comment: Verb = {
  name: "comment",
  about: "Leaves a remark at an alert or a group.",
  positionals: ["ALERT_OR_GROUP", "TEXT"],
  options: [{ name: "by", value: "NAME", about: "who you are (default: the key's owner)" }],
  example: "headgate alerts comment 57c4f2a8d1b9e603 disk-replaced",
  run: async ({ io, positionals, options }) => {
    const [id, said] = positionals as [string, string];
    const by = text(options, "by");
    const json = { text: said, ...(by === undefined ? {} : { by }) };
    const param = { id: encodeURIComponent(id) };
    const sent = isGroup(id)
      ? routes(io).groups[":id"].comment.$post({ param, json }, once())
      : routes(io).alerts[":id"].comment.$post({ param, json }, once());
    return heard(io, await answer<AcknowledgedView>(sent), "noted");
  },
};

function heard(io: Io, view: AcknowledgedView, what: string): 0 {
  io.document(view);
  for (const group of view.groups) io.line(`${what}: ${group}`);
  return 0;
}

const span = (ms: number | undefined): string =>
  ms === undefined ? "nothing to measure" : formatDuration(Math.round(ms / 1_000) * 1_000);

const stats: Verb = {
  name: "stats",
  about: "How long acknowledging and resolving took, which rules paged most, and how often nothing was done about it.",
  options: [
    { name: "from", value: "WHEN", about: "from then on: 30d, or an ISO 8601 instant (default: 7d)" },
    { name: "to", value: "WHEN", about: "before then (default: now)" },
  ],
  example: "headgate alerts stats --json",
  run: async ({ io, options }) => {
    const help = "headgate alerts stats --help";
    const [from, to] = [await instant(io, options, "from", help), await instant(io, options, "to", help)];
    const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const view = await answer<AlertStatsView>(routes(io).stats.$get({ query }));
    io.document(view);
    io.line(
      `${stamp(view.from)} to ${stamp(view.to)}: ${view.notifications} notifications (${view.failed} failed), ${view.incidents} incidents`,
    );
    io.line(`to acknowledge: ${span(view.mttaMs)}; to resolve: ${span(view.mttrMs)}`);
    if (view.readFrom > view.from) io.note(`more than could be read: figures begin at ${stamp(view.readFrom)}`);
    const percent = (share: number): string => `${Math.round(share * 100)} %`;
    const rows = view.noise.map((one) => [
      one.alertname,
      ...[
        `${one.notifications}`,
        `${one.incidents}`,
        percent(one.ignoredShare),
        percent(one.flapping),
        span(one.medianMs),
      ],
    ]);
    if (rows.length > 0)
      for (const line of table([["RULE", "NOTIFICATIONS", "INCIDENTS", "NOTHING DONE", "FLAPPING", "MEDIAN"], ...rows]))
        io.line(line);
    return 0;
  },
};

export const alerts: Group = {
  name: "alerts",
  about: "alerts and where they go: explain, silence, acknowledge, replay, check alertmanager.yml",
  verbs: [
    list,
    groupsVerb,
    explain,
    ...silenceVerbs,
    ack,
    comment,
    alertsHistoryVerb,
    stats,
    alertsCheckVerb,
    alertsRoutesVerb,
    alertsReplayVerb,
    alertsTestVerb,
    alertsTemplateVerb,
    alertsServeVerb,
  ],
};
