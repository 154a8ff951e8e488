import type { Matcher } from "re2js";

/** The group's text; empty where it took no part in the match or does not exist. */
function groupText(match: Matcher, name: string): string {
  // A number with a leading zero, or beyond what Go counts, is a name, and no group is called so.
  if (/^(0|[1-9]\d{0,8})$/.test(name)) {
    const index = Number(name);
    return index <= match.groupCount() ? (match.group(index) ?? "") : "";
  }
  return Object.hasOwn(match.pattern().namedGroups(), name) ? (match.group(name) ?? "") : "";
}

/**
 * Puts a match into a template as Go's regexp.Expand does: `$name` takes the longest run of letters, digits and underscores,
 * `${name}` bounds it, `$$` is a dollar sign, an unknown group is empty, and a dollar that starts nothing stays.
 */
export function goExpand(template: string, match: Matcher): string {
  if (!template.includes("$")) return template;
  return template.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_whole, dollar: string | undefined, braced: string | undefined, bare: string | undefined) =>
      dollar ?? groupText(match, braced ?? bare ?? ""),
  );
}
