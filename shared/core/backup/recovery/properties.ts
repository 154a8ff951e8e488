/** One setting of a Java properties file, and the line it begins in (1-based). */
export interface Property {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, one: string | undefined) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : (ESCAPES[one ?? ""] ?? one ?? ""),
  );

/** Reads a Java properties file as `java.util.Properties` does: comments, `=`, `:` or blanks between, lines that go on after a backslash. */
export function readProperties(text: string): readonly Property[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const found: Property[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    let logical = (lines[at] ?? "").trimStart();
    const line = at + 1;
    if (logical === "" || /^[#!]/.test(logical)) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(logical) && at + 1 < lines.length) {
      at += 1;
      logical = logical.slice(0, -1) + (lines[at] ?? "").trimStart();
    }
    const match = /^((?:\\.|[^\\=:\s])*)\s*(?:[=:]\s*)?(.*)$/s.exec(logical);
    found.push({ name: unescaped(match?.[1] ?? ""), value: unescaped(match?.[2] ?? "").trim(), line });
  }
  return found;
}
