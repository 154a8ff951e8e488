/** What is said of cost at deploy. Whatever cannot be meant ends the deployment, with what is allowed. */

/** Values of a variable that all have one form; anything else ends the deployment and is named. */
function checked(name: string, form: RegExp, allowed: string): readonly string[] {
  const given = (process.env[name] ?? "").split(",").flatMap((one) => one.trim() || []);
  for (const one of given) if (!form.test(one)) throw new Error(`${name} "${one}": ${allowed}`);
  return given;
}

const EXPORT = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/((?:[A-Za-z0-9!_.'()-]+\/)*[A-Za-z0-9!_.'()-]+)\/?$/;

/** A folder of bills on S3. */
export interface ExportPlace {
  readonly bucket: string;
  /** Without a slash at either end. */
  readonly prefix: string;
}

/** `HEADGATE_COST_EXPORTS`: where exports of bills lie, FOCUS or CUR; they are read. The first one is the table of Athena. */
export function costExports(): readonly ExportPlace[] {
  const allowed = "s3://bucket/prefix/export-name of AWS Data Exports, commas between";
  return checked("HEADGATE_COST_EXPORTS", EXPORT, allowed).map((address) => {
    const [, bucket = "", prefix = ""] = EXPORT.exec(address) ?? [];
    return { bucket, prefix };
  });
}

const CLUSTER = /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9-]{1,64}\/[A-Za-z0-9-]+$/;

/** `HEADGATE_COST_CLUSTERS`: MSK clusters whose usage is observed with IAM. */
export const costClusters = (): readonly string[] =>
  checked("HEADGATE_COST_CLUSTERS", CLUSTER, "ARNs of MSK clusters, commas between");

/** `HEADGATE_COST_RETENTION_CLUSTERS`: those of them whose topics' settings may be changed. */
export const retentionClusters = (): readonly string[] =>
  checked("HEADGATE_COST_RETENTION_CLUSTERS", CLUSTER, "ARNs of MSK clusters, commas between");

/** `HEADGATE_COST_REPORTS`: buckets that were there before and that reports may be written to. */
export const reportBuckets = (): readonly string[] =>
  checked("HEADGATE_COST_REPORTS", /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "names of buckets, commas between");

const LEAST_GB = 0.01;

/** `HEADGATE_COST_SCAN_GB`: what one statement of Athena may read, GB; more of it is refused. 10 GB are 0.05 USD. */
export function scanLimitBytes(): number {
  const given = process.env["HEADGATE_COST_SCAN_GB"] || "10";
  const count = Number(given);
  if (!(count >= LEAST_GB && count <= 10_000))
    throw new Error(`HEADGATE_COST_SCAN_GB "${given}": a number from ${LEAST_GB} to 10000`);
  return Math.round(count * 1e9);
}
