import { faultText, goPlace, TemplateFault, type TemplateSet } from "../../go-template/ast.ts";
import { DEFAULT_TEMPLATES } from "./defaults.ts";
import { type AlertTemplates, parseAlertText, renderer } from "./render.ts";
import { merged } from "./sets.ts";

/** A file of templates that does not parse. */
export interface TemplateFileFault {
  readonly file: string;
  /** As Go says it: `template: slack.tmpl:3: unexpected "}" in operand`. */
  readonly message: string;
  readonly line: number;
}

export type CompiledTemplates =
  | { readonly ok: true; readonly templates: AlertTemplates }
  | { readonly ok: false; readonly faults: readonly TemplateFileFault[] };

let defaults: TemplateSet | undefined;

const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

/**
 * The templates of a configuration: the defaults, and the user's files in their order, which may replace any of them. A file is itself
 * a template of its name.
 */
export function compileTemplates(
  texts: readonly { readonly file: string; readonly text: string }[],
): CompiledTemplates {
  defaults ??= parseAlertText(DEFAULT_TEMPLATES, "");
  let all = defaults;
  const faults: TemplateFileFault[] = [];
  for (const { file, text } of texts) {
    const source = baseName(file);
    try {
      all = merged(all, parseAlertText(text, source));
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      faults.push({ file, message: faultText(error, source, text), line: goPlace(text, error.pos).line });
    }
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, templates: renderer(all) };
}
