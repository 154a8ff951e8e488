import { validator } from "hono/validator";
import * as v from "valibot";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import { formatDuration, parseDuration } from "../../shared/core/kernel/time.ts";

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
    ...(issue.expected && !unknown ? { allowed: issue.expected } : {}),
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

/** A JSON body of this shape. Another content type is refused: browsers send such bodies across sites without asking. */
export const jsonBody = <S extends v.GenericSchema>(schema: S) =>
  validator("json", async (value: unknown, c): Promise<v.InferOutput<S>> => {
    const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json" && (await c.req.text()) !== "") {
      throw new HeadgateError(
        "input.invalid",
        `content type ${type ?? "(none)"} is not accepted; send application/json`,
      );
    }
    return parseInput(schema, value, "body");
  });

/** Query parameters of this shape. */
export const query = <S extends v.GenericSchema>(schema: S) =>
  validator("query", (value: unknown): v.InferOutput<S> => parseInput(schema, value, "query"));

/** Epoch milliseconds or an ISO 8601 instant, as text. */
export const InstantText = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== undefined, "ISO 8601 instant or epoch milliseconds"),
  v.transform((text) => (parseInstant(text) as { at: number }).at),
);

/** A duration text between two bounds, left as text so that a client's type stays the one it sends. */
export const durationText = (minMs: number, maxMs: number) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => {
        const ms = parseDuration(text);
        return ms !== undefined && ms >= minMs && ms <= maxMs;
      },
      `duration such as 30m, 1h or 2d between ${formatDuration(minMs)} and ${formatDuration(maxMs)}`,
    ),
  );

/** A whole number given as text. */
export const integerText = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.check((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, `integer ${min}..${max}`),
    v.transform(Number),
  );
