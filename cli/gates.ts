import type { GateSetView, GatesView, GateView, HookTokensView } from "../functions/api/views-gates.ts";
import { answer, client, once } from "./client.ts";
import { type Group, type Invocation, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago } from "./format.ts";
import { plain, table } from "./io.ts";

const HELP = "headgate gates --help";
const PAGE = 500;

function state({ ended, waitsSince, verdict, gate }: GateView): string {
  if (ended) return ended.ok ? "let through" : "failed";
  if (waitsSince !== undefined) return "waits for approval";
  return verdict ?? (gate ? gate.status : "nothing counted");
}

async function list({ io }: Invocation): Promise<0> {
  const items: GateView[] = [];
  let view: GatesView;
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    view = await answer<GatesView>(client(io).api.v1.gates.$get({ query }));
    items.push(...view.items);
    cursor = view.cursor;
  } while (cursor !== undefined);
  io.document({ clock: view.clock, items });
  const { now } = view.clock;
  const rows = items.map((one) => [
    one.system,
    plain(one.id),
    plain(one.service),
    state(one),
    one.begunAt === undefined ? "" : ago(one.begunAt, now),
    plain(one.ended?.text ?? one.text ?? ""),
  ]);
  if (rows.length === 0) io.line("no gates: no other system has asked yet");
  else for (const line of table([["SYSTEM", "ID", "SERVICE", "STATE", "BEGUN", "WHY"], ...rows])) io.line(line);
  return 0;
}

const set =
  (verb: "open" | "close") =>
  async ({ io, positionals, options }: Invocation): Promise<0> => {
    const [given = ""] = positionals;
    const slash = given.indexOf("/");
    if (slash < 1) throw new UsageError(`${JSON.stringify(given)} is not like flagger/shop/orders`, HELP);
    const [by, service] = [text(options, "by"), text(options, "service")];
    const json = {
      door: options["rollback"] === true ? ("rollback" as const) : ("gate" as const),
      ...(by === undefined ? {} : { by }),
      ...(service === undefined ? {} : { service }),
    };
    const param = { system: given.slice(0, slash), id: encodeURIComponent(given.slice(slash + 1)) };
    const one = client(io).api.v1.gates[":system"][":id"];
    const sent = verb === "open" ? one.open.$post({ param, json }, once()) : one.close.$post({ param, json }, once());
    const view = await answer<GateSetView>(sent);
    io.document(view);
    io.line(
      plain(`${view.system}/${view.id} (${view.service}): ${json.door} is ${view[json.door]?.status ?? "as it was"}`),
    );
    return 0;
  };

async function hooks({ io, positionals }: Invocation): Promise<0> {
  const param = { service: encodeURIComponent(positionals[0] as string) };
  const view = await answer<HookTokensView>(client(io).api.v1.gates.hooks[":service"].$get({ param }));
  io.document(view);
  for (const line of table(view.hooks.map(({ system, path }) => [system, path]))) io.line(line);
  return 0;
}

const OPTIONS = [
  { name: "rollback", about: "the way back that Flagger asks about, instead of the gate" },
  { name: "service", value: "NAME", about: "the service, where nobody has asked at this gate yet" },
  { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
] as const;

/** `headgate gates`. */
export const gates: Group = {
  name: "gates",
  about: "rollouts that ECS, CodeDeploy, Flagger or Argo make and Headgate judges",
  verbs: [
    {
      name: "list",
      about: "What is judged for them: verdict, who waits for whom, since when.",
      example: "headgate gates list",
      run: list,
    },
    {
      name: "open",
      about: "Approves: the gate is open from now on.",
      positionals: ["SYSTEM/ID"],
      options: [...OPTIONS],
      example: "headgate gates open flagger/shop/orders --by ada",
      run: set("open"),
    },
    {
      name: "close",
      about: "Closes it again: whoever asks is told to wait.",
      positionals: ["SYSTEM/ID"],
      options: [...OPTIONS],
      example: "headgate gates close flagger/shop/orders",
      run: set("close"),
    },
    {
      name: "hooks",
      about: "Addresses for systems that can send no key, with the token in them. Needs a key with scope admin.",
      positionals: ["SERVICE"],
      example: "headgate gates hooks orders",
      run: hooks,
    },
  ],
};
