import * as v from "valibot";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

const MAX_BYTES = 268_435_456;

/** What replay rests on; the rest of a record is carried along. */
const Replayable = v.looseObject({
  v: v.literal(1),
  id: v.string(),
  noun: v.string(),
  at: v.number(),
  config: v.unknown(),
  input: v.unknown(),
  stateBefore: v.unknown(),
  stateAfter: v.unknown(),
  reason: v.string(),
  trace: v.array(v.unknown()),
  actions: v.array(v.unknown()),
});

/**
 * Decision records from a file: one record, an array of them, an answer of `decisions show --json`, or one record per
 * line as the journal is exported.
 *
 * @throws HeadgateError `input.invalid` naming the line (or position) that is no record.
 */
export async function readRecords(io: Io, file: string): Promise<readonly DecisionRecord[]> {
  const text = await readText(io, file, MAX_BYTES);
  const whole = parsed(text);
  if (whole === undefined) {
    return text
      .split(/\r?\n/)
      .flatMap((line, index) => (line.trim() === "" ? [] : [record(parsed(line), `${file}:${index + 1}`)]));
  }
  if (Array.isArray(whole)) return whole.map((one, index) => record(one, `${file}[${index}]`));
  const shown = typeof whole === "object" && whole !== null && "decision" in whole ? whole.decision : whole;
  return [record(shown, file)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown, where: string): DecisionRecord {
  const result = v.safeParse(Replayable, value);
  if (result.success) return result.output as unknown as DecisionRecord;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "";
  throw new HeadgateError("input.invalid", `${where} is no decision record${path ? `: ${path} ${issue.message}` : ""}`);
}
