import * as v from "valibot";
import type { FlinkSection } from "../../shared/core/delivery/flink/section.ts";
import type { FlinkMode, FlinkRelease } from "../../shared/core/delivery/flink/types.ts";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import { namesSecret } from "../../shared/core/kernel/printed.ts";
import { integer } from "../../shared/core/kernel/schema.ts";
import { parseInput } from "../parse-input.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));
const argument = v.pipe(
  v.union([v.string(), v.number(), v.boolean()]),
  v.transform((value) => String(value)),
  v.maxLength(4000),
);

const Program = {
  version: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,63}$/, "letters, digits, '.', '_' and '-', at most 63")),
  ),
  jarFile: v.optional(text),
  jarId: v.optional(text),
  entryClass: v.optional(text),
  args: v.optional(v.pipe(v.array(argument), v.maxLength(1000))),
  parallelism: v.optional(integer(1, 32_768)),
};

const Given = v.strictObject({
  ...Program,
  previous: v.optional(v.strictObject(Program)),
  mode: v.optional(v.picklist(["stop-start", "parallel"])),
  savepoint: v.optional(text),
  fresh: v.optional(v.boolean()),
});

type GivenProgram = Omit<v.InferOutput<typeof Given>, "previous" | "mode" | "savepoint" | "fresh">;

/** Other ways in which people write the same. */
const ALSO: Readonly<Record<string, string>> = {
  jar: "jarFile",
  jar_file: "jarFile",
  jar_id: "jarId",
  entry_class: "entryClass",
  main_class: "entryClass",
  arguments: "args",
  program_args: "args",
  programArgs: "args",
  programArgsList: "args",
  savepointPath: "savepoint",
  savepoint_path: "savepoint",
};

const named = (given: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const name = Object.hasOwn(ALSO, key) ? (ALSO[key] ?? key) : key;
      return [name, key === "previous" && typeof value === "object" && value !== null ? named(value) : value];
    }),
  );

export interface FlinkAsk {
  readonly release: FlinkRelease;
  readonly previous?: FlinkRelease;
  readonly mode?: FlinkMode;
  readonly savepoint?: string;
  readonly fresh?: boolean;
}

/**
 * A release of a Flink job as somebody wrote it, over what the configuration says of the job. Where the release brings a jar of its own, the
 * configuration's is what runs before it, unless `previous` says otherwise.
 *
 * @throws HeadgateError `input.invalid` naming each wrong member
 */
export function readFlinkRelease(given: Readonly<Record<string, unknown>>, section: FlinkSection): FlinkAsk {
  const { previous, mode, savepoint, fresh, ...program } = parseInput(Given, named(given), "release");
  const own = program.jarFile !== undefined || program.jarId !== undefined;
  const release = over(program, section);
  const before = previous ? over(previous, section) : own ? configured(section) : undefined;
  const faults = [...secrets(release, "args"), ...(before ? secrets(before, "previous.args") : [])];
  const [first] = faults;
  if (first) throw new HeadgateError("input.invalid", `release: ${first.path} ${first.message}`, { faults });
  return {
    release,
    ...(before ? { previous: before } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...(savepoint === undefined ? {} : { savepoint }),
    ...(fresh === undefined ? {} : { fresh }),
  };
}

function over(program: GivenProgram, section: FlinkSection): FlinkRelease {
  const own = program.jarFile !== undefined || program.jarId !== undefined;
  const { jarFile, jarId } = own ? program : section;
  const entryClass = program.entryClass ?? section.entryClass;
  const parallelism = program.parallelism ?? section.parallelism;
  const runs = {
    arguments: program.args ?? section.args,
    ...(jarFile === undefined ? {} : { jarFile }),
    ...(jarId === undefined ? {} : { jarId }),
    ...(entryClass === undefined ? {} : { entryClass }),
    ...(parallelism === undefined ? {} : { parallelism }),
  };
  return { version: program.version ?? hash64(canonical(runs as unknown as Json)).slice(0, 8), ...runs };
}

/** What the configuration says that runs; undefined where it names no jar. */
const configured = (section: FlinkSection): FlinkRelease | undefined =>
  section.jarFile === undefined && section.jarId === undefined ? undefined : over({}, section);

/** Arguments are kept in records, and Flink itself shows them to everybody. */
function secrets({ arguments: args }: FlinkRelease, path: string): readonly Fault[] {
  return args.flatMap((value, index) => {
    const [, name, inline] = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(value) ?? [];
    if (name === undefined || !namesSecret(name) || (inline ?? args[index + 1] ?? "") === "") return [];
    return [
      {
        path: `${path}.${index}`,
        message: "looks like a secret, and the arguments of a job are kept and shown, here and by Flink",
        allowed: "an argument that names where the secret is kept",
      },
    ];
  });
}
