import { type HttpAnswer, type HttpWire, httpWire } from "./http-wire.ts";

interface Kept {
  readonly version: number;
  readonly id: number;
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly unknown[];
}

export interface RegistryWire extends HttpWire {
  readonly subjects: Map<string, Kept[]>;
  /** By subject; "" is for all. */
  readonly levels: Map<string, string>;
  readonly modes: Map<string, string>;
}

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
  body: JSON.stringify(body),
});
const fault = (status: number, code: number, message: string) => json(status, { error_code: code, message });

/**
 * A schema registry with the paths and rules of Confluent's: one id for one schema, references that must be there, ids given only in mode IMPORT, which a subject takes
 * only while it is empty. `imports` false: one without modes.
 */
export async function registryWire({ imports = true, password = "" } = {}): Promise<RegistryWire> {
  const subjects: RegistryWire["subjects"] = new Map();
  const levels: RegistryWire["levels"] = new Map([["", "BACKWARD"]]);
  const modes: RegistryWire["modes"] = new Map([["", "READWRITE"]]);
  const textOf = (one: Pick<Kept, "schema" | "schemaType" | "references">) =>
    JSON.stringify([one.schema, one.schemaType ?? "AVRO", one.references ?? []]);
  const all = () => [...subjects.values()].flat();

  const register = (subject: string, given: Partial<Kept> & { readonly schema: string }): HttpAnswer => {
    const versions = subjects.get(subject) ?? [];
    const importing = modes.get(subject) === "IMPORT";
    if (given.id !== undefined && !importing) return fault(422, 42205, `Subject ${subject} is not in import mode`);
    for (const to of (given.references ?? []) as readonly { readonly subject: string; readonly version: number }[])
      if (!subjects.get(to.subject)?.some(({ version }) => version === to.version))
        return fault(422, 42201, `No schema reference found for subject "${to.subject}" and version ${to.version}`);
    const same = all().find((one) => textOf(one) === textOf(given));
    const known = versions.find((one) => textOf(one) === textOf(given));
    if (known) return json(200, { id: known.id });
    const taken = given.id === undefined ? undefined : all().find(({ id }) => id === given.id);
    if (taken && textOf(taken) !== textOf(given))
      return fault(422, 42205, `Overwrite new schema with id ${given.id} is not permitted.`);
    const id = given.id ?? same?.id ?? Math.max(0, ...all().map((one) => one.id)) + 1;
    const version = given.version ?? Math.max(0, ...versions.map((one) => one.version)) + 1;
    const { schema, schemaType, references } = given;
    subjects.set(subject, [
      ...versions,
      { version, id, schema, ...(schemaType ? { schemaType } : {}), ...(references ? { references } : {}) },
    ]);
    return json(200, { id });
  };

  const wire = await httpWire(({ method, url, headers, body }) => {
    if (password !== "" && headers.authorization !== `Basic ${Buffer.from(`backup:${password}`).toString("base64")}`)
      return fault(401, 401, "Unauthorized");
    const [top, name, what, number] = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const given = body === "" ? {} : JSON.parse(body);
    if (top === "config") {
      if (method === "PUT") levels.set(name ?? "", given.compatibility);
      const level = levels.get(name ?? "");
      return level
        ? json(200, { [method === "PUT" ? "compatibility" : "compatibilityLevel"]: level })
        : fault(404, 40408, "none");
    }
    if (top === "mode" && imports) {
      if (method === "DELETE") modes.delete(name ?? "");
      else if (method === "PUT") {
        if (given.mode === "IMPORT" && subjects.has(name ?? ""))
          return fault(422, 42205, "Cannot import since found existing subjects");
        modes.set(name ?? "", given.mode);
      }
      const mode = modes.get(name ?? "");
      return mode || method === "DELETE" ? json(200, { mode }) : fault(404, 40409, "none");
    }
    if (top !== "subjects") return fault(404, 404, "HTTP 404 Not Found");
    if (name === undefined) return json(200, [...subjects.keys()]);
    const versions = subjects.get(name);
    if (method === "POST" && what === "versions") return register(name, given);
    if (!versions) return fault(404, 40401, `Subject '${name}' not found.`);
    if (method === "POST") {
      const found = versions.find((one) => textOf(one) === textOf(given));
      return found ? json(200, { subject: name, ...found }) : fault(404, 40403, "Schema not found");
    }
    if (number === undefined)
      return json(
        200,
        versions.map(({ version }) => version),
      );
    const found = versions.find(({ version }) => version === Number(number));
    return found ? json(200, { subject: name, ...found }) : fault(404, 40402, "Version not found.");
  });
  return { ...wire, subjects, levels, modes };
}
