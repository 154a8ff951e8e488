import type { CostQueryView } from "../functions/cost/views.ts";
import type { TableRows, Tables } from "../shared/core/ports/tables.ts";
import { answer, client } from "./client.ts";
import { text, texts, type Verb } from "./command.ts";
import { BASIS, basisOf, FOCUS, oneOf, READING, readingOf, UTILIZATION } from "./cost-options.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { type Io, plain, table } from "./io.ts";

const HELP = "headgate cost query --help";
const MAX_SQL = 1_000_000;
/** Rows that the API gives at the most. */
const MOST_REMOTE = 10_000;

/** Rows as objects by their columns; two columns of one name are told apart by their place. */
function objects({ columns, rows }: TableRows): readonly Readonly<Record<string, string | null>>[] {
  const names = columns.map(({ name }, at) =>
    columns.findIndex((one) => one.name === name) === at ? name : `${name}_${at + 1}`,
  );
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
}

const csvCell = (cell: string | null): string =>
  cell === null ? "" : /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** Athena, by the configuration. */
async function athena(io: Io, file: string): Promise<Tables> {
  const [{ readConfigFile }, { costSectionOf }, { athenaOf }] = await Promise.all([
    import("../local/config-file.ts"),
    import("../functions/cost/file-answers.ts"),
    import("../functions/cost/athena-tables.ts"),
  ]);
  return athenaOf(costSectionOf(readConfigFile(file).config), io.env);
}

/** A headgate that runs, by its API. */
function remote(io: Io): Tables {
  let engine = "headgate";
  return {
    get engine() {
      return engine;
    },
    query: async (sql, { limit = MOST_REMOTE } = {}) => {
      const json = { sql, limit: Math.min(limit, MOST_REMOTE) };
      const found = await answer<CostQueryView>(client(io).api.v1.cost.query.$post({ json }));
      engine = found.engine;
      for (const note of found.notes) io.note(plain(`note: ${note}`));
      if (found.truncated) io.note(`note: there are more rows than ${json.limit} (--limit)`);
      if (found.paid !== undefined) io.note(`note: ${found.scannedBytes} bytes read by Athena, ${found.paid} USD`);
      const { columns, rows, scannedBytes } = found;
      return { columns, rows, ...(scannedBytes === undefined ? {} : { scannedBytes }) };
    },
    close: async () => {},
  };
}

export const query: Verb = {
  name: "query",
  about:
    "SQL over bills: those that a running headgate keeps, or its Athena; with files on DuckDB in this process; with --config on Athena from here. Tables are cost_export, cost_metrics, resource_utilization. SQL is a statement, a file that ends in .sql, or -.",
  positionals: ["SQL"],
  options: [
    FOCUS,
    UTILIZATION,
    BASIS,
    ...READING.filter(({ name }) => name === "skip-bad" || name === "dates"),
    { name: "format", value: "FORMAT", about: "table, csv or json (default: table)" },
    { name: "limit", value: "N", about: "rows of an answer at the most (default: 10000)" },
    {
      name: "config",
      value: "FILE",
      about: "instead of files: the Athena that cost.athena of this headgate.yaml names",
    },
  ],
  example: 'headgate cost query "SELECT ServiceName, SUM(BilledCost) FROM cost_export GROUP BY 1" --focus bill.csv',
  run: async ({ io, options, positionals: [sql = ""] }) => {
    const [focus, utilization] = [texts(options, "focus"), texts(options, "utilization")];
    const config = text(options, "config");
    if (focus.length + utilization.length === 0 && config === undefined)
      for (const name of ["basis", "skip-bad", "dates"])
        if (options[name] !== undefined)
          throw new UsageError(`--${name} is for files: give --focus PATH or --utilization PATH too`, HELP);
    if (focus.length + utilization.length > 0 && config !== undefined)
      throw new UsageError("files (--focus, --utilization) and Athena (--config) are asked one by one", HELP);
    const given = text(options, "limit");
    if (given !== undefined && !/^[1-9]\d{0,6}$/.test(given))
      throw new UsageError(`--limit ${JSON.stringify(given)} is no number from 1 to 9999999`, HELP);
    const format = io.json ? "json" : (oneOf(options, "format", ["table", "csv", "json"] as const, HELP) ?? "table");
    const written = sql === "-" || /\.sql$/i.test(sql) ? await readText(io, sql, MAX_SQL) : sql;
    const basis = basisOf(options, HELP);
    const { skipBad, dates } = readingOf(options, HELP);
    const { statementsOf } = await import("../shared/core/cost/sql/statements.ts");
    const statements = statementsOf(written);
    if (statements.length === 0) throw new UsageError("there is no statement", HELP);
    const tables =
      focus.length + utilization.length === 0 && config === undefined
        ? remote(io)
        : config === undefined
          ? await (await import("../functions/cost/file-tables.ts")).fileTables({
              ...{ focus, utilization, skipBad },
              ...(basis === undefined ? {} : { basis }),
              ...(dates === undefined ? {} : { dates }),
            })
          : await athena(io, config);
    try {
      const answers: {
        readonly sql: string;
        readonly columns: TableRows["columns"];
        readonly rows: ReturnType<typeof objects>;
      }[] = [];
      for (const statement of statements) {
        const found = await tables.query(statement, given === undefined ? {} : { limit: Number(given) });
        const names = found.columns.map(({ name }) => name);
        if (format === "csv")
          await io.stream(`${[names, ...found.rows].map((row) => row.map(csvCell).join(",")).join("\n")}\n`);
        else if (format === "table") {
          if (answers.length > 0) io.line();
          for (const line of table([names, ...found.rows.map((row) => row.map((cell) => cell ?? "NULL"))]))
            io.line(line);
        }
        answers.push({ sql: statement, columns: found.columns, rows: objects(found) });
      }
      if (format === "json") {
        const [only] = answers;
        const document =
          answers.length === 1 && only ? { engine: tables.engine, ...only } : { engine: tables.engine, answers };
        await io.stream(`${JSON.stringify(document, null, 2)}\n`);
      }
      return 0;
    } finally {
      await tables.close();
    }
  },
};
