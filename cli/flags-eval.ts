import type { FlagEvaluationView } from "../functions/api/views-flags.ts";
import type { FlagType } from "../shared/core/delivery/flags/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { answer } from "./client.ts";
import { type Invocation, type Option, text, type Verb } from "./command.ts";
import { checkFile } from "./config.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { flagParam, flagRoutes } from "./flags-show.ts";
import { type Io, plain } from "./io.ts";
import { linesOf } from "./lines.ts";

const MOST_CONTEXT_BYTES = 65_536;
const TYPES = ["boolean", "string", "number", "object"] as const;

type Told = Omit<FlagEvaluationView, "clock">;
type Context = Readonly<Record<string, unknown>>;
/** Evaluates one context; where, is decided once. */
type Evaluator = (context: Context) => Promise<Told>;

function parsedContext(given: string, where: string): Context {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeadgateError("input.invalid", `${where} is not JSON: ${why}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Context;
  throw new HeadgateError("input.invalid", `${where} is no JSON object, such as {"targetingKey": "user-17"}`);
}

async function contextOf({ io, options }: Invocation): Promise<Context> {
  const given = text(options, "context");
  const key = text(options, "key");
  const named = key === undefined ? {} : { targetingKey: key };
  if (given === undefined) return named;
  const fromFile = given === "-" || given.startsWith("@");
  const path = given === "-" ? "-" : given.slice(1);
  const content = fromFile ? await readText(io, path, MOST_CONTEXT_BYTES) : given;
  return { ...parsedContext(content, "--context"), ...named };
}

function typeOf({ options }: Invocation, help: string): FlagType | undefined {
  const given = text(options, "type");
  const found = TYPES.find((type) => type === given);
  if (given !== undefined && !found) throw new UsageError(`--type ${given} is none of ${TYPES.join(", ")}`, help);
  return found;
}

function instantOf({ options }: Invocation, help: string): number | undefined {
  const given = text(options, "at");
  if (given === undefined) return undefined;
  const parsed = parseInstant(given);
  if (!parsed) throw new UsageError(`--at ${given} is no instant such as 2027-03-01T08:00:00Z`, help);
  return parsed.at;
}

/** From a file, without a server: nobody has killed anything there, and no roll-out is under way. */
async function fromFile(io: Io, file: string, name: string, type: FlagType | undefined, at: number | undefined) {
  const checked = await checkFile(io, file);
  if (!checked) return undefined;
  const [{ snapshotOf, compileSnapshot }, { explainEvaluation }, { evaluateAs, notFound }, { flagType }] =
    await Promise.all([
      import("../shared/core/delivery/flags/snapshot.ts"),
      import("../shared/core/delivery/flags/explain-evaluation.ts"),
      import("../shared/core/delivery/flags/evaluate.ts"),
      import("../shared/core/delivery/flags/variants.ts"),
    ]);
  const { flags = {} } = checked.config;
  const snapshot = snapshotOf(Object.fromEntries(Object.entries(flags).map(([key, spec]) => [key, { spec }])));
  const find = compileSnapshot(snapshot);
  const one = Object.hasOwn(snapshot.flags, name) ? snapshot.flags[name] : undefined;
  const evaluator: Evaluator = async (context) => {
    const now = at ?? Date.now();
    const head = { flag: name, version: snapshot.version };
    if (!one) return { ...head, ...notFound(name), rules: [], steps: [`there is no flag ${name} in ${file}`] };
    const { rules, bucket, steps } = explainEvaluation(name, one, context, now, find);
    const evaluation = evaluateAs(find, name, type ?? flagType(one.spec), context, now);
    return { ...head, ...evaluation, ...(bucket === undefined ? {} : { bucket }), rules, steps };
  };
  return evaluator;
}

function fromServer(io: Io, name: string, type: FlagType | undefined, at: number | undefined): Evaluator {
  return async (context) => {
    const json = { context, ...(type === undefined ? {} : { type }), ...(at === undefined ? {} : { at }) };
    const view = await answer<FlagEvaluationView>(
      flagRoutes(io)[":name"].evaluate.$post({ param: flagParam(name), json }),
    );
    const { clock: _, ...told } = view;
    return told;
  };
}

/** One line of JSON per line of contexts; blank lines are passed over. Exits 1 where one of them had no value. */
async function evaluateLines(io: Io, path: string, evaluate: Evaluator): Promise<0 | 1> {
  let failed = false;
  let number = 0;
  for await (const lines of linesOf(io, path)) {
    for (const line of lines) {
      number += 1;
      if (line.trim() === "") continue;
      const { rules: _, steps: __, ...told } = await evaluate(parsedContext(line, `line ${number}`));
      failed ||= told.errorCode !== undefined;
      if (!(await io.stream(`${JSON.stringify(told)}\n`))) return failed ? 1 : 0;
    }
  }
  return failed ? 1 : 0;
}

const OPTIONS: readonly Option[] = [
  {
    name: "context",
    value: "JSON",
    about: 'who is asked about: {"targetingKey": "user-17", "plan": "pro"}, @FILE or -',
  },
  { name: "key", value: "TEXT", about: "the targetingKey alone" },
  { name: "type", value: "TYPE", about: `asked for as ${TYPES.join(", ")}; another than the flag's is TYPE_MISMATCH` },
  { name: "at", value: "INSTANT", about: "as at this instant (default: now)" },
  { name: "file", value: "FILE", about: "evaluate from this headgate.yaml; needs no server" },
];

async function evaluator(invocation: Invocation, help: string): Promise<Evaluator | undefined> {
  const { io, positionals, options } = invocation;
  const name = positionals[0] as string;
  const [type, at, file] = [typeOf(invocation, help), instantOf(invocation, help), text(options, "file")];
  return file === undefined ? fromServer(io, name, type, at) : fromFile(io, file, name, type, at);
}

const valueText = ({ value, variant, reason, errorCode, errorMessage }: Told): string =>
  errorCode === undefined
    ? `${JSON.stringify(value)}  (${variant}, ${reason})`
    : `no value  (${errorCode}: ${errorMessage})`;

/** `headgate flags eval`. */
export const flagsEvalVerb: Verb = {
  name: "eval",
  about: "What a flag is for somebody. Exits 1 where it has no value for them.",
  positionals: ["NAME"],
  options: [
    ...OPTIONS,
    { name: "contexts", value: "FILE", about: "one JSON object a line (- is standard input): one line of JSON each" },
  ],
  example: `headgate flags eval new-checkout --context '{"targetingKey":"user-17","plan":"pro"}'`,
  run: async (invocation) => {
    const { io, options } = invocation;
    const evaluate = await evaluator(invocation, "headgate flags eval --help");
    if (!evaluate) return 2;
    const contexts = text(options, "contexts");
    if (contexts !== undefined) return evaluateLines(io, contexts, evaluate);
    const told = await evaluate(await contextOf(invocation));
    io.document(told);
    io.line(plain(valueText(told)));
    return told.errorCode === undefined ? 0 : 1;
  },
};

/** `headgate flags explain`. */
export const flagsExplainVerb: Verb = {
  name: "explain",
  about: "Why a flag is what it is for somebody, rule by rule. Exits 1 where it has no value for them.",
  positionals: ["NAME"],
  options: OPTIONS,
  example: "headgate flags explain new-checkout --key user-17",
  run: async (invocation) => {
    const { io } = invocation;
    const evaluate = await evaluator(invocation, "headgate flags explain --help");
    if (!evaluate) return 2;
    const told = await evaluate(await contextOf(invocation));
    io.document(told);
    for (const step of told.steps) io.line(plain(step));
    return told.errorCode === undefined ? 0 : 1;
  },
};
