import type {
  OncallByView,
  OncallNowView,
  OncallScheduleView,
  OncallView,
  OverrideChangedView,
  OverrideView,
} from "../functions/api/views-oncall.ts";
import { formatDuration, iso } from "../shared/core/kernel/time.ts";
import { offsetAt } from "../shared/core/kernel/timezone.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Given, type Group, type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago } from "./format.ts";
import { instant } from "./instants.ts";
import { type Io, plain, table } from "./io.ts";

const routes = (io: Io) => client(io).api.v1.oncall;
const MOMENT = "an instant such as 2026-01-05T09:00Z, or wall clock time of the schedule's zone";

/** As the clock on the wall of the schedule shows it: "2026-01-05 09:00". */
const wall = (at: number, zone: string): string =>
  iso(at + (offsetAt(zone, at) ?? 0))
    .slice(0, 16)
    .replace("T", " ");

const byText = (by: OncallByView | undefined): string =>
  by === undefined ? "" : by.override === undefined ? `layer ${by.layer}` : `override ${by.override}`;

const who = ({ person, name }: Pick<OncallNowView, "person" | "name">): string =>
  person === undefined ? "NOBODY" : name === undefined ? person : `${name} (${person})`;

function tellNow(io: Io, { at, schedules, escalations }: OncallView): void {
  if (schedules.length === 0) io.line("no schedules: add a section oncall to the configuration");
  const rows = schedules.map((one) => [
    one.schedule,
    plain(who(one)),
    one.until === undefined ? "" : `${wall(one.until, one.zone)} (${ago(one.until, at)})`,
    one.until === undefined ? "" : (one.next ?? "NOBODY"),
    byText(one.by),
    one.zone,
  ]);
  if (rows.length > 0)
    for (const line of table([["SCHEDULE", "ON CALL", "UNTIL", "THEN", "BY", "ZONE"], ...rows])) io.line(line);
  const levels = escalations.flatMap(({ escalation, levels: all }) =>
    all.map(({ afterMs, tells, nobody }, index) => [
      index === 0 ? escalation : "",
      `${index + 1}`,
      index === 0 ? "at once" : `after ${formatDuration(afterMs)}`,
      plain([...tells, ...nobody.map((one) => `NOBODY: ${one}`)].join(", ")),
    ]),
  );
  if (levels.length > 0) io.line();
  if (levels.length > 0) for (const line of table([["ESCALATION", "LEVEL", "WHEN", "TELLS"], ...levels])) io.line(line);
  for (const { schedule, zone, gap } of schedules)
    if (gap) io.note(plain(`${schedule}: nobody is on call from ${wall(gap.from, zone)} to ${wall(gap.until, zone)}`));
}

const overrideLine = ({ id, from, until, person, why, by }: OverrideView, zone: string): readonly string[] => [
  id,
  plain(person),
  wall(from, zone),
  wall(until, zone),
  by === undefined ? "the file" : plain(by),
  plain(why),
];

function tellOverrides(io: Io, overrides: readonly OverrideView[], zone: string): void {
  if (overrides.length === 0) return;
  io.line();
  const rows = overrides.map((one) => overrideLine(one, zone));
  for (const line of table([["OVERRIDE", "PERSON", "FROM", "TO", "BY", "WHY"], ...rows])) io.line(line);
}

function tellSchedule(io: Io, view: OncallScheduleView): void {
  const { schedule, zone, at, until, gap, calendar } = view;
  const end = until === undefined ? "" : ` until ${wall(until, zone)} (${ago(until, at)})`;
  io.line(plain(`${who(view)} ${view.person === undefined ? "is on call" : "on call"} for ${schedule}${end}, ${zone}`));
  io.line();
  const rows = view.shifts.map((one) => [
    wall(one.from, zone),
    wall(one.until, zone),
    formatDuration(one.until - one.from),
    one.person ?? "NOBODY",
    byText(one.by),
  ]);
  for (const line of table([["FROM", "TO", "FOR", "PERSON", "BY"], ...rows])) io.line(line);
  tellOverrides(io, view.overrides, zone);
  if (calendar !== undefined) io.note(`calendar programs subscribe to ${calendar}`);
  if (gap) io.note(`nobody is on call from ${wall(gap.from, zone)} to ${wall(gap.until, zone)}`);
}

const given = <K extends string>(options: Given, ...names: readonly K[]): { readonly [name in K]?: string } =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = text(options, name);
      return value === undefined ? [] : [[name, value]];
    }),
  ) as { readonly [name in K]?: string };

const show: Verb = {
  name: "show",
  about:
    "Who is on call by each schedule and whom each escalation would tell; of one schedule its shifts and overrides. Exits 1 where nobody is on call.",
  positionals: ["[SCHEDULE]"],
  options: [
    { name: "at", value: "TIME", about: "as of then (default: now)" },
    { name: "from", value: "TIME", about: "shifts from then on (default: now)" },
    { name: "to", value: "TIME", about: "shifts until then (default: two weeks later)" },
  ],
  example: "headgate oncall show primary --at 2026-03-29T02:30",
  run: async ({ io, positionals, options }) => {
    const [schedule] = positionals;
    if (schedule === undefined) {
      if (options["from"] !== undefined || options["to"] !== undefined)
        throw new UsageError("--from and --to need a SCHEDULE", "headgate oncall show --help");
      const at = await instant(io, options, "at", "headgate oncall show --help");
      const view = await answer<OncallView>(routes(io).$get({ query: at === undefined ? {} : { at } }));
      io.document(view);
      tellNow(io, view);
      return view.schedules.some(({ person }) => person === undefined) ? 1 : 0;
    }
    const query = given(options, "at", "from", "to");
    const param = { schedule: encodeURIComponent(schedule) };
    const view = await answer<OncallScheduleView>(routes(io)[":schedule"].$get({ param, query }));
    io.document(view);
    tellSchedule(io, view);
    return view.person === undefined ? 1 : 0;
  },
};

const WHY: Option = { name: "why", value: "TEXT", about: "why" };
const BY: Option = { name: "by", value: "NAME", about: "who you are (default: the key's owner)" };

function tellChange(io: Io, view: OverrideChangedView): void {
  io.document(view);
  io.line(view.id);
  if (!io.json) io.note(plain(view.text));
}

const override: Verb = {
  name: "override",
  about: "Somebody stands in for a while; what is made later wins.",
  positionals: ["SCHEDULE", "PERSON"],
  options: [
    { name: "from", value: "TIME", about: `${MOMENT} (default: now)` },
    { name: "to", value: "TIME", about: MOMENT },
    { name: "for", value: "DURATION", about: "instead of --to: for so long" },
    WHY,
    BY,
  ],
  example: "headgate oncall override primary cyd --from 2026-01-06T17:00 --for 8h --why dentist",
  run: async ({ io, positionals, options }) => {
    const [schedule = "", person = ""] = positionals;
    const help = "headgate oncall override --help";
    const length = durationText(options, "for", "1m", "366d", help);
    if ((length === undefined) === (text(options, "to") === undefined))
      throw new UsageError("either --to or --for", help);
    const json = {
      person,
      why: "",
      ...given(options, "from", "to", "why", "by"),
      ...(length === undefined ? {} : { for: length }),
    };
    const param = { schedule: encodeURIComponent(schedule) };
    tellChange(io, await answer<OverrideChangedView>(routes(io)[":schedule"].overrides.$post({ param, json }, once())));
    return 0;
  },
};

const remove: Verb = {
  name: "unoverride",
  about: "Takes an override back; one that has begun ends now. Those of the file are changed there.",
  positionals: ["SCHEDULE", "ID"],
  options: [WHY, BY],
  example: "headgate oncall unoverride primary ovr_01ke5q8600jsjgwzqy9dwmwy5v --why recovered",
  run: async ({ io, positionals, options }) => {
    const [schedule = "", id = ""] = positionals.map(encodeURIComponent);
    const one = routes(io)[":schedule"].overrides[":id"];
    tellChange(
      io,
      await answer<OverrideChangedView>(
        one.$delete({ param: { schedule, id }, query: { why: "", ...given(options, "why", "by") } }),
      ),
    );
    return 0;
  },
};

export const oncall: Group = {
  name: "oncall",
  about: "who is on call, who stands in, who is told next",
  verbs: [show, override, remove],
};
