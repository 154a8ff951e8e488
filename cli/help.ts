import { COMMON, type Group, type Option, type Verb } from "./command.ts";

const word = (group: Group, verb: Verb): string => (group.single ? group.name : `${group.name} ${verb.name}`);

const optionLine = (option: Option): readonly [string, string] => [
  `  ${option.short ? `-${option.short}, ` : ""}--${option.name}${option.value === undefined ? "" : ` ${option.value}`}`,
  `${option.about}${option.many ? " (may be repeated)" : ""}${option.required ? " (needed)" : ""}`,
];

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`.trimEnd()).join("\n");
}

/** `headgate --help`. */
export function overallHelp(groups: readonly Group[]): string {
  const rows = groups.map((group): [string, string] => [
    `  ${group.name}${group.single ? "" : ` ${group.verbs.map((verb) => verb.name).join("|")}`}`,
    group.about,
  ]);
  return [
    "headgate <command> [verb] [options]",
    "",
    aligned(rows),
    "",
    "headgate <command> --help tells of its verbs, each with an example.",
    "Exit status: 0 done, 1 the answer is no, 2 wrong usage or input, or no answer.",
    "HEADGATE_URL and HEADGATE_KEY name the API and the key it wants, HEADGATE_TIMEOUT how long an answer may take (60s).",
  ].join("\n");
}

/** `headgate <group> --help`: every verb with its example. */
export function groupHelp(group: Group): string {
  if (group.single) return verbHelp(group, group.verbs[0] as Verb);
  const verbs = group.verbs.flatMap((verb) => [
    `  ${usage(group, verb)}`,
    `      ${verb.about}`,
    `      $ ${verb.example}`,
  ]);
  return [`headgate ${group.name}: ${group.about}`, "", ...verbs].join("\n");
}

/** `headgate <group> <verb> --help`. */
export function verbHelp(group: Group, verb: Verb): string {
  const rows = [...(verb.options ?? []), ...COMMON].map(optionLine);
  return [usage(group, verb), "", verb.about, "", aligned(rows), "", "Example:", `  $ ${verb.example}`].join("\n");
}

function usage(group: Group, verb: Verb): string {
  const required = (verb.options ?? [])
    .filter((option) => option.required)
    .map((option) => `--${option.name} ${option.value}`);
  return [`headgate ${word(group, verb)}`, ...(verb.positionals ?? []), ...required, "[options]"].join(" ");
}
