import { faultText, TemplateFault } from "../../go-template/ast.ts";
import { parseText } from "../../go-template/parse.ts";

/** What Go's own templates can call: upstream checks these few texts before its functions are there. */
const BUILT_IN: ReadonlySet<string> = new Set(
  "and call html index slice js len not or print printf println urlquery eq ge gt le lt ne".split(" "),
);

/** Why a text is no template of Go's, in Go's words; undefined where it is one. */
export function templateFault(text: string): string | undefined {
  try {
    parseText(text, "", (name) => BUILT_IN.has(name));
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return faultText(error, "", text);
  }
}
