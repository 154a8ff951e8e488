import * as v from "valibot";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";

const shorten = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

function faultOf(issue: v.BaseIssue<unknown>, where: string): Fault {
  const path = v.getDotPath(issue) ?? where;
  const unknown = issue.type === "strict_object" && issue.expected === "never";
  const missing = issue.received === "undefined";
  return {
    path,
    message: unknown ? "unknown member" : missing ? "is missing" : issue.message,
    ...(unknown || missing ? {} : { value: shorten(issue.input) }),
    // Of an expression the message says what it allows.
    ...(issue.expected && !unknown && issue.type !== "regex" ? { allowed: issue.expected } : {}),
  };
}

/** @throws HeadgateError `input.invalid` with one fault per issue. */
export function parseInput<S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => faultOf(issue, where));
  const first = faults[0];
  throw new HeadgateError("input.invalid", `${where}: ${first?.path} ${first?.message}`, { faults });
}
