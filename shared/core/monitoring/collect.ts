import type { Json } from "../kernel/json.ts";
import { iso, type Millis } from "../kernel/time.ts";

/** What is asked of a service. The first three are GET requests, the last is read from measurements. */
export const PARTS = ["health", "performance", "data_processing", "resources"] as const;
export type Part = (typeof PARTS)[number];

export type JsonObject = { readonly [member: string]: Json | undefined };

/** How a service is collected; durations in ms. Defaults: {@link COLLECT_DEFAULTS}. */
export interface CollectSettings {
  readonly health: string;
  readonly performance: string;
  readonly processing: string;
  readonly every: number;
  /** For each part on its own. */
  readonly timeout: number;
}

export const COLLECT_DEFAULTS: CollectSettings = {
  health: "/health",
  performance: "/performance",
  processing: "/data-processing",
  every: 60_000,
  timeout: 5_000,
};

/** More bytes than this of one part are not read: what is kept of a service has to fit one item of the store. */
export const MAX_PART_BYTES = 65_536;
/** As kept: a number such as 1e20 is longer than it was on the way. */
const MAX_KEPT_CHARS = 98_304;
const MAX_DEPTH = 32;
const MAX_NOTES = 20;

/** One part: what it said, or why there is nothing, as a sentence. `notes` are members that could not be taken as they are. */
export type PartResult =
  | { readonly ok: true; readonly value: JsonObject; readonly notes: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** What was collected of a service at one instant. A part that failed is absent from `metrics` and named in `errors`. */
export interface Collected {
  readonly service_name: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  /** The address that was asked; absent where none was known. */
  readonly endpoint?: string;
  readonly metrics: { readonly [P in Part]?: JsonObject };
  readonly errors?: { readonly [P in Part]?: string };
  /** Members that are there but were not understood, such as a number written as text. */
  readonly notes?: readonly string[];
}

/**
 * JSON has no such numbers, but Python's `json` and others write them. Strings are stepped over whole, also one that never ends: a
 * text made of quotes must not be read over and over.
 */
const NO_NUMBERS = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|-?\b(?:NaN|Infinity)\b/g;

/** @throws SyntaxError where the text is no JSON even without NaN and infinities */
function parseLenient(text: string, note: (text: string) => void): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = new Set<string>();
    const replaced = text.replace(NO_NUMBERS, (token) => {
      if (token.startsWith('"')) return token;
      found.add(token);
      return "null";
    });
    if (found.size === 0) throw error;
    const value: unknown = JSON.parse(replaced);
    note(`${[...found].join(", ")} is no JSON number; it is taken as not known`);
    return value;
  }
}

/** A copy that can be kept: finite numbers only. @throws RangeError where it is nested too deeply */
function kept(value: unknown, path: string, depth: number, note: (text: string) => void): Json | undefined {
  if (depth > MAX_DEPTH) throw new RangeError(`it is nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value === "number" && !Number.isFinite(value)) {
    note(`${path} is too large for a number; it is left out`);
    return undefined;
  }
  if (Array.isArray(value)) return value.map((one, index) => kept(one, `${path}[${index}]`, depth + 1, note) ?? null);
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const copy = kept(one, `${path}.${name}`, depth + 1, note);
      return copy === undefined ? [] : [[name, copy]];
    }),
  );
}

/**
 * Reads the answer of one endpoint. Members nobody knows pass through. An answer other than 2xx is a failure, but for a health
 * endpoint that says in JSON, with 503, that the service is unwell: that is what was asked for.
 */
export function readPart(part: Part, status: number, text: string): PartResult {
  const notes: string[] = [];
  const note = (one: string) => void (notes.length < MAX_NOTES && notes.push(`${part}: ${one}`));
  const unwell = part === "health" && status === 503;
  const answered = `it answered ${status}`;
  if ((status < 200 || status > 299) && !unwell) return { ok: false, error: answered };
  try {
    const value = parseLenient(text, note);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const what = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
      return { ok: false, error: unwell ? answered : `its answer is ${what}, not a JSON object` };
    }
    const copy = kept(value, part, 0, note) as JsonObject;
    if (JSON.stringify(copy).length > MAX_KEPT_CHARS) return { ok: false, error: "its answer is too large to be kept" };
    return { ok: true, value: copy, notes };
  } catch (error) {
    if (unwell) return { ok: false, error: answered };
    if (error instanceof RangeError) return { ok: false, error: `its answer cannot be kept: ${error.message}` };
    return { ok: false, error: text.trim() === "" ? "its answer is empty" : "its answer is not JSON" };
  }
}

/** Puts the parts together. What failed never hides the others; what is absent stays absent. */
export function assemble(
  service: string,
  endpoint: string | undefined,
  at: Millis,
  parts: { readonly [P in Part]: PartResult },
): Collected {
  const metrics: { [P in Part]?: JsonObject } = {};
  const errors: { [P in Part]?: string } = {};
  const notes: string[] = [];
  for (const part of PARTS) {
    const result = parts[part];
    if (result.ok) {
      metrics[part] = result.value;
      notes.push(...result.notes);
    } else errors[part] = result.error;
  }
  return {
    service_name: service,
    timestamp: iso(at),
    ...(endpoint === undefined ? {} : { endpoint }),
    metrics,
    ...(Object.keys(errors).length === 0 ? {} : { errors }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
