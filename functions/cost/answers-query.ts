// SQL over bills as /api/v1/cost answers it, loaded with the first statement.
import "../shared-parts.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import { scanPrice } from "../../shared/core/cost/sql/scan-price.ts";
import {
  COST_EXPORT,
  COST_METRICS,
  exportRow,
  metricsRow,
  RESOURCE_UTILIZATION,
} from "../../shared/core/cost/sql/shapes.ts";
import type { Cell, GivenTable, TableShape } from "../../shared/core/cost/sql/table.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Tables } from "../../shared/core/ports/tables.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { collectBills } from "./collect.ts";
import { type CostWork, openCost } from "./context.ts";
import type { CostQueryView } from "./views.ts";

/** Rows of an answer, where nobody says how many. */
const ROWS = 1_000;
/** A request of the API ends after 29 s. */
const ATHENA_MS = 22_000;

interface AskedQuery {
  readonly sql: string;
  readonly limit?: number | undefined;
}

interface Opened {
  readonly tables: Tables;
  /** What a reader has to know of what was asked. */
  readonly notes: readonly string[];
}

/** What is kept of bills, in this process; nobody is asked for more, and only tables that the statement speaks of are filled. */
async function keptTables(work: CostWork, sql: string): Promise<Opened> {
  if (work.runtime.parts !== undefined)
    throw new HeadgateError(
      "query.unavailable",
      "deployed, SQL is answered by Athena: name a workgroup and a database in cost.athena",
    );
  const { sources } = await collectBills(work, { refresh: "never" });
  async function* rows(
    { name }: TableShape,
    rowOf: (charge: Charge) => readonly Cell[],
  ): AsyncGenerator<readonly (readonly Cell[])[]> {
    if (!sql.toLowerCase().includes(name)) return;
    for await (const { charges } of (await collectBills(work, { refresh: "never" })).days) yield charges.map(rowOf);
  }
  const metric = ({ start, day, service, resourceType, billed, effective }: Charge) =>
    metricsRow(COST_METRICS, {
      ...{ start, day, service, resourceType },
      cost: work.config.basis === "billed" ? billed : effective,
    });
  const given: readonly GivenTable[] = [
    { shape: COST_EXPORT, rows: rows(COST_EXPORT, exportRow) },
    { shape: COST_METRICS, rows: rows(COST_METRICS, metric) },
    { shape: RESOURCE_UTILIZATION, rows: [] },
  ];
  const { duckdbTables } = await import("../../shared/edge/duckdb.ts");
  const unsure = sources.flatMap((one) =>
    one.status !== "read"
      ? [`${one.source}: ${one.status}`]
      : one.finality === "closed"
        ? []
        : [`${one.source}: ${one.finality.replace("_", " ")}`],
  );
  return { tables: await duckdbTables(given), notes: [...unsure, "resource_utilization has no rows here"] };
}

function opened(work: CostWork, sql: string): Promise<Opened> | Opened {
  const { athena } = work.config;
  if (athena === undefined || work.runtime.tables === undefined) return keptTables(work, sql);
  const { workgroup, database, region } = athena;
  const at = { workgroup, database, timeoutMs: ATHENA_MS, ...(region === undefined ? {} : { region }) };
  return { tables: work.runtime.tables(at), notes: [] };
}

/**
 * One statement that only reads: on Athena where the configuration names it and it can be asked from here, else on DuckDB over the bills that are kept.
 *
 * @throws HeadgateError `query.invalid`, `query.unavailable`; those of the stores
 */
export async function queryAnswer(
  runtime: Runtime,
  tenant: string,
  { sql, limit = ROWS }: AskedQuery,
): Promise<CostQueryView> {
  const { tables, notes } = await opened(await openCost(runtime, tenant), sql);
  try {
    const { columns, rows, scannedBytes } = await tables.query(sql, { limit: limit + 1 });
    return {
      engine: tables.engine,
      columns,
      rows: rows.slice(0, limit),
      truncated: rows.length > limit,
      ...(scannedBytes === undefined ? {} : { scannedBytes, paid: text(scanPrice(scannedBytes)) }),
      notes,
    };
  } finally {
    await tables.close();
  }
}
