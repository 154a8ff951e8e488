/** A path of a file system as Flink writes it, in parts. */
export interface FlinkPath {
  /** "file", "s3" (also for s3a and s3p), "hdfs" … */
  readonly scheme: string;
  /** "/flink/savepoints", or "bucket/savepoints" where there is an authority. No slash at the end. */
  readonly path: string;
}

/** file:/a, file:///a and /a are one path, and so are s3://b/k, s3a://b/k and s3p://b/k. Undefined for a relative path. */
export function readFlinkPath(text: string): FlinkPath | undefined {
  const [, given, rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(text) ?? [];
  const scheme = given?.toLowerCase();
  const bare = (path: string) => path.replace(/\/{2,}/g, "/").replace(/(.)\/+$/, "$1");
  if (scheme === undefined) return text.startsWith("/") ? { scheme: "file", path: bare(text) } : undefined;
  if (scheme === "file") return { scheme, path: bare(`/${rest.replace(/^\/+/, "")}`) };
  return { scheme: /^s3[anp]$/.test(scheme) ? "s3" : scheme, path: bare(rest.replace(/^\/+/, "")) };
}

/** What of `path` lies behind `base`, without a slash in front; undefined where it does not lie below it. */
export function behindPath(base: FlinkPath, path: FlinkPath): string | undefined {
  if (base.scheme !== path.scheme) return undefined;
  if (path.path === base.path) return "";
  const start = base.path.endsWith("/") ? base.path : `${base.path}/`;
  return path.path.startsWith(start) ? path.path.slice(start.length) : undefined;
}

/** "20261123_073000" of "bkp_20261123_073000": what the folder of a point's savepoints is called. */
export const stampOf = (point: string): string => point.replace(/^bkp_/, "");

/** Where the savepoints of a point go. */
export const stampFolder = (savepoints: string, point: string): string =>
  `${savepoints.replace(/\/+$/, "")}/${stampOf(point)}/`;

/**
 * Why savepoints under a path cannot be copied: with entropy injected, Flink spreads a savepoint's files over many folders and refers to them by absolute paths
 * (Flink documentation, "Savepoints" and "Amazon S3"). Undefined: they can.
 */
export function entropyTrouble(path: string, settings: Readonly<Record<string, string>>): string | undefined {
  const configured = Object.entries(settings).flatMap(([key, value]) =>
    /(^|\.)entropy\.key$/.test(key) && value !== "" ? [value] : [],
  );
  const marker = [...configured, "_entropy_"].find((one) => path.includes(one));
  return marker === undefined
    ? undefined
    : `savepoints under ${path} are spread over many folders (entropy is injected for ${marker}), so a copy of one folder would not be whole; name another place in what.flink.savepoints`;
}
