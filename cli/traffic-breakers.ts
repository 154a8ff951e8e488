import type {
  CircuitChangedView,
  CircuitDetailView,
  CircuitsView,
  CircuitView,
} from "../functions/api/views-breakers.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Invocation, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, decisionLines, facts } from "./format.ts";
import { type Io, table } from "./io.ts";

const HELP = "headgate traffic breakers --help";
const PAGE = 1_000;

const routes = (io: Io) => client(io).api.v1.breakers;
const param = (circuit: string) => ({ circuit: encodeURIComponent(circuit) });

const word = ({ status, forced }: CircuitView): string =>
  forced ? `forced ${forced.state}` : status.replace("_", " ");

/** Why it is as it is, in a few words. */
function why(one: CircuitView, now: number): string {
  const { forced, openUntil, probes, last } = one;
  if (forced) {
    const until = forced.until === undefined ? "" : `, ends ${ago(forced.until, now)}`;
    return `${forced.why} (${forced.by}${until})`;
  }
  if (one.admits === "probe") return "a probe is due";
  if (openUntil !== undefined) return `probed ${ago(openUntil, now)}; ${last?.reason.replaceAll("_", " ") ?? ""}`;
  if (probes.length > 0) return `${probes.length} on the way, ${one.successes} succeeded`;
  const failures = one.counts["failures"] ?? 0;
  return failures > 0 ? `${failures} ${failures === 1 ? "failure" : "failures"} counted` : "";
}

async function list({ io, options }: Invocation): Promise<0> {
  const prefix = text(options, "prefix");
  const items: CircuitView[] = [];
  let view: CircuitsView;
  let cursor: string | undefined;
  do {
    const query = {
      limit: PAGE,
      ...(prefix === undefined ? {} : { prefix }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    view = await answer<CircuitsView>(routes(io).$get({ query }));
    items.push(...view.items);
    cursor = view.cursor;
  } while (cursor !== undefined);
  io.document({ clock: view.clock, items });
  const { now } = view.clock;
  const rows = items.map((one) => [one.circuit, word(one), one.admits, ago(one.since, now), why(one, now)]);
  if (rows.length === 0) io.line("no circuits: nothing failed yet");
  else for (const line of table([["CIRCUIT", "STATUS", "ADMITS", "SINCE", "WHY"], ...rows])) io.line(line);
  return 0;
}

async function shown({ io, options }: Invocation, circuit: string): Promise<CircuitDetailView> {
  const limit = text(options, "limit");
  if (limit !== undefined && !/^[1-9]\d{0,2}$/.test(limit))
    throw new UsageError(`--limit ${limit} is no number from 1 to 500`, HELP);
  const query = limit === undefined ? {} : { limit: Number(limit) };
  return answer<CircuitDetailView>(routes(io)[":circuit"].$get({ param: param(circuit), query }));
}

async function show(invocation: Invocation, circuit: string): Promise<0> {
  const { io } = invocation;
  const view = await shown(invocation, circuit);
  io.document(view);
  const { now } = view.clock;
  for (const line of facts([
    ["circuit", view.circuit],
    ["status", `${word(view)}, since ${ago(view.since, now)}`],
    ["admits", view.admits],
    ["why", why(view, now) || undefined],
    ["epoch", `${view.epoch}`],
    ["rule", `${String(view.policy["rule"])}`],
    ["openings", view.opens > 0 ? `${view.opens} in a row` : undefined],
  ]))
    io.line(line);
  if (view.history.length > 0) {
    io.line();
    for (const line of decisionLines(view.history)) io.line(line);
  }
  return 0;
}

async function history(invocation: Invocation, circuit: string): Promise<0> {
  const view = await shown(invocation, circuit);
  invocation.io.document({ clock: view.clock, circuit, items: view.history });
  for (const line of decisionLines(view.history)) invocation.io.line(line);
  return 0;
}

function told(io: Io, view: CircuitChangedView): 0 {
  io.document(view);
  io.line(
    view.decision === undefined
      ? `nothing to change: ${view.circuit} is ${word(view)}`
      : `${view.circuit} is ${word(view)}`,
  );
  return 0;
}

async function force({ io, options }: Invocation, circuit: string): Promise<0> {
  const states = ["open", "closed", "disabled"] as const;
  const state = states.find((one) => one === text(options, "state"));
  if (!state) throw new UsageError(`--state is one of ${states.join(", ")}`, HELP);
  const reason = text(options, "why");
  if (!reason) throw new UsageError("--why is needed: it stands in the history", HELP);
  const length = durationText(options, "for", "1s", "365d", HELP);
  const by = text(options, "by");
  const json = {
    state,
    why: reason,
    ...(length === undefined ? {} : { for: length }),
    ...(by === undefined ? {} : { by }),
  };
  const done = routes(io)[":circuit"].force.$post({ param: param(circuit), json }, once());
  return told(io, await answer<CircuitChangedView>(done));
}

async function release({ io, options }: Invocation, circuit: string): Promise<0> {
  const [reason, by] = [text(options, "why"), text(options, "by")];
  const json = { ...(reason === undefined ? {} : { why: reason }), ...(by === undefined ? {} : { by }) };
  const done = routes(io)[":circuit"].release.$post({ param: param(circuit), json }, once());
  return told(io, await answer<CircuitChangedView>(done));
}

const ACTIONS = { show, history, force, release } as const;

/** `headgate traffic breakers [list|show|force|release|history] [CIRCUIT]`. */
export const trafficBreakersVerb: Verb = {
  name: "breakers",
  about: "Circuits that are shared: list, show one with its history, force one by hand, take that back.",
  positionals: ["[list|show|history|force|release]", "[CIRCUIT]"],
  options: [
    { name: "prefix", value: "TEXT", about: "list: names that begin so, e.g. orders/" },
    { name: "limit", value: "N", about: "show, history: decisions (default: 20)" },
    {
      name: "state",
      value: "STATE",
      about: "force: open (nobody calls), closed (everybody), disabled (nothing is counted)",
    },
    { name: "why", value: "TEXT", about: "force, release: stands in the history" },
    { name: "for", value: "DURATION", about: "force: ends by itself after so long (default: until it is released)" },
    { name: "by", value: "NAME", about: "force, release: who you are (default: the key's owner)" },
  ],
  example: "headgate traffic breakers force payments --state open --for 30m --why outage",
  run: async (invocation) => {
    const [action = "list", circuit] = invocation.positionals;
    if (action === "list") return list(invocation);
    if (!Object.hasOwn(ACTIONS, action))
      throw new UsageError(`${JSON.stringify(action)} is none of list, ${Object.keys(ACTIONS).join(", ")}`, HELP);
    if (!circuit) throw new UsageError(`${action} needs the name of a circuit`, HELP);
    return ACTIONS[action as keyof typeof ACTIONS](invocation, circuit);
  },
};
