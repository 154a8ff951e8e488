import type { TrafficBackendView, TrafficServiceView } from "../functions/api/views-traffic.ts";
import { answer, client } from "./client.ts";
import type { Verb } from "./command.ts";
import { ago, decisionLines, facts, number, stamp } from "./format.ts";
import { type Io, table } from "./io.ts";
import { sharesText, troubleText } from "./traffic-list.ts";

/** As many as a page has. */
const PAGE = 1_000;

/** The service with all its backends, page by page. @throws ApiError */
async function wholeService(io: Io, service: string): Promise<TrafficServiceView> {
  const param = { service: encodeURIComponent(service) };
  const backends: TrafficBackendView[] = [];
  let view: TrafficServiceView;
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    view = await answer<TrafficServiceView>(client(io).api.v1.traffic[":service"].$get({ param, query }));
    backends.push(...view.backends);
    cursor = view.cursor;
  } while (cursor !== undefined);
  const { cursor: _, ...rest } = view;
  return { ...rest, backends };
}

/** Why a backend is as it is, in a few words. */
function reasonOf({ state, check, ejection, circuit, drainingSince }: TrafficBackendView, now: number): string {
  if (state === "draining") return drainingSince === undefined ? "" : `since ${ago(drainingSince, now)}`;
  if (state === "unhealthy") return check?.detail ?? "its checks fail";
  if (state === "ejected")
    return `${ejection?.why?.replaceAll("_", " ") ?? ""}${ejection?.until === undefined ? "" : `, back ${ago(ejection.until, now)}`}`;
  if (state !== "circuit_open") return "";
  if (circuit?.forced) return `forced open${circuit.forced.by === undefined ? "" : ` by ${circuit.forced.by}`}`;
  return circuit?.openUntil === undefined ? "" : `probed ${ago(circuit.openUntil, now)}`;
}

const addressOf = ({ host, port }: TrafficBackendView) => `${host.includes(":") ? `[${host}]` : host}:${port}`;

const row = (one: TrafficBackendView, now: number, addresses: boolean): readonly string[] => {
  const { gateway } = one;
  return [
    one.id,
    ...(addresses ? [addressOf(one)] : []),
    one.state.replace("_", " "),
    number(one.weight),
    [one.zone, one.version].filter((text) => text !== undefined).join(" ") || "-",
    gateway ? `${gateway.active}` : "-",
    gateway?.share === undefined ? "-" : `${number(100 * gateway.share)} %`,
    gateway?.p99Ms === undefined ? "-" : number(gateway.p99Ms),
    one.source,
    one.leaseUntil === undefined ? "-" : ago(one.leaseUntil, now),
    reasonOf(one, now),
  ];
};

/** `headgate traffic show`. */
export const trafficShowVerb: Verb = {
  name: "show",
  about: "One service: its backends with what is in the way of each, levels, shares of versions, the last decisions.",
  positionals: ["SERVICE"],
  example: "headgate traffic show orders",
  run: async ({ io, positionals }) => {
    const view = await wholeService(io, positionals[0] as string);
    io.document(view);
    const { summary, versions, backends, clock } = view;
    const { gateway, levels } = summary;
    const trouble = troubleText(summary.backends);
    for (const line of facts([
      ["service", summary.service],
      ["policy", summary.policy],
      ["backends", `${summary.backends.ok} of ${summary.backends.total} well${trouble === "" ? "" : `: ${trouble}`}`],
      ["panic", summary.panic ? "yes: all are used, whether well or not" : undefined],
      ...(levels ?? []).map(({ priority, healthy, total, share }): [string, string] => [
        `level ${priority}`,
        `${share} %, ${healthy} of ${total} well`,
      ]),
      ["breaker", summary.breaker],
      ["checks", view.checksWithin],
      [
        "versions",
        versions &&
          `${sharesText(versions.shares)}${versions.asked ? `, asked for by ${versions.asked.by}: ${versions.asked.why}` : ""}`,
      ],
      ["served", versions?.served && sharesText(versions.served)],
      ["verified", versions?.verifiedAt === undefined ? undefined : stamp(versions.verifiedAt)],
      [
        "gateway",
        gateway &&
          `${gateway.url ?? "here"}: ${gateway.inFlight} in flight, ${gateway.queued} waiting, ${gateway.arrived} requests, ${gateway.failed} failed, ${gateway.refused} refused`,
      ],
    ]))
      io.line(line);
    if (backends.length > 0) {
      io.line();
      // Most ids are the address already.
      const addresses = backends.some((one) => one.id !== addressOf(one));
      const heading = [
        "BACKEND",
        ...(addresses ? ["ADDRESS"] : []),
        "STATE",
        "WEIGHT",
        "ZONE/VERSION",
        "ACTIVE",
        "SHARE",
        "P99 MS",
        "SOURCE",
        "LEASE",
        "WHY",
      ];
      for (const line of table([heading, ...backends.map((one) => row(one, clock.now, addresses))])) io.line(line);
    }
    io.line();
    for (const line of decisionLines(view.decisions)) io.line(line);
    return 0;
  },
};
