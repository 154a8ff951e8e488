/** One of the five fields: its name for messages, its range, and names that may stand for numbers. */
export interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Lower-case; the first name stands for `min`. */
  readonly names?: readonly string[];
}

export type FieldResult =
  | { readonly ok: true; readonly values: readonly number[]; readonly any: boolean }
  | { readonly ok: false; readonly message: string };

/** Reads "*", "5", "1-5", "mon-fri", "0,30", "10-50/20", "5/15" (from 5 on) and their lists. */
export function parseField(text: string, field: Field): FieldResult {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const range = parsePart(part, field);
    if (typeof range === "string") return { ok: false, message: `${field.name} ${JSON.stringify(text)}: ${range}` };
    for (let value = range.from; value <= range.to; value += range.by) values.add(value);
  }
  return { ok: true, values: [...values].sort((a, b) => a - b), any: text.startsWith("*") };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly by: number;
}

function parsePart(part: string, field: Field): Range | string {
  const [body = "", step, ...rest] = part.split("/");
  if (rest.length > 0) return "more than one step";
  const by = step === undefined ? 1 : count(step);
  if (by === undefined || by < 1) return `step ${JSON.stringify(step)} is not a positive number`;
  if (body === "*") return { from: field.min, to: field.max, by };
  const [low = "", high, ...more] = body.split("-");
  if (more.length > 0) return `${JSON.stringify(body)} is not a range`;
  const from = value(low, field);
  if (from === undefined) return wrong(low, field);
  if (high === undefined) return { from, to: step === undefined ? from : field.max, by };
  const to = value(high, field);
  if (to === undefined) return wrong(high, field);
  if (to < from)
    return `range ${JSON.stringify(body)} runs backwards; write two, as in ${low}-${field.max},${field.min}-${high}`;
  return { from, to, by };
}

function wrong(text: string, field: Field): string {
  const names = field.names ? ` or ${field.names[0]}..${field.names.at(-1)}` : "";
  return `${JSON.stringify(text)} is not one of ${field.min}..${field.max}${names}`;
}

function value(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const number = named >= 0 ? named + field.min : count(text);
  return number !== undefined && number >= field.min && number <= field.max ? number : undefined;
}

function count(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}
