import type { RolloutStrategyView } from "../../functions/api/views-delivery.ts";

/** What the reader has filled in, as text. */
export interface ReleaseForm {
  readonly version: string;
  readonly image: string;
  readonly command: string;
  /** NAME=value, one a line. */
  readonly environment: string;
  readonly strategy: RolloutStrategyView | "";
  /** Empty: as many as there are now. */
  readonly count: string;
  readonly why: string;
  readonly by: string;
}

/** A release as the API takes it: what is not said is as in the version that serves now. */
export interface ReleaseWanted {
  readonly version?: string;
  readonly image?: string;
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly strategy?: RolloutStrategyView;
  readonly count?: number;
  readonly why: string;
  readonly by?: string;
}

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/u;
const VERSION = /^[A-Za-z0-9._-]{1,63}$/u;

const linesOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

/** Variables of the lines, or the line that is none. */
export function readEnvironment(
  text: string,
):
  | { readonly ok: true; readonly variables: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly line: string } {
  const variables: [string, string][] = [];
  for (const line of linesOf(text)) {
    const [, name, value] = VARIABLE.exec(line) ?? [];
    if (name === undefined || value === undefined) return { ok: false, line };
    variables.push([name, value]);
  }
  return { ok: true, variables: Object.fromEntries(variables) };
}

/** Why the form cannot be sent yet; undefined when it can. What a release is worth is said by the API. */
export function releaseFault(form: ReleaseForm): string | undefined {
  const { version, image, command, environment, count, why } = form;
  if (version.trim() !== "" && !VERSION.test(version.trim()))
    return "A version has letters, digits, '.', '_' and '-', at most 63.";
  const read = readEnvironment(environment);
  if (!read.ok) return `Environment: "${read.line.slice(0, 80)}" is no NAME=value.`;
  if ([version, image, command].every((text) => text.trim() === "") && Object.keys(read.variables).length === 0)
    return "Say what is new: a version, an image, a command or an environment variable.";
  if (count.trim() !== "" && !/^[1-9]\d{0,4}$/u.test(count.trim())) return "Instances: a whole number from 1 on.";
  if (why.trim() === "") return "Say why: the reason goes into the decision record.";
  return undefined;
}

/** The release of a form without faults. */
export function releaseWanted(form: ReleaseForm): ReleaseWanted {
  const text = (name: "version" | "image" | "command" | "by") =>
    form[name].trim() === "" ? {} : { [name]: form[name].trim() };
  const read = readEnvironment(form.environment);
  const variables = read.ok ? read.variables : {};
  return {
    ...text("version"),
    ...text("image"),
    ...text("command"),
    ...(Object.keys(variables).length === 0 ? {} : { environment: variables }),
    ...(form.strategy === "" ? {} : { strategy: form.strategy }),
    ...(form.count.trim() === "" ? {} : { count: Number(form.count) }),
    why: form.why.trim(),
    ...text("by"),
  };
}

/** As a shell takes it for one word. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** The same release on the command line. */
export function releaseLine(service: string, form: ReleaseForm): string {
  const { version, image, command, environment = {}, strategy, count, why, by } = releaseWanted(form);
  const options: readonly (readonly [string, string | undefined])[] = [
    ["version", version],
    ["image", image],
    ["command", command],
    ...Object.entries(environment).map(([name, value]): [string, string] => ["env", `${name}=${value}`]),
    ["strategy", strategy],
    ["count", count === undefined ? undefined : String(count)],
    ["why", why === "" ? undefined : why],
    ["by", by],
  ];
  const told = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]));
  return ["headgate deploy", quoted(service), ...told].join(" ");
}
