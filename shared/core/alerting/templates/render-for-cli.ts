import type { Millis } from "../../kernel/time.ts";
import { compileTemplates } from "./compile.ts";
import { readTemplateData, TemplateDataFault } from "./read-data.ts";
import type { Rendered } from "./render.ts";
import { sampleData } from "./sample.ts";

export interface CliRender {
  /** Data as a document (a webhook's body, say); absent: a sample. */
  readonly data?: unknown;
  readonly html?: boolean;
  readonly now: Millis;
}

/** What an expression gives with the defaults and some template files, as `amtool template render` prints it. */
export function renderForCli(
  texts: readonly { readonly file: string; readonly text: string }[],
  expr: string,
  { data, html = false, now }: CliRender,
): Rendered {
  const compiled = compileTemplates(texts);
  if (!compiled.ok) return { ok: false, message: compiled.faults.map(({ message }) => message).join("\n") };
  try {
    const given = data === undefined ? sampleData(now) : readTemplateData(data);
    return compiled.templates[html ? "html" : "text"](expr, given, { now });
  } catch (error) {
    if (!(error instanceof TemplateDataFault)) throw error;
    return { ok: false, message: error.message };
  }
}
