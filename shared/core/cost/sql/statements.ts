/** A piece of SQL: something that is quoted or a comment stands alone, so that nobody reads into it. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|;|[^'"$;/-]+|[\s\S]/g;

const isComment = (piece: string): boolean => piece.startsWith("--") || piece.startsWith("/*");

/**
 * The statements of a text of SQL, without their semicolons and without what holds nothing but comments. Texts in quotes, quoted names,
 * comments and `$$…$$` may hold semicolons.
 */
export function statementsOf(sql: string): readonly string[] {
  const made: string[] = [];
  let held = "";
  let says = false;
  const end = () => {
    if (says) made.push(held.trim());
    held = "";
    says = false;
  };
  for (const [piece] of sql.matchAll(PIECE)) {
    if (piece === ";") {
      end();
      continue;
    }
    held += piece;
    says ||= !isComment(piece) && piece.trim() !== "";
  }
  end();
  return made;
}

/** The statement with what is quoted or a comment taken out, for looking at its words. */
function bare(statement: string): string {
  let words = "";
  for (const [piece] of statement.matchAll(PIECE)) words += /^(['"]|--|\/\*|\$\w*\$)/.test(piece) ? " " : piece;
  return words;
}

/** Whether a statement only reads, by its first word: what Athena is not even asked. DuckDB says it of itself. */
export function readsOnly(statement: string): boolean {
  const words = bare(statement).trim().toLowerCase();
  return (
    /^\(*\s*(select|with|values|show|describe|table)\b/.test(words) &&
    !/^\(*\s*with\b[\s\S]*\b(insert|update|delete|merge)\s+into\b/.test(words)
  );
}

/**
 * `INTERVAL '30 days'`, as PostgreSQL and DuckDB write it, as the standard (and with it Trino and Athena) has it: `INTERVAL '30' DAY`.
 * DuckDB takes both.
 */
export function standardIntervals(statement: string): string {
  let made = "";
  let afterInterval = false;
  for (const [piece] of statement.matchAll(PIECE)) {
    const match = /^'\s*([+-]?\d+)\s*(second|minute|hour|day|month|year)s?\s*'$/i.exec(piece);
    if (afterInterval && match !== null) made += `'${match[1]}' ${match[2]?.toUpperCase()}`;
    else made += piece;
    if (piece.trim() !== "" && !isComment(piece)) afterInterval = /\binterval\s*$/i.test(piece);
  }
  return made;
}
