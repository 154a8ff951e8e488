import { sentence } from "../shared/core/autoscaling/explain.ts";
import type { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import { iso, type Millis } from "../shared/core/kernel/time.ts";

/** What `npm start` prints. Everything but errors goes to standard output. */
export interface Out {
  line(text: string): void;
  error(text: string): void;
}

const MOST_FAULTS = 20;

/** An error for a person: the sentence, then one line per fault with place, value and what is allowed. */
export function errorLines(error: HeadgateError, file?: string): readonly string[] {
  const faults = error.faults.slice(0, MOST_FAULTS).map((fault) => {
    const where =
      fault.line === undefined
        ? ""
        : `${file ?? "line "}${file ? ":" : ""}${fault.line}${fault.column ? `:${fault.column}` : ""} `;
    const value = fault.value === undefined ? "" : ` (found ${fault.value})`;
    const allowed = fault.allowed === undefined ? "" : `; allowed: ${fault.allowed}`;
    return `  ${where}${fault.path}: ${fault.message}${value}${allowed}`;
  });
  const rest = error.faults.length - faults.length;
  return [`headgate: ${error.message}`, ...faults, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** Control characters in what others wrote (a service's last words) must not move the cursor of a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** The decision as a sentence, after its virtual time (UTC). */
export function decisionLine(record: DecisionRecord): string {
  return `${iso(record.at).slice(11, 16)}  ${printable(sentence(record))}`;
}

export function troubleLine(at: Millis, service: string, text: string): string {
  return `${iso(at).slice(11, 16)}  ${service}: trouble: ${printable(text)}`;
}

/**
 * Prints decisions as they are made, but not the same conclusion about the same service again and again while nothing
 * changes: who wants those reads the journal.
 */
export function decisionPrinter(out: Out): (record: DecisionRecord) => void {
  const last = new Map<string, string>();
  return (record) => {
    const known = last.get(record.subject) === record.reason;
    last.set(record.subject, record.reason);
    if (!known || record.actions.length > 0) out.line(decisionLine(record));
  };
}

/** Holds lines back until `release`, so that nothing stands above the banner. */
export function heldBack(out: Out): Out & { release(): void } {
  let held: string[] | undefined = [];
  return {
    error: out.error,
    line: (text) => {
      if (held) held.push(text);
      else out.line(text);
    },
    release: () => {
      for (const text of held ?? []) out.line(text);
      held = undefined;
    },
  };
}

export interface BannerFacts {
  readonly url: string;
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
  readonly reaped: number;
}

export function banner(facts: BannerFacts): readonly string[] {
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
    "  decisions  printed below as they are made; in full: npm run -s headgate -- decisions list",
    "  stop       Ctrl-C (drains and stops every process)",
    "",
  ];
}
