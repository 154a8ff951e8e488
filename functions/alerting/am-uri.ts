/** What Go's url.ParseRequestURI takes: an absolute address or a path. The part behind # is not looked at. */
export function isRequestUri(text: string): boolean {
  const address = text.split("#", 1)[0] as string;
  if (address === "" || [...address].some((character) => character < " " || character === "\u007f")) return false;
  if (/%(?![0-9a-fA-F]{2})/.test(address.split("?", 1)[0] as string)) return false;
  if (address === "*" || (address.startsWith("/") && !address.startsWith("//"))) return true;
  const found = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?(\/\/([^/?]*))?/.exec(address);
  const rest = address.slice(found?.[0].length ?? 0);
  const [scheme] = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(address) ?? [];
  if (found?.[1] === undefined) return scheme !== undefined && rest !== "";
  const host = (found[2] ?? "").replace(/^[^@]*@/, "");
  return !/[ "<>\\^`{|}]/.test(host.replace(/^\[[^\]]*\]/, "")) && /^(\[[^\]]+\]|[^:[\]]*)(:\d*)?$/.test(host);
}
