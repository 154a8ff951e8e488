import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import type { PathFault } from "../shared/core/kernel/path-fault.ts";
import type { ResponseUnit } from "../shared/core/traffic/simulate/host-fields.ts";
import type { GivenHost } from "../shared/core/traffic/simulate/hosts-read.ts";
import type { TextRead } from "../shared/core/traffic/simulate/hosts-text.ts";
import { type Given, type Option, text } from "./command.ts";
import { errorDocument, UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { type Io, plain } from "./io.ts";

/** 10,000 hosts with everything that can be said of them are a tenth of this. */
const MAX_BYTES = 67_108_864;
/** Keys that are not known and are named. */
const MOST_NAMED = 5;

export const HOSTS: Option = {
  name: "hosts",
  value: "FILE",
  about: 'hosts as JSON, YAML, JSON lines or CSV ("host:port" or maps), or a headgate.yaml; - is standard input',
  required: true,
};
export const SERVICE: Option = { name: "service", value: "NAME", about: "whose backends, where the file has several" };
export const UNIT: Option = {
  name: "unit",
  value: "ms|s",
  about: "unit of response times in the file, and in the score of data_locality_aware (default: ms)",
};

/** @throws UsageError for anything but ms and s */
export function unitOf(options: Given, help: string): ResponseUnit {
  const given = text(options, "unit") ?? "ms";
  if (given === "ms" || given === "s") return given;
  throw new UsageError(`--unit ${given} is not ms or s`, help);
}

const pathText = (path: PathFault["path"]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("") ||
  "(document)";

type Yaml = typeof import("yaml");

function readYaml({ LineCounter, parseDocument }: Yaml, content: string): TextRead {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, merge: true, prettyErrors: false });
  const [error] = document.errors;
  if (error) return { ok: false, line: lines.linePos(error.pos[0]).line, message: `is no YAML: ${error.message}` };
  return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown };
}

/** Where the faults are in the text, as far as a reader of YAML (or JSON) can tell. */
function placed(
  { LineCounter, parseDocument }: Yaml,
  content: string,
  faults: readonly PathFault[],
  file: string,
  rows: readonly number[] | undefined,
): readonly Fault[] {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, merge: true, prettyErrors: false });
  const place = (path: PathFault["path"]): { readonly line: number; readonly column: number } | undefined => {
    const row = typeof path[0] === "number" ? rows?.[path[0]] : undefined;
    if (row !== undefined) return { line: row, column: 1 };
    const node = document.errors.length > 0 || path.length === 0 ? undefined : document.getIn(path, true);
    const range = (node as { readonly range?: readonly number[] } | undefined)?.range;
    const at = range && lines.linePos(range[0] as number);
    return at && { line: at.line, column: at.col };
  };
  return faults.map(({ path, message, value, allowed }) => ({
    file,
    path: pathText(path),
    message,
    ...place(path),
    ...(value === undefined ? {} : { value }),
    ...(allowed === undefined ? {} : { allowed }),
  }));
}

/**
 * Hosts of a file, in its order; keys that nobody knows are told of and passed over.
 *
 * @throws HeadgateError `input.invalid` with every fault, or where the file cannot be read
 */
export async function readHostsFile(
  io: Io,
  file: string,
  reading: { readonly unit?: ResponseUnit; readonly service?: string | undefined } = {},
): Promise<readonly GivenHost[]> {
  const content = await readText(io, file, MAX_BYTES);
  const [yaml, { documentIn }, { readHosts }] = await Promise.all([
    import("yaml"),
    import("../shared/core/traffic/simulate/hosts-text.ts"),
    import("../shared/core/traffic/simulate/hosts-read.ts"),
  ]);
  const document = documentIn(content, (given) => readYaml(yaml, given));
  if (!document.ok) {
    const { line, message } = document;
    throw new HeadgateError("input.invalid", `${file}:${line} ${message}`, {
      faults: [{ file, line, column: 1, path: "(document)", message }],
    });
  }
  const { service, ...rest } = reading;
  const read = readHosts(document.value, service === undefined ? rest : { ...rest, service });
  if (read.faults.length > 0) {
    const faults = placed(yaml, content, read.faults, file, document.lines);
    const count = `${faults.length} ${faults.length === 1 ? "fault" : "faults"}`;
    throw new HeadgateError("input.invalid", `${file} has ${count}`, { faults });
  }
  if (read.unknown.length > 0) {
    const more = read.unknown.length > MOST_NAMED ? ` and ${read.unknown.length - MOST_NAMED} more` : "";
    io.note(
      plain(`warning: ${file}: passed over ${read.unknown.slice(0, MOST_NAMED).join(", ")}${more}: no such setting`),
    );
  }
  return read.hosts;
}

/** Says that there is nobody to send anything to. Answers the exit status. */
export function noBackends(io: Io, file: string, service: string | undefined): 1 {
  const message = `${service === undefined ? file : `${service} (${file})`} has no backends: there is nobody to send a request to`;
  io.document(errorDocument("backend.none", message, []));
  io.note(plain(`headgate: ${message}`));
  return 1;
}
