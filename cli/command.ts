import { formatDuration, parseDuration } from "../shared/core/kernel/time.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

/** An option of a verb, for parsing and for its line in the help. */
export interface Option {
  readonly name: string;
  /** What the value is, as shown in the help ("FILE", "1h"); absent for a flag. */
  readonly value?: string;
  readonly about: string;
  readonly short?: string;
  readonly required?: boolean;
  /** May be given several times. */
  readonly many?: boolean;
}

/** Values of the options that were given. */
export type Given = { readonly [name: string]: string | boolean | readonly string[] | undefined };

export interface Invocation {
  readonly positionals: readonly string[];
  readonly options: Given;
  readonly io: Io;
}

/** One verb. `run` answers the exit status: 0 done, 1 the answer is no, 2 the input is bad. What is thrown exits 2 as well. */
export interface Verb {
  readonly name: string;
  readonly about: string;
  /** "ID", "[SERVICE]" … in order. */
  readonly positionals?: readonly string[];
  readonly options?: readonly Option[];
  readonly example: string;
  readonly run: (invocation: Invocation) => Promise<0 | 1 | 2>;
}

export interface Group {
  readonly name: string;
  readonly about: string;
  readonly verbs: readonly Verb[];
  /** The group is itself the command (`headgate start`): its only verb is not typed. */
  readonly single?: boolean;
}

/** Every verb has these. */
export const COMMON: readonly Option[] = [
  { name: "json", about: "one JSON document on standard output, nothing else" },
  { name: "url", value: "URL", about: "address of the API (HEADGATE_URL, default http://127.0.0.1:4180)" },
  { name: "debug", about: "show the stack of an error" },
  { name: "help", short: "h", about: "this text" },
];

/** The text of an option, if it was given one. */
export function text(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/** The texts of an option that may be given several times, in their order. */
export function texts(given: Given, name: string): readonly string[] {
  const value = given[name];
  return Array.isArray(value) ? value : [];
}

/**
 * A duration that was given, checked before it is sent: whoever typed it learns the option's name, not a field's.
 *
 * @throws UsageError with the value and what is allowed
 */
export function durationText(
  given: Given,
  name: string,
  least: string,
  most: string,
  help: string,
): string | undefined {
  const value = text(given, name);
  if (value === undefined) return undefined;
  const [ms, from, to] = [value, least, most].map(parseDuration) as [number | undefined, number, number];
  if (ms !== undefined && ms >= from && ms <= to) return value;
  throw new UsageError(
    `--${name} ${JSON.stringify(value)} is no duration such as 30m, 1h or 2d (allowed: ${formatDuration(from)} to ${formatDuration(to)})`,
    help,
  );
}
