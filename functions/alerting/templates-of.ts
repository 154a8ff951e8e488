import { compileTemplates } from "../../shared/core/alerting/templates/compile.ts";
import type { AlertTemplates } from "../../shared/core/alerting/templates/render.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Alerting } from "./context.ts";

const compiled = new WeakMap<Alerting, AlertTemplates>();

/**
 * Templates of a configuration, parsed once.
 *
 * @throws HeadgateError `config.invalid` for files that do not parse, which a configuration in force does not have
 */
export function templatesOf(alerting: Alerting): AlertTemplates {
  const known = compiled.get(alerting);
  if (known) return known;
  const made = compileTemplates(alerting.config.settings.templates);
  if (!made.ok) {
    const { file, message } = made.faults[0] ?? { file: "", message: "" };
    throw new HeadgateError("config.invalid", `${file}: ${message}`);
  }
  compiled.set(alerting, made.templates);
  return made.templates;
}
