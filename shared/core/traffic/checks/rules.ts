import type { Json } from "../../kernel/json.ts";
import type { HealthConfig } from "../section.ts";
import type { CheckResult } from "./streak.ts";

type Scalar = string | number | boolean | null;

const SHOWN = 60;

const short = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** "200-299" or "200", both ends included. */
export function statusPasses(ranges: readonly string[], status: number): boolean {
  return ranges.some((range) => {
    const [from, to = from] = range.split("-").map(Number);
    return from !== undefined && to !== undefined && status >= from && status <= to;
  });
}

/**
 * The member of a JSON value by path with dots ("checks.0.status"; numbers count in arrays). Members whose own name has dots are
 * found too, the longest name first. Only own members: "constructor" is none.
 */
export function jsonMember(value: Json | undefined, path: string): Json | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (Object.hasOwn(value, path)) return (value as Readonly<Record<string, Json | undefined>>)[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    if (!Object.hasOwn(value, name)) continue;
    const found = jsonMember((value as Readonly<Record<string, Json | undefined>>)[name], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const oneOf = (values: readonly Scalar[]): string => values.map((value) => JSON.stringify(value)).join(" or ");

function parse(text: string): { readonly json: Json } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Whether an answer passes: its status first, then the members of its body. The detail says what was seen and what was expected. */
export function checkPasses(
  spec: Pick<HealthConfig, "status" | "json">,
  status: number,
  bodyText: string,
): CheckResult {
  if (!statusPasses(spec.status, status))
    return { ok: false, detail: `it answered ${status}, expected ${spec.status.join(" or ")}` };
  const rules = Object.entries(spec.json ?? {});
  if (rules.length === 0) return { ok: true, detail: `it answered ${status}` };
  const body = parse(bodyText);
  if (body === undefined) return { ok: false, detail: `it answered ${status}, but its body is no JSON` };
  for (const [path, allowed] of rules) {
    const seen = jsonMember(body.json, path);
    if (seen === undefined)
      return { ok: false, detail: `it answered ${status}, but ${path} is missing, expected ${oneOf(allowed)}` };
    if (!allowed.some((value) => value === seen))
      return {
        ok: false,
        detail: `it answered ${status}, but ${path} is ${short(JSON.stringify(seen))}, expected ${oneOf(allowed)}`,
      };
  }
  return { ok: true, detail: `it answered ${status}` };
}
