import type { BackendCountsView, TrafficServiceSummary, TrafficServicesView } from "../functions/api/views-traffic.ts";
import { answer, client } from "./client.ts";
import type { Verb } from "./command.ts";
import { number } from "./format.ts";
import { table } from "./io.ts";

/** "2 ejected, 1 draining"; empty where nothing is in the way of any. */
export function troubleText({ draining, unhealthy, ejected, circuitOpen }: BackendCountsView): string {
  const named: readonly (readonly [number, string])[] = [
    [unhealthy, "unhealthy"],
    [ejected, "ejected"],
    [circuitOpen, "circuit open"],
    [draining, "draining"],
  ];
  return named.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(", ");
}

/** "v1 95 %, v2 5 %", of parts or percent. */
export function sharesText(shares: Readonly<Record<string, number>>): string {
  const all = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return Object.entries(shares)
    .map(([name, share]) => `${name} ${number(all > 0 ? (100 * share) / all : 0)} %`)
    .join(", ");
}

const row = ({ service, policy, backends, panic, versions, gateway }: TrafficServiceSummary): readonly string[] => [
  service,
  policy,
  `${backends.ok}/${backends.total}`,
  panic ? "panic" : "-",
  gateway ? `${gateway.inFlight}` : "-",
  gateway?.p99Ms === undefined ? "-" : number(gateway.p99Ms),
  versions ? sharesText(versions) : "-",
  troubleText(backends),
];

/** `headgate traffic list`. */
export const trafficListVerb: Verb = {
  name: "list",
  about: "Services with their policy, how many backends are well, panic, and shares of versions.",
  example: "headgate traffic list",
  run: async ({ io }) => {
    const view = await answer<TrafficServicesView>(client(io).api.v1.traffic.$get());
    io.document(view);
    if (view.items.length === 0) io.line("no services");
    else {
      const heading = ["SERVICE", "POLICY", "WELL/ALL", "PANIC", "IN FLIGHT", "P99 MS", "VERSIONS", "TROUBLE"];
      for (const line of table([heading, ...view.items.map(row)])) io.line(line);
    }
    return 0;
  },
};
