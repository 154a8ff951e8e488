import { resolvePlain } from "../../core/kernel/written.ts";

type Yaml = typeof import("yaml");

/** Nothing of YAML's own marks: a scalar that is only text, or a number, or `yes`. */
const PLAIN = /^[\w.+][\w.+/%() ;~$^-]*$/;

/**
 * A rendered text as Go's yaml.v2 reads it into an `any`: null, a truth value, a number, a list, a map (keys of other types than text
 * as they are, to be dropped), the text itself; undefined where it is no YAML.
 */
export function goYaml(yaml: Yaml): (text: string) => unknown {
  return (text) => {
    if (PLAIN.test(text)) return resolvePlain(text.trimEnd());
    if (/^\s*[[{]/.test(text)) {
      try {
        return JSON.parse(text);
      } catch {
        // Lists and maps of YAML begin like those of JSON.
      }
    }
    const [document] = yaml.parseAllDocuments(text, { uniqueKeys: false, merge: true, prettyErrors: false });
    if (document === undefined) return null;
    if (document.errors.length > 0) return undefined;
    yaml.visit(document, {
      Scalar: (_key, node) => {
        if (node.type === "PLAIN" && node.source !== undefined && node.tag === undefined)
          node.value = resolvePlain(node.source);
      },
    });
    try {
      return document.toJS({ mapAsMap: true });
    } catch {
      // Aliases that grow beyond measure.
      return undefined;
    }
  };
}
