import {
  COST_EXPORT,
  COST_METRICS,
  exportRow,
  metricsRow,
  RESOURCE_UTILIZATION,
  withMore,
} from "../../shared/core/cost/sql/shapes.ts";
import type { Cell, GivenTable, TableShape } from "../../shared/core/cost/sql/table.ts";
import type { Basis } from "../../shared/core/cost/types.ts";
import type { UtilizationTable } from "../../shared/core/cost/utilization/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Tables } from "../../shared/core/ports/tables.ts";
import { duckdbTables } from "../../shared/edge/duckdb.ts";
import { type ReadBillOptions, readBill } from "./read-bill.ts";
import { moreColumns, readUtilization } from "./read-utilization.ts";

// Never part of a deployed function: what it opens is native and large. Commands and the laptop only.

export interface FileTablesAsk extends Pick<ReadBillOptions, "skipBad" | "dates"> {
  /** Bills: `cost_export`, and `cost_metrics` where no file has that. */
  readonly focus?: readonly string[];
  /** CSV of `cost_metrics` and `resource_utilization`; which of the two a file is, its header tells. */
  readonly utilization?: readonly string[];
  /** Which money of a bill is `cost_usd` of `cost_metrics`. Default `effective`. */
  readonly basis?: Basis;
}

/**
 * SQL over files in this process: tables `cost_export`, `cost_metrics` and `resource_utilization`, empty where no file has them. Close it when done.
 *
 * @throws HeadgateError `bill.invalid`, `input.invalid`, `query.unavailable` where DuckDB is not installed
 */
export async function fileTables(ask: FileTablesAsk): Promise<Tables> {
  const { focus = [], utilization = [], basis = "effective", ...reading } = ask;
  if ([...focus, ...utilization].includes("-"))
    throw new HeadgateError(
      "input.invalid",
      "standard input cannot be queried: files are read more than once, save it as one",
    );
  const more = await moreColumns(utilization);
  const bill = () => readBill(focus, reading);
  const platform = (table: UtilizationTable, base: TableShape): GivenTable => {
    const shape = withMore(base, more.get(table) ?? []);
    async function* rows(): AsyncGenerator<readonly (readonly Cell[])[]> {
      for await (const batch of readUtilization(utilization, { ...reading, table }))
        yield batch.map((row) => metricsRow(shape, row));
      if (table === "cost_metrics" && !more.has(table))
        for await (const charges of bill())
          yield charges.map(({ start, day, service, resourceType, billed, effective }) =>
            metricsRow(shape, {
              ...{ start, day, service, resourceType },
              cost: basis === "billed" ? billed : effective,
            }),
          );
    }
    return { shape, rows: rows() };
  };
  async function* charges(): AsyncGenerator<readonly (readonly Cell[])[]> {
    for await (const batch of bill()) yield batch.map(exportRow);
  }
  return duckdbTables([
    { shape: COST_EXPORT, rows: charges() },
    platform("cost_metrics", COST_METRICS),
    platform("resource_utilization", RESOURCE_UTILIZATION),
  ]);
}
