const DEFAULT_BYTES = 65_536;

/**
 * Bytes that a request may carry at the most, where that is more than usual. A configuration is 1 MB and as much in files beside it, a
 * trace or a recorded signal 2 MB; JSON adds an escape for each line.
 */
const LARGER: readonly (readonly [pattern: RegExp, bytes: number])[] = [
  [/^\/api\/v1\/config\//, 2_621_440],
  [/^\/api\/v1\/(autoscaling|anomaly)\/backtest$/, 2_621_440],
  [/^\/api\/v1\/autoscaling\/(compare|tune|lab)$/, 2_621_440],
  [/^\/api\/v2\/alerts\/?$/, 10_000_000],
  [/^\/api\/v1\/alerting\/replay$/, 2_621_440],
  // 10,000 backends in one call.
  [/^\/api\/v1\/traffic\/[^/]+\/(backends|drain|remove|replay)$/, 4_194_304],
  // What a process has counted of all flags: 2,000 reports.
  [/^\/api\/v1\/flags\/exposures$/, 524_288],
  // Every series of a canary and its baseline: a day of minutes for fifty metrics.
  [/^\/((hooks\/)?kayenta\/(.*\/)?)?judge$/, 4_194_304],
  // A bill; deployed, an address of the API takes 6 MB at most, and a larger one is read from where it lies.
  [/^\/api\/v1\/cost\/import$/, 268_435_456],
  [/^\/api\/v1\/cost\/estimate$/, 2_621_440],
  // A message of SNS has 256 KB; as text within JSON each quote in it is two bytes.
  [/^\/hooks\//, 655_360],
];

export const bodyBytes = (path: string): number => LARGER.find(([pattern]) => pattern.test(path))?.[1] ?? DEFAULT_BYTES;
