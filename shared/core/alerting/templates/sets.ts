import type { TemplateSet } from "../../go-template/ast.ts";
import { isEmptyBody } from "../../go-template/parse.ts";

/** Templates of a later text replace those of their name, unless they say nothing. */
export function merged(base: TemplateSet, more: TemplateSet): TemplateSet {
  const all = new Map(base);
  for (const [name, template] of more) if (!all.has(name) || !isEmptyBody(template.nodes)) all.set(name, template);
  return all;
}
