import type { DatabaseSync } from "node:sqlite";
import { acted } from "../core/kernel/acted.ts";
import type { DecisionRecord, Outcome } from "../core/kernel/record.ts";
import type { DecisionQuery, Journal } from "../core/ports/journal.ts";
import {
  cursorPlace,
  DEFAULT_DECISIONS,
  MAX_DECISIONS,
  placeCursor,
  recordText,
  withOutcomes,
} from "./journal-rules.ts";
import type { Commits } from "./sqlite-commit.ts";
import { pageSize } from "./store-rules.ts";

/** How many appends lie between two looks at what is too much. */
const TRIM_EVERY = 500;

interface Filter {
  readonly where: string;
  readonly values: readonly (string | number)[];
}

/** The query's filters as SQL; every value is bound, none is text in the statement. */
function filterOf(query: DecisionQuery): Filter {
  const place = query.cursor === undefined ? undefined : cursorPlace(query.cursor);
  const parts: readonly (readonly [string, readonly (string | number)[] | undefined])[] = [
    ["tenant = ?", [query.tenant]],
    ["noun = ?", query.noun === undefined ? undefined : [query.noun]],
    ["subject = ?", query.subject === undefined ? undefined : [query.subject]],
    ["reason = ?", query.reason === undefined ? undefined : [query.reason]],
    ["at >= ?", query.from === undefined ? undefined : [query.from]],
    ["at < ?", query.to === undefined ? undefined : [query.to]],
    ["acted = ?", query.acted === undefined ? undefined : [query.acted ? 1 : 0]],
    ["(at, id) < (?, ?)", place && [place.at, place.id]],
  ];
  const used = parts.filter((part): part is readonly [string, readonly (string | number)[]] => part[1] !== undefined);
  return { where: used.map(([text]) => text).join(" AND "), values: used.flatMap(([, values]) => values) };
}

/** The journal on an open file; outcomes are rows of their own, so that a record is written once and never rewritten. */
export function sqliteJournal(db: DatabaseSync, commits: Commits, keep: number): Journal {
  const insert = db.prepare(
    `INSERT INTO decisions (tenant, id, at, noun, subject, reason, acted, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, id) DO NOTHING`,
  );
  const addOutcome = db.prepare(
    `INSERT INTO outcomes (tenant, id, phase, at, body) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE EXISTS (SELECT 1 FROM decisions WHERE tenant = ?1 AND id = ?2) ON CONFLICT DO NOTHING`,
  );
  const get = db.prepare("SELECT body FROM decisions WHERE tenant = ? AND id = ?");
  const outcomes = db.prepare("SELECT body FROM outcomes WHERE tenant = ? AND id = ?");
  const trim = db.prepare("DELETE FROM decisions WHERE rowid <= (SELECT max(rowid) FROM decisions) - ?");
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  let appends = 0;

  const read = (tenant: string, id: string, body: string): DecisionRecord =>
    withOutcomes(
      body,
      (outcomes.all(tenant, id) as { body: string }[]).map((row) => JSON.parse(row.body) as Outcome),
    );
  const put = (tenant: string, id: string, outcome: Outcome) =>
    void addOutcome.run(tenant, id, outcome.phase, outcome.at, JSON.stringify(outcome));

  return {
    async append(record) {
      const body = recordText(record);
      const { tenant, id, at, noun, subject, reason } = record;
      await commits.write("journal", () => {
        if (Number(insert.run(tenant, id, at, noun, subject, reason, acted(record) ? 1 : 0, body).changes) === 0)
          return;
        for (const outcome of record.outcomes) put(tenant, id, outcome);
        appends += 1;
        if (appends % TRIM_EVERY === 0) trim.run(keep);
      });
    },
    outcome: (tenant, id, outcome) => commits.write("journal", () => put(tenant, id, outcome)),
    get: (tenant, id) =>
      commits.read("journal", () => {
        const row = get.get(tenant, id) as { body: string } | undefined;
        return row && read(tenant, id, row.body);
      }),
    list: (query) =>
      commits.read("journal", () => {
        const limit = pageSize(query.limit, MAX_DECISIONS, DEFAULT_DECISIONS);
        const { where, values } = filterOf(query);
        const sql = `SELECT id, body FROM decisions WHERE ${where} ORDER BY at DESC, id DESC LIMIT ?`;
        const statement = statements.get(sql) ?? db.prepare(sql);
        statements.set(sql, statement);
        const rows = statement.all(...values, limit + 1) as { id: string; body: string }[];
        const items = rows.slice(0, limit).map((row) => read(query.tenant, row.id, row.body));
        const last = items.at(-1);
        return { items, ...(last && rows.length > limit ? { cursor: placeCursor(last) } : {}) };
      }),
    close: () => commits.settled(),
  };
}
