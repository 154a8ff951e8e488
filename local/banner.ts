import { iso, type Millis } from "../shared/core/kernel/time.ts";
import { DEFAULT_PORT } from "./options.ts";
import { printable } from "./say.ts";

export interface BannerFacts {
  readonly url: string;
  /** Runs from a clone: there the command line is an npm script. */
  readonly clone: boolean;
  /** Why the console could not be built. */
  readonly consoleTrouble?: string;
  readonly config: string;
  readonly dir: string;
  readonly speed: number;
  /** Why the speed is so, when nobody asked for it. */
  readonly speedWhy?: string;
  readonly now: Millis;
  readonly resumed: boolean;
  readonly services: readonly {
    readonly name: string;
    readonly url: string;
    readonly load?: string;
    readonly bounds?: string;
  }[];
  /** Names of services that run elsewhere. */
  readonly elsewhere: readonly string[];
  /** A sentence for each backup plan. */
  readonly backups?: readonly string[];
  /** Processes of a run that was killed, stopped now. */
  readonly reaped: number;
  readonly quiet: boolean;
}

/** What is told at the prompt: where, what, how fast, and how to end it. */
export function banner(facts: BannerFacts): readonly string[] {
  // The CLI looks at the default port by itself.
  const elsewhere = new URL(facts.url).port === String(DEFAULT_PORT) ? "" : ` --url ${facts.url}`;
  const days = 24 / facts.speed;
  const pace =
    facts.speed === 1
      ? "real time"
      : `${facts.speed} virtual seconds a second, a day in ${days >= 1 ? `${days.toFixed(1)} h` : `${Math.round(days * 60)} min`}`;
  return [
    "",
    `  Headgate   ${facts.url}${facts.consoleTrouble ? "   (API only)" : ""}`,
    ...(facts.consoleTrouble ? [`  console    could not be built: ${printable(facts.consoleTrouble)}`] : []),
    `  config     ${facts.config}`,
    `  state      ${facts.dir}${facts.resumed ? ", continued" : ", new"}`,
    ...(facts.reaped > 0 ? [`             stopped ${facts.reaped} left over from an earlier run that was killed`] : []),
    `  clock      ${iso(facts.now).slice(0, 16).replace("T", " ")} UTC, ${pace}${facts.speedWhy ? ` (${facts.speedWhy})` : ""}`,
    ...facts.services.map(
      (one, index) =>
        `  ${index === 0 ? "services" : "        "}   ${one.name.padEnd(10)} ${one.url}   ${[one.bounds, one.load ?? "no generated load"].filter((text) => text !== undefined).join(", ")}`,
    ),
    ...(facts.elsewhere.length > 0
      ? [`  elsewhere  ${facts.elsewhere.join(", ")}: on ECS, not touched from here`]
      : []),
    ...(facts.backups ?? []).map((text, index) => `  ${index === 0 ? "backup" : "      "}     ${printable(text)}`),
    `  decisions  ${facts.quiet ? "" : "printed below as they are made; in full: "}${facts.clone ? "npm run -s headgate --" : "headgate"} decisions list${elsewhere}`,
    "  stop       Ctrl-C (drains and stops every process)",
    "",
  ];
}
