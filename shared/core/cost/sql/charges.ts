import { type BillField, FOCUS_COLUMNS, readHeader } from "../focus/columns.ts";
import { TEXTS as ALL_TEXTS, AMOUNTS } from "../sources/members.ts";

/** A column as an engine names it, with its type in that engine's words. */
export interface SeenColumn {
  readonly name: string;
  readonly type: string;
}

/** The kind is worked out from the resource's id when the answer is read; no bill has a column of it. */
const TEXTS = ALL_TEXTS.filter((field) => field !== "resourceKind");

/** What of an answer are amounts, by their names in small letters. */
export const AMOUNT_TITLES: ReadonlySet<string> = new Set(
  AMOUNTS.flatMap((field) => FOCUS_COLUMNS[field]?.slice(0, 1) ?? []).map((title) => title.toLowerCase()),
);

const name = (given: string): string => `"${given.replaceAll('"', '""')}"`;
const literal = (given: string): string => `'${given.replaceAll("'", "''")}'`;

/** Which columns a table has, and of which types: nothing is read for it. */
export const columnsSql = (table: string): string => `SELECT * FROM ${name(table)} LIMIT 0`;

/** Fraction digits that sums on the engine have; amounts with more are rounded to them. */
const SCALE = 18;

/**
 * A binary float by the shortest text that means it, which is what its writer meant: a sum of the floats themselves would drift, and their exact
 * binary value has fifty digits of noise.
 */
const exact = (column: string, type: string): string =>
  /^(decimal|numeric|u?(tiny|small|big|huge)?int|integer)/i.test(type)
    ? column
    : `CAST(CAST(${column} AS VARCHAR) AS DECIMAL(38, ${SCALE}))`;

/**
 * The charges of files of an export, for DuckDB and Athena: those of a day that differ in nothing but time are one, as everywhere in cost, and an
 * unknown amount stays apart from known ones. The answer has FOCUS's names and is read like any bill, in order of time. Undefined where the columns are none of a bill.
 *
 * @param paths what the hidden column `$path` has of the files: of a table over many versions of an export, only the one that counts is read
 * @param partition columns of the table with the values that all of the files have; nothing else is looked for
 */
export function chargesSql({
  columns,
  table,
  paths,
  partition = {},
}: {
  readonly columns: readonly SeenColumn[];
  readonly table: string;
  readonly paths: readonly string[];
  readonly partition?: Readonly<Record<string, string>>;
}): string | undefined {
  const { header } = readHeader(
    columns.map((one) => one.name),
    FOCUS_COLUMNS,
  );
  const column = (field: BillField): SeenColumn | undefined => columns[header.at.get(field) ?? -1];
  const start = column("start");
  if (!start || (!column("billed") && !column("effective"))) return undefined;
  const timed = /^(timestamp|date)/i.test(start.type);
  const at = name(start.name);
  const groups = [timed ? `CAST(DATE_TRUNC('day', ${at}) AS DATE)` : at];
  const picked = [`MIN(${at}) AS "ChargePeriodStart"`];
  const end = column("end");
  // One charge without an end: the end of them all is unknown.
  if (end)
    picked.push(`CASE WHEN COUNT(*) = COUNT(${name(end.name)}) THEN MAX(${name(end.name)}) END AS "ChargePeriodEnd"`);
  const titled = (field: BillField): string => name(FOCUS_COLUMNS[field]?.[0] ?? field);
  for (const field of TEXTS) {
    const found = column(field);
    if (!found) continue;
    groups.push(name(found.name));
    picked.push(`${name(found.name)} AS ${titled(field)}`);
  }
  const tags = column("tags");
  if (tags) {
    const value = /^(varchar|string|char)/i.test(tags.type) ? name(tags.name) : `CAST(${name(tags.name)} AS JSON)`;
    groups.push(value);
    picked.push(`${value} AS ${titled("tags")}`);
  }
  for (const field of AMOUNTS) {
    const found = column(field);
    if (!found) continue;
    groups.push(`${name(found.name)} IS NULL`);
    picked.push(`SUM(${exact(name(found.name), found.type)}) AS ${titled(field)}`);
  }
  const where = [
    ...Object.entries(partition).map(([key, value]) => `${name(key)} = ${literal(value)}`),
    `"$path" IN (${paths.map(literal).join(", ")})`,
  ];
  return `SELECT\n  ${picked.join(",\n  ")}\nFROM ${name(table)}\nWHERE ${where.join(" AND ")}\nGROUP BY ${groups.join(", ")}\nORDER BY 1`;
}
