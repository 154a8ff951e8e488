import { validator } from "hono/validator";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import { formatDuration, parseDuration } from "../../shared/core/kernel/time.ts";
import { parseInput } from "../parse-input.ts";

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
