import { HeadgateError } from "../core/kernel/errors.ts";
import { SECOND_MS } from "../core/kernel/time.ts";
import { type Http, type HttpAsk, HttpFailure } from "./http-client.ts";

/** One version of a subject, as the registry has it. */
export interface RegistrySchema {
  readonly version: number;
  readonly id: number;
  /** "AVRO", "JSON", "PROTOBUF" … */
  readonly type: string;
  readonly schema: string;
  readonly references: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** What to register. With id and version only in mode IMPORT. */
export type NewSchema = Omit<RegistrySchema, "id" | "version"> & Partial<Pick<RegistrySchema, "id" | "version">>;

/** A refusal that is an answer: status and what it says. */
export interface RegistryRefusal {
  readonly status: number;
  readonly why: string;
}

/**
 * A Confluent-compatible schema registry (REST API v1). Errors of every call: HeadgateError `streams.unavailable` (retryable where the same may succeed later),
 * `streams.denied` where the sign-in is refused.
 */
export interface Registry {
  /** Without those that were deleted. */
  subjects(): Promise<readonly string[]>;
  versions(subject: string): Promise<readonly number[]>;
  /** Undefined: deleted in the meantime. */
  schema(subject: string, version: number): Promise<RegistrySchema | undefined>;
  /** Of one subject, where it has its own; of all without one. */
  compatibility(subject?: string): Promise<string | undefined>;
  setCompatibility(level: string, subject?: string): Promise<RegistryRefusal | undefined>;
  /** Mode of a subject or of all; undefined: none of its own, or the registry knows no modes. */
  mode(subject?: string): Promise<string | undefined>;
  /** `mode` undefined takes the subject's own away. */
  setMode(mode: string | undefined, subject: string): Promise<RegistryRefusal | undefined>;
  /** The same schema under the subject, if it is there. */
  lookUp(subject: string, schema: NewSchema): Promise<{ readonly id: number; readonly version: number } | undefined>;
  register(subject: string, schema: NewSchema): Promise<{ readonly id: number } | RegistryRefusal>;
}

export interface RegistryOptions {
  readonly http: Http;
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

const TYPE = "application/vnd.schemaregistry.v1+json";
const TIMEOUT_MS = 15 * SECOND_MS;
/** A list of all subjects, or one large schema. */
const MAX_BYTES = 33_554_432;

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export function schemaRegistry({ http, url, username, password }: RegistryOptions): Registry {
  const base = new URL(url);
  const user = username ?? decodeURIComponent(base.username);
  const word = password ?? decodeURIComponent(base.password);
  base.username = base.password = "";
  const root = base.href.replace(/\/+$/, "");
  const signIn = user === "" ? {} : { authorization: `Basic ${Buffer.from(`${user}:${word}`).toString("base64")}` };

  const failure = (what: string, retryable: boolean, cause?: unknown, code: "unavailable" | "denied" = "unavailable") =>
    new HeadgateError(`streams.${code}`, `schema registry at ${base.host}: ${what}`, { retryable, cause });

  const ask = async (method: HttpAsk["method"], path: string, body?: object) => {
    const headers = { accept: `${TYPE}, application/json`, ...signIn, ...(body ? { "content-type": TYPE } : {}) };
    try {
      const reply = await http({
        ...{ method, url: new URL(root + path), headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const { status } = reply;
      if (status === 401 || status === 403)
        throw failure(`${method} ${path} is not allowed (${status})`, false, undefined, "denied");
      const json = parsed(reply.body);
      const said = fields(json)["message"];
      const why = typeof said === "string" ? said.slice(0, 500) : `answered ${status}`;
      if (status === 429 || status >= 500) throw failure(`${method} ${path}: ${status} ${why}`, true);
      if (json === undefined && status < 300)
        throw failure(`${method} ${path} answered with something that is not JSON`, false);
      return { status, json, why };
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      const final = error instanceof HttpFailure && (error.kind === "refused" || error.kind === "too_large");
      throw failure(error instanceof Error ? error.message : String(error), !final, error);
    }
  };
  const get = async (path: string): Promise<unknown> => {
    const { status, json, why } = await ask("GET", path);
    if (status === 404) return undefined;
    if (status >= 300) throw failure(`GET ${path}: ${status} ${why}`, false);
    return json;
  };
  const refusal = ({ status, why }: { status: number; why: string }): RegistryRefusal | undefined =>
    status < 300 ? undefined : { status, why };
  const of = encodeURIComponent;
  const below = (subject: string | undefined) => (subject === undefined ? "" : `/${of(subject)}`);
  const bodyOf = ({ id, version, type, schema, references }: NewSchema) => ({
    schema,
    // Without a word it is Avro, which older registries insist on.
    ...(type === "AVRO" ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
    ...(id === undefined ? {} : { id }),
    ...(version === undefined ? {} : { version }),
  });
  const wordOf = (answer: unknown, ...names: string[]): string | undefined => {
    const found = names.map((name) => fields(answer)[name]).find((value) => typeof value === "string" && value !== "");
    return typeof found === "string" ? found : undefined;
  };

  return {
    subjects: async () => {
      const names = await get("/subjects");
      if (!Array.isArray(names)) throw failure("GET /subjects gave no list", false);
      return names.map(String).sort();
    },
    versions: async (subject) => {
      const versions = await get(`/subjects/${of(subject)}/versions`);
      return Array.isArray(versions) ? versions.map(Number).sort((a, b) => a - b) : [];
    },
    schema: async (subject, version) => {
      const found = fields(await get(`/subjects/${of(subject)}/versions/${version}`));
      const { id, schema, schemaType, references } = found;
      if (typeof schema !== "string" || typeof id !== "number") return undefined;
      const refs = (Array.isArray(references) ? references : []).map(fields).map((one) => ({
        ...{ name: String(one["name"]), subject: String(one["subject"]), version: Number(one["version"]) },
      }));
      return { version, id, type: typeof schemaType === "string" ? schemaType : "AVRO", schema, references: refs };
    },
    compatibility: async (subject) =>
      wordOf(await get(`/config${below(subject)}`), "compatibilityLevel", "compatibility"),
    setCompatibility: async (level, subject) =>
      refusal(await ask("PUT", `/config${below(subject)}`, { compatibility: level })),
    mode: async (subject) => {
      // Some registries know no modes, and say so in ways of their own.
      const { status, json } = await ask("GET", `/mode${below(subject)}`);
      return status < 300 ? wordOf(json, "mode") : undefined;
    },
    setMode: async (mode, subject) =>
      refusal(
        mode === undefined
          ? await ask("DELETE", `/mode/${of(subject)}`)
          : await ask("PUT", `/mode/${of(subject)}`, { mode }),
      ),
    lookUp: async (subject, schema) => {
      const { id: _, version: __, ...plain } = schema;
      const { status, json } = await ask("POST", `/subjects/${of(subject)}`, bodyOf(plain));
      const { id, version } = fields(json);
      return status < 300 && typeof id === "number" && typeof version === "number" ? { id, version } : undefined;
    },
    register: async (subject, schema) => {
      const { status, json, why } = await ask("POST", `/subjects/${of(subject)}/versions`, bodyOf(schema));
      const { id } = fields(json);
      return status < 300 && typeof id === "number" ? { id } : { status, why };
    },
  };
}

function parsed(text: string): unknown {
  try {
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
