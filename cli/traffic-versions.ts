import type { VersionsSetView } from "../functions/api/views-traffic.ts";
import { answer, client, once } from "./client.ts";
import { text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { plain } from "./io.ts";
import { sharesText } from "./traffic-list.ts";

const HELP = "headgate traffic versions --help";

/** "v1=95". */
function shareOf(given: string): readonly [string, number] {
  const split = given.lastIndexOf("=");
  const [name, share] = [given.slice(0, Math.max(0, split)), Number(given.slice(split + 1) || Number.NaN)];
  if (name === "" || !(share >= 0)) throw new UsageError(`${JSON.stringify(given)} is not like v1=95`, HELP);
  return [name, share];
}

/** `headgate traffic versions`. */
export const trafficVersionsVerb: Verb = {
  name: "versions",
  about:
    "Sets the shares of a service's versions, absolutely, above the configuration's until they are released. Exits 1 where it was held.",
  positionals: ["SERVICE", "[VERSION=SHARE]..."],
  options: [
    { name: "release", about: "back to the configuration's" },
    { name: "take-over", about: "also where another hand has changed the load balancer meanwhile" },
    { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
    { name: "by", value: "NAME", about: "who you are (default: the key's owner)" },
  ],
  example: "headgate traffic versions orders v1=95 v2=5 --why canary",
  run: async ({ io, positionals, options }) => {
    const [service, ...given] = positionals;
    const release = options["release"] === true;
    if (release === given.length > 0) throw new UsageError("VERSION=SHARE ..., or --release", HELP);
    const by = text(options, "by");
    const said = { why: text(options, "why") ?? "", ...(by === undefined ? {} : { by }) };
    const takeOver = options["take-over"] === true;
    const json = release ? { release, ...said } : { shares: Object.fromEntries(given.map(shareOf)), takeOver, ...said };
    const param = { service: encodeURIComponent(service as string) };
    const sent = client(io).api.v1.traffic[":service"].versions.$post({ param, json }, once());
    const view = await answer<VersionsSetView>(sent);
    io.document(view);
    const shares = view.versions ? sharesText(view.versions.shares) : "versions are not weighed";
    io.line(plain(`${view.reason?.replaceAll("_", " ") ?? view.status}: ${shares}`));
    if (view.decision) io.line(plain(view.decision.sentence));
    return view.status === "decided" || view.reason === "held_in_force" || view.reason === "weights_in_force" ? 0 : 1;
  },
};
