import type { Notes } from "../../kernel/fields.ts";
import type { PathFault } from "../../kernel/path-fault.ts";
import type { Objective } from "../types.ts";
import { type Context, fault, type Known, warn } from "./context.ts";
import { head, type Kind, SPECS, type Spec } from "./shapes.ts";
import { objectivesOfSlo } from "./slo.ts";

/** Where in which document of the file (0 is the first) something is wrong. */
export interface DocumentFault extends PathFault {
  readonly document: number;
}

export interface ReadOpenSlo {
  /** Only those of SLOs without a fault. */
  readonly objectives: readonly Objective[];
  readonly faults: readonly DocumentFault[];
  /** What is accepted and not acted on, or taken for something near it. */
  readonly warnings: readonly DocumentFault[];
}

interface Document {
  readonly kind: Kind;
  readonly name: string;
  readonly spec: unknown;
  readonly notes: Notes;
  /** Its labels, annotations and so on are of no use here. */
  readonly displayName?: string | undefined;
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(SPECS, kind);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function documentOf(value: unknown, notes: Notes, known: Known): Document | undefined {
  const context: Context = { path: [], notes, known };
  const read = head(value, [], notes);
  if (!read) return undefined;
  const { apiVersion, kind = "", metadata = {} } = read;
  if (apiVersion !== "openslo/v1")
    return fault({ ...context, path: ["apiVersion"] }, "not a version that is read here", "openslo/v1", apiVersion);
  if (!isKind(kind)) return fault({ ...context, path: ["kind"] }, "no such kind", Object.keys(SPECS).join(", "), kind);
  const { name = "", displayName } = metadata;
  if (!NAME.test(name))
    return fault(
      { ...context, path: ["metadata", "name"] },
      "a name is needed",
      "letters, digits, '.', '_' and '-', up to 100 characters",
      name,
    );
  const spec = SPECS[kind](read.spec ?? {}, ["spec"], notes);
  if (kind === "DataSource" && (spec as Spec<"DataSource">).connectionDetails !== undefined)
    warn(
      { ...context, path: ["spec", "connectionDetails"] },
      "connectionDetails are not acted on: sources are those of headgate.yaml",
    );
  return { kind, name, spec, notes, displayName };
}

/**
 * Reads the documents of one OpenSLO file (their YAML already values), strictly: keys that the specification does not know are faults. Documents may refer
 * to each other in any order. Specification: github.com/OpenSLO/OpenSLO, openslo/v1, with RatioTimeslices and weighed composites.
 *
 * @param file as it is named in faults and in the objectives
 */
export function readOpenSlo(values: readonly unknown[], file: string): ReadOpenSlo {
  const notes = values.map((): Notes => ({ faults: [], warnings: [] }));
  const documents = new Map<string, Document>();
  const known: Known = {
    spec: (kind, name) => documents.get(`${kind}/${name}`)?.spec as never,
    names: (kind) => [...documents.values()].filter((one) => one.kind === kind).map(({ name }) => name),
  };
  for (const [index, value] of values.entries()) {
    const own = notes[index] as Notes;
    // `---` at the end of a file makes an empty document.
    const document = value === null || value === undefined ? undefined : documentOf(value, own, known);
    if (!document) continue;
    const key = `${document.kind}/${document.name}`;
    if (documents.has(key))
      own.faults.push({
        path: ["metadata", "name"],
        message: `a second ${document.kind} of this name`,
        value: document.name,
      });
    else documents.set(key, document);
  }
  const objectives = [...documents.values()].flatMap((document): readonly Objective[] => {
    if (document.kind !== "SLO") return [];
    const { name, displayName, spec, notes: own } = document;
    const read = objectivesOfSlo(
      { path: ["spec"], notes: own, known },
      { name, displayName, file },
      spec as NonNullable<Spec<"SLO">>,
    );
    return own.faults.length > 0 ? [] : read;
  });
  const numbered = (of: "faults" | "warnings") =>
    notes.flatMap((own, document) => own[of].map((one): DocumentFault => ({ ...one, document })));
  return { objectives, faults: numbered("faults"), warnings: numbered("warnings") };
}
