import type { DuckDBConnection, DuckDBDecimalValue, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { Decimal } from "../core/cost/decimal.ts";
import type { Cell, ColumnKind, GivenTable, TableShape } from "../core/cost/sql/table.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { DuckDb } from "./duckdb-package.ts";

/** As the columns of bills on Athena have it; more are made room for when a value has them. */
const SCALE = 18;
/** DuckDB's widest decimal. */
const WIDTH = 38;
/** Rows that a chunk of DuckDB holds. */
const CHUNK = 2048;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function typeOf({ DECIMAL, MAP, TIMESTAMP, VARCHAR }: DuckDb, kind: ColumnKind, scale: number): DuckDBType {
  if (kind === "decimal") return DECIMAL(WIDTH, scale);
  return kind === "time" ? TIMESTAMP : kind === "tags" ? MAP(VARCHAR, VARCHAR) : VARCHAR;
}

/** Without the zeros at its end that say nothing. */
function shortest({ units, scale }: Decimal): Decimal {
  let value = units;
  let digits = scale;
  while (digits > SCALE && value % 10n === 0n) {
    value /= 10n;
    digits -= 1;
  }
  return { units: value, scale: digits };
}

const LIMIT = 10n ** BigInt(WIDTH);

function decimalCell({ DuckDBDecimalValue }: DuckDb, value: Decimal, scale: number, where: string): DuckDBDecimalValue {
  const { units, scale: own } = shortest(value);
  const scaled = units * 10n ** BigInt(scale - own);
  if (scaled >= LIMIT || scaled <= -LIMIT)
    throw new HeadgateError("bill.invalid", `${where}: a number has more digits than the ${WIDTH} that SQL can hold`);
  return new DuckDBDecimalValue(scaled, WIDTH, scale);
}

function duckValue(api: DuckDb, cell: Cell, kind: ColumnKind, scale: number, where: string): DuckDBValue {
  if (cell === undefined) return null;
  if (kind === "decimal") return decimalCell(api, cell as Decimal, scale, where);
  if (kind === "time") return new api.DuckDBTimestampValue(BigInt(Math.round((cell as number) * 1000)));
  if (kind === "tags")
    return new api.DuckDBMapValue(
      Object.entries(cell as Readonly<Record<string, string>>).map(([key, value]) => ({ key, value })),
    );
  return cell as string;
}

const createSql = (api: DuckDb, { name, columns }: TableShape): string =>
  `CREATE TABLE ${quoted(name)} (${columns
    .map((column) => `${quoted(column.name)} ${typeOf(api, column.kind, SCALE).toString()}`)
    .join(", ")})`;

/** Makes the table and fills it, a chunk at a time. A decimal column grows as many fraction digits as its values have: nothing is rounded. */
export async function loadTable(api: DuckDb, connection: DuckDBConnection, { shape, rows }: GivenTable): Promise<void> {
  await connection.run(createSql(api, shape));
  const scales = shape.columns.map(() => SCALE);

  const widen = async (batch: readonly (readonly Cell[])[]): Promise<void> => {
    for (const [at, column] of shape.columns.entries()) {
      if (column.kind !== "decimal") continue;
      let needed = scales[at] ?? SCALE;
      for (const row of batch) {
        const cell = row[at] as Decimal | undefined;
        if (cell !== undefined && cell.scale > needed) needed = Math.max(needed, shortest(cell).scale);
      }
      if (needed === scales[at]) continue;
      const where = `${shape.name}.${column.name}`;
      if (needed > WIDTH)
        throw new HeadgateError(
          "bill.invalid",
          `${where}: a number has ${needed} fraction digits; SQL can hold ${WIDTH}`,
        );
      await connection.run(
        `ALTER TABLE ${quoted(shape.name)} ALTER ${quoted(column.name)} TYPE DECIMAL(${WIDTH}, ${needed})`,
      );
      scales[at] = needed;
    }
  };

  const append = async (batch: readonly (readonly Cell[])[]): Promise<void> => {
    await widen(batch);
    const appender = await connection.createAppender(shape.name);
    const types = shape.columns.map(({ kind }, at) => typeOf(api, kind, scales[at] ?? SCALE));
    for (let from = 0; from < batch.length; from += CHUNK) {
      const part = batch.slice(from, from + CHUNK);
      const chunk = api.DuckDBDataChunk.create(types, part.length);
      for (const [at, { kind, name }] of shape.columns.entries())
        chunk.setColumnValues(
          at,
          part.map((row) => duckValue(api, row[at], kind, scales[at] ?? SCALE, `${shape.name}.${name}`)),
        );
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  };

  let held: (readonly Cell[])[] = [];
  for await (const batch of rows) {
    for (const row of batch) held.push(row);
    if (held.length < CHUNK * 4) continue;
    await append(held);
    held = [];
  }
  if (held.length > 0) await append(held);
}
