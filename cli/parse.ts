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
  const verb = group.verbs.find((one) => one.name === second);
  if (!verb) {
    const names = group.verbs.map((one) => one.name);
    throw new UsageError(`unknown verb ${JSON.stringify(second)} of ${group.name}${meant(second, names)}`, help);
  }
  return parseVerb(group, verb, afterGroup.slice(1), `headgate ${group.name} ${verb.name} --help`);
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
function helpOn([name, second]: readonly string[], groups: readonly Group[]): Parsed {
  if (name === undefined) return { kind: "help" };
  const group = groups.find((one) => one.name === name);
  if (!group || (second !== undefined && !group.single && !group.verbs.some((one) => one.name === second)))
    return parse([name, ...(second === undefined ? [] : [second])], groups);
  const verb = group.single ? group.verbs[0] : group.verbs.find((one) => one.name === second);
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

function definition(option: Option): { type: "string" | "boolean"; short?: string; multiple?: boolean } {
  return {
    type: option.value === undefined ? "boolean" : "string",
    ...(option.short ? { short: option.short } : {}),
    ...(option.many ? { multiple: true } : {}),
  };
}
