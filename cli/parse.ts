import { parseArgs } from "node:util";
import { COMMON, type Given, type Group, type Option, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { suggest } from "./suggest.ts";

/** What the words on the command line ask for. */
export type Parsed =
  | { readonly kind: "help"; readonly group?: Group; readonly verb?: Verb }
  | { readonly kind: "version" }
  | {
      readonly kind: "run";
      readonly group: Group;
      readonly verb: Verb;
      readonly positionals: readonly string[];
      readonly options: Given;
    };

const meant = (given: string, names: readonly string[]): string => {
  const near = suggest(given, names);
  return near ? `; did you mean "${near}"?` : `; there are ${names.join(", ")}`;
};

/** @throws UsageError naming what is wrong and what was probably meant. */
export function parse(args: readonly string[], groups: readonly Group[]): Parsed {
  const [first, ...afterGroup] = commonLast(args);
  if (first === undefined || ["--help", "-h", "--json", "--debug"].includes(first)) return { kind: "help" };
  if (first === "help")
    return helpOn(
      afterGroup.filter((word) => !word.startsWith("-")),
      groups,
    );
  if (first === "--version" || first === "-v" || first === "version") return { kind: "version" };
  const group = groups.find((one) => one.name === first);
  if (!group) {
    const names = groups.map((one) => one.name);
    throw new UsageError(`unknown command ${JSON.stringify(first)}${meant(first, names)}`, "headgate --help");
  }
  const [second] = afterGroup;
  const help = `headgate ${group.name} --help`;
  if (group.single) return parseVerb(group, group.verbs[0] as Verb, afterGroup, help);
  if (second === undefined || second === "--help" || second === "-h") {
    if (second === undefined)
      throw new UsageError(`${group.name} needs a verb: ${group.verbs.map((one) => one.name).join(", ")}`, help);
    return { kind: "help", group };
  }
  const verb = verbAt(group, afterGroup);
  if (verb)
    return parseVerb(
      group,
      verb,
      afterGroup.slice(verb.name.split(" ").length),
      `headgate ${group.name} ${verb.name} --help`,
    );
  const below = group.verbs.filter((one) => one.name.startsWith(`${second} `));
  const [, third] = afterGroup;
  if (below.length > 0) {
    if (third === "--help" || third === "-h") return { kind: "help", group: { ...group, verbs: below } };
    const names = below.map((one) => one.name.slice(second.length + 1));
    if (third === undefined || third.startsWith("-"))
      throw new UsageError(`${group.name} ${second} needs a verb: ${names.join(", ")}`, help);
    throw new UsageError(
      `unknown verb ${JSON.stringify(third)} of ${group.name} ${second}${meant(third, names)}`,
      help,
    );
  }
  const names = [...new Set(group.verbs.map((one) => one.name.split(" ")[0] as string))];
  throw new UsageError(`unknown verb ${JSON.stringify(second)} of ${group.name}${meant(second, names)}`, help);
}

/** The verb that the words begin with. A verb may have two words ("breaker simulate"), and then its first may be a verb as well. */
function verbAt(group: Group, words: readonly string[]): Verb | undefined {
  const named = (count: number): Verb | undefined =>
    group.verbs.find((one) => one.name === words.slice(0, count).join(" "));
  return (words.length > 1 ? named(2) : undefined) ?? named(1);
}

/** What every verb takes may also stand in front of it: `headgate --json services list`. */
function commonLast(args: readonly string[]): readonly string[] {
  let index = 0;
  for (let word = args[index]; word !== undefined; word = args[index]) {
    if (word === "--json" || word === "--debug" || word.startsWith("--url=")) index += 1;
    else if (word === "--url" && index + 1 < args.length) index += 2;
    else break;
  }
  return [...args.slice(index), ...args.slice(0, index)];
}

/** `headgate help [GROUP [VERB]]`. */
function helpOn([name, ...words]: readonly string[], groups: readonly Group[]): Parsed {
  if (name === undefined) return { kind: "help" };
  const group = groups.find((one) => one.name === name);
  const verb = group?.single ? group.verbs[0] : group && verbAt(group, words);
  // What is no verb is told of as if it had been typed; the first word of several verbs has a help of its own.
  if (!group || (words.length > 0 && !verb))
    return parse([name, ...words, ...(words.length === 1 ? ["--help"] : [])], groups);
  return verb ? { kind: "help", group, verb } : { kind: "help", group };
}

function parseVerb(group: Group, verb: Verb, args: readonly string[], help: string): Parsed {
  const options = [...(verb.options ?? []), ...COMMON];
  const names = options.map((option) => option.name);
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options.map((option) => [option.name, definition(option)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  if (values["help"]) return { kind: "help", group, verb };
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = options.find((one) => one.name === token.name);
    if (!option) {
      throw new UsageError(
        `unknown option ${token.rawName}${meant(token.name, names).replaceAll('"', "")}`.replace(
          "did you mean ",
          "did you mean --",
        ),
        help,
      );
    }
    // "--config --json": the next option is no file name.
    const missing =
      option.value !== undefined &&
      (token.value === undefined || (!token.inlineValue && /^--?[a-z]/i.test(token.value)));
    if (missing) throw new UsageError(`--${option.name} needs a value: ${option.value}`, help);
    if (option.value === undefined && token.value !== undefined)
      throw new UsageError(`--${option.name} takes no value`, help);
  }
  for (const option of options) {
    if (option.required && values[option.name] === undefined)
      throw new UsageError(`--${option.name} ${option.value} is missing`, help);
  }
  const wanted = verb.positionals ?? [];
  const least = wanted.filter((name) => !name.startsWith("[")).length;
  if (positionals.length < least) throw new UsageError(`${wanted[positionals.length]} is missing`, help);
  // "FILE...": one or more.
  if (positionals.length > wanted.length && !wanted.at(-1)?.endsWith("...")) {
    throw new UsageError(`${JSON.stringify(positionals[wanted.length])} is one argument too many`, help);
  }
  return { kind: "run", group, verb, positionals, options: values as Given };
}

function definition(option: Option): { type: "string" | "boolean"; short?: string } {
  return { type: option.value === undefined ? "boolean" : "string", ...(option.short ? { short: option.short } : {}) };
}
