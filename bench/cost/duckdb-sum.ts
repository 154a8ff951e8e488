import { DuckDBInstance } from "@duckdb/node-api";

// The peer of a report: the same file and the same groups, read and summed by DuckDB in a process of its own.
const [path = ""] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
const read = await connection.runAndReadAll(
  `SELECT CAST(SUM(amount) AS VARCHAR), COUNT(*) FROM (
     SELECT CAST(ChargePeriodStart AS TIMESTAMP)::DATE, ServiceName, ResourceType, SUM(CAST(BilledCost AS DECIMAL(38, 18))) AS amount
     FROM read_csv($1, header = true, all_varchar = true, nullstr = ['NULL', '']) GROUP BY 1, 2, 3)`,
  [path],
);
process.stdout.write(JSON.stringify(read.getRows()[0]?.map(String)));
connection.closeSync();
instance.closeSync();
