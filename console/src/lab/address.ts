import { type Field, KINDS, SECTION, type Value } from "./fields.ts";
import type { Tried } from "./section.ts";
import { spanSeconds, spanText } from "./written.ts";

/** Which load is played. A file stays in this tab: it is too large for an address. */
export type Load = { readonly from: "service"; readonly service: string } | { readonly from: "synthetic" | "file" };

/** What the lab shows. All but a file's text is in the address, so that it can be sent to somebody. */
export interface LabPlace {
  readonly load: Load | undefined;
  readonly tried: Tried;
  /** "3-8", the first day is 1. Undefined: all that can be scored. */
  readonly days: string | undefined;
}

/** One field by each key: fields of the same key read alike in every policy. */
const FIELDS: ReadonlyMap<string, Field> = new Map(
  [...SECTION, ...KINDS.flatMap(({ fields }) => fields)].map((field) => [field.key, field]),
);

const DAYS = /^\d{1,3}-\d{1,3}$/u;

/** What an address says; what cannot be read is as if it were not there. */
export function readAddress(query: URLSearchParams): LabPlace {
  const [service, load, policy, days] = ["service", "load", "policy", "days"].map((name) => query.get(name) ?? "");
  const set: Record<string, Value> = {};
  for (const [key, field] of FIELDS) {
    const text = query.get(key);
    const value = text === null ? undefined : valueIn(field, text);
    if (value !== undefined) set[key] = value;
  }
  return {
    load: load === "synthetic" || load === "file" ? { from: load } : service ? { from: "service", service } : undefined,
    tried: { type: KINDS.some(({ type }) => type === policy) ? policy : undefined, set },
    days: days && DAYS.test(days) ? days : undefined,
  };
}

function valueIn(field: Field, text: string): Value | undefined {
  switch (field.kind) {
    case "number":
    case "duration": {
      if (text === "none") return field.absent === undefined ? undefined : "";
      const value = field.kind === "duration" ? spanSeconds(text) : text.trim() === "" ? undefined : Number(text);
      return value !== undefined && Number.isFinite(value) ? value : undefined;
    }
    case "flag":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "choice":
      return field.options.some(([value]) => value === text) ? text : undefined;
    case "text":
      return text === "" ? undefined : text;
  }
}

/** Parameters of an address, with every other one that is the lab's own removed (undefined). */
export function addressOf({ load, tried, days }: LabPlace): Readonly<Record<string, string | undefined>> {
  const all: Record<string, string | undefined> = {
    service: load?.from === "service" ? load.service : undefined,
    load: load && load.from !== "service" ? load.from : undefined,
    policy: tried.type,
    days,
  };
  for (const [key, field] of FIELDS) {
    const value = tried.set[key];
    all[key] = value === undefined ? undefined : textIn(field, value);
  }
  return all;
}

function textIn(field: Field, value: Value): string {
  if (value === "" && field.kind !== "text") return "none";
  return field.kind === "duration" && typeof value === "number" ? spanText(value * 1000) : String(value);
}
