/** Parts of an address list: quoted texts, addresses in angle brackets, comments, and what is between them. */
const TOKEN = /"(?:[^"\\]|\\.)*"|<[^>]*>|\((?:[^()\\]|\\.)*\)|[,;:]|[^",;:<>()]+/gy;
/** Dots and atoms on both sides (RFC 5322, 3.4.1), other scripts too (RFC 6532); or an address as literal. */
const ADDRESS = /^(?:[^\s"<>(),;:@\\[\]]+|"(?:[^"\\\r\n]|\\.)*")@(?:[^\s"<>(),;:@\\[\]]+|\[[^\s\]]*\])$/;

/**
 * Addresses of a header such as `To`: `a@x.org, "B, C" <b@x.org>`. The message where it is none: a list that is only half
 * understood would tell half of the people.
 */
export function addresses(list: string): readonly string[] | string {
  const found: string[] = [];
  let plain = "";
  let angle: string | undefined;
  let end = 0;
  const take = (): string | undefined => {
    const address = (angle ?? plain).trim();
    const named = angle !== undefined || plain.trim() !== "";
    plain = "";
    angle = undefined;
    if (!named) return undefined;
    if (!ADDRESS.test(address)) return `${JSON.stringify(address)} is no address`;
    found.push(address);
    return undefined;
  };
  if (/[\r\n]/.test(list)) return "a line end is no part of an address";
  for (const match of list.matchAll(TOKEN)) {
    if (match.index !== end) break;
    const [token] = match;
    end += token.length;
    // A group's name and its end: the members count.
    if (token === ":") plain = "";
    else if (token === "," || token === ";") {
      const wrong = take();
      if (wrong) return wrong;
    } else if (token.startsWith("<")) {
      if (angle !== undefined) return "two addresses without a comma between them";
      angle = token.slice(1, -1);
    } else if (!token.startsWith("(")) plain += token;
  }
  if (end !== list.length) return `${JSON.stringify(list.slice(end, end + 20))} cannot be read`;
  return take() ?? (found.length === 0 ? "no address" : found);
}
