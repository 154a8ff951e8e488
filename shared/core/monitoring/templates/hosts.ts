/** Host and port of "host:port" or "[ip6]:port" as Go's net.SplitHostPort reads them; undefined where it refuses. */
export function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(text);
  const plain = bracketed ?? /^([^:[\]]*):([^:[\]]*)$/.exec(text);
  return plain ? { host: plain[1] ?? "", port: plain[2] ?? "" } : undefined;
}

const IP4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** Whether it is an IP address: four numbers, or groups of hex with at most one "::". */
export function isIp(text: string): boolean {
  if (IP4.test(text)) return true;
  const halves = text.split("::");
  if (!text.includes(":") || halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const words = groups.length + (IP4.test(last) ? 1 : 0);
  const fine = groups.every(
    (group, index) => /^[0-9a-fA-F]{1,4}$/.test(group) || (index === groups.length - 1 && IP4.test(group)),
  );
  return fine && (halves.length === 2 ? words < 8 : words === 8);
}

export const stripPort = (text: string): string => splitHostPort(text)?.host ?? text;

/** "db-1.example.org:9100" → "db-1:9100"; addresses stay. */
export function stripDomain(text: string): string {
  const { host, port } = splitHostPort(text) ?? { host: text, port: "" };
  if (isIp(host)) return text;
  const name = host.split(".")[0] ?? "";
  return port === "" ? name : `${name.includes(":") ? `[${name}]` : name}:${port}`;
}
