import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Trace } from "../shared/core/kernel/trace.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { readInput } from "./files.ts";
import { type Io, plain } from "./io.ts";

/** 2,000,000 rows of a trace, which is the reader's own limit, are below this. */
const MAX_TRACE_BYTES = 134_217_728;

/** Where the load of a what-if comes from. */
export const LOAD_OPTIONS: readonly Option[] = [
  {
    name: "trace",
    value: "FILE|synthetic",
    about:
      "recorded load: CSV timestamp,value, or JSON of Prometheus (query_range) or CloudWatch (GetMetricData), also gzipped, - is standard input; or two made-up weeks",
  },
  { name: "csv", value: "FILE", about: "another name of --trace" },
  {
    name: "series",
    value: "NAME",
    about: "one series of several: label=value of Prometheus, Id or label of CloudWatch",
  },
  {
    name: "service",
    value: "NAME",
    about: "the load that a running control plane has recorded of this service, instead of a file",
  },
];

/** A recorded load with what its reader had to say. */
export interface ReadLoad {
  /** Its file, as it was typed; or the name of a made-up one. */
  readonly name: string;
  readonly trace: Trace;
  readonly warnings: readonly Fault[];
  readonly notes: readonly string[];
}

/** What a what-if is to be played over: a file, or a service of a running control plane. */
export type Asked = { readonly file: string; readonly series?: string } | { readonly service: string };

/** @throws UsageError where there is not exactly one load */
export function askedLoad(options: Given, help: string): Asked {
  const given = ["trace", "csv", "service"].filter((name) => options[name] !== undefined);
  if (given.length === 0) throw new UsageError("no load: --trace FILE or --service NAME is missing", help);
  if (given.length > 1)
    throw new UsageError(`--${given[0]} and --${given[1]} both name a load: one of them is enough`, help);
  const [service, series] = [text(options, "service"), text(options, "series")];
  if (service === undefined)
    return { file: text(options, given[0] as string) as string, ...(series === undefined ? {} : { series }) };
  if (series !== undefined) throw new UsageError("--series belongs to a file; a service has one recorded load", help);
  return { service };
}

/**
 * Reads a recorded load.
 *
 * @throws HeadgateError `input.invalid` where the file cannot be read; `trace.invalid` with the place of each fault
 */
export async function readLoad(io: Io, { file, series }: Extract<Asked, { file: string }>): Promise<ReadLoad> {
  const { builtinTraces } = await import("../functions/autoscaling/backtest.ts");
  const made = Object.hasOwn(builtinTraces, file) ? builtinTraces[file] : undefined;
  if (made) return { name: file, trace: made(), warnings: [], notes: [] };
  io.progress("reading the trace …");
  const { readTrace } = await import("../shared/core/kernel/trace-read.ts");
  const name = file === "-" ? "standard input" : file;
  const result = readTrace(await traceText(io, file, name), series === undefined ? {} : { series });
  if (!result.ok) throw new HeadgateError("trace.invalid", `${name} is not a usable trace`, { faults: result.faults });
  return { name, trace: result.trace, warnings: result.warnings, notes: result.notes ?? [] };
}

/** The text of a trace: gzip is unpacked, and the UTF-16 that Windows PowerShell's `>` writes is understood. */
async function traceText(io: Io, file: string, name: string): Promise<string> {
  const read = await readInput(io, file, MAX_TRACE_BYTES);
  const bytes = read[0] === 0x1f && read[1] === 0x8b ? await unzipped(read, name) : read;
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new HeadgateError("input.invalid", `${name} is not UTF-8 text`);
  }
}

async function unzipped(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const { gunzipSync } = await import("node:zlib");
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_TRACE_BYTES });
  } catch (error) {
    const large = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const why = large ? `unpacks to more than ${MAX_TRACE_BYTES} bytes` : "is a gzip file that cannot be unpacked";
    throw new HeadgateError("input.invalid", `${name} ${why}`, { cause: error });
  }
}

/** What was left out or done by the way, on standard error. */
export function tellNotes(
  io: Io,
  { notes, warnings }: { readonly notes: readonly string[]; readonly warnings: readonly Fault[] },
  name: string | undefined,
): void {
  for (const note of notes) io.note(plain(note));
  for (const warning of warnings) io.note(plain(`warning: ${faultText(warning, name)}`));
}
