/** How the shares of versions come out where not every version can take requests. */
export interface VersionShares {
  /** Part of the requests for each version in the order given, together 1; all 0 where none has both a share and hosts. */
  readonly shares: readonly number[];
  /** The same as they were set, 0 where the version has no hosts: whole numbers stay exact. */
  readonly parts: readonly number[];
  /** Versions with a share whose hosts are missing: the others have it. */
  readonly missing: readonly string[];
}

/** Shares as they are set, absolutely; a version without hosts gives its share to the others in proportion to theirs. */
export function versionShares(
  set: Readonly<Record<string, number>>,
  versions: readonly { readonly version: string; readonly hosts: number }[],
): VersionShares {
  const there = new Map(versions.map(({ version, hosts }) => [version, hosts]));
  const missing = Object.entries(set)
    .filter(([version, share]) => share > 0 && (there.get(version) ?? 0) === 0)
    .map(([version]) => version);
  const parts = versions.map(({ version, hosts }) =>
    hosts > 0 && Object.hasOwn(set, version) ? Math.max(0, set[version] ?? 0) : 0,
  );
  const all = parts.reduce((sum, part) => sum + part, 0);
  return { shares: parts.map((part) => (all > 0 ? part / all : 0)), parts, missing };
}
