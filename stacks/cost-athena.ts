import { costExports, scanLimitBytes } from "./cost-settings.ts";
import type { Parts } from "./parts.ts";

/** Below this prefix of Headgate's bucket lie answers of Athena; they are removed after a day. */
export const ANSWERS = "athena/";

/** Of AWS Data Exports' FOCUS 1.0 in Parquet, those that reports ask for; the names are FOCUS's, lower-cased as Glue has them. */
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["chargeperiodstart", "timestamp"],
  ["chargeperiodend", "timestamp"],
  ["billedcost", "double"],
  ["effectivecost", "double"],
  ["listcost", "double"],
  ["contractedcost", "double"],
  ["billingcurrency", "string"],
  ["providername", "string"],
  ["billingaccountid", "string"],
  ["subaccountid", "string"],
  ["servicename", "string"],
  ["servicecategory", "string"],
  ["resourcetype", "string"],
  ["resourceid", "string"],
  ["resourcename", "string"],
  ["regionid", "string"],
  ["chargecategory", "string"],
  ["commitmentdiscountid", "string"],
  ["commitmentdiscountstatus", "string"],
  ["x_usagetype", "string"],
  ["consumedquantity", "double"],
  ["consumedunit", "string"],
  ["tags", "map<string,string>"],
  // Files have both quantities: the priced one is what charges are counted by, wherever they are read.
  ["pricingquantity", "double"],
  ["pricingunit", "string"],
];

const INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
const OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
const SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

/**
 * SQL over the export of bills: a workgroup that refuses what reads too much, and a table whose months Athena finds by itself (partition projection),
 * so no crawler runs and nothing is paid while nobody asks. Undefined where no export was named.
 */
export function createCostSql({ bucket }: Pick<Parts, "bucket">) {
  const [place] = costExports();
  if (!place) return undefined;
  const workgroup = new aws.athena.Workgroup("CostWorkgroup", {
    name: `${$app.name}-${$app.stage}-cost`,
    description: "Statements of Headgate over the export of bills; one that would read more than its limit is refused",
    forceDestroy: true,
    configuration: {
      enforceWorkgroupConfiguration: true,
      // A metric is paid for; what a statement has read comes with its answer.
      publishCloudwatchMetricsEnabled: false,
      bytesScannedCutoffPerQuery: scanLimitBytes(),
      resultConfiguration: {
        outputLocation: $interpolate`s3://${bucket.name}/${ANSWERS}`,
        encryptionConfiguration: { encryptionOption: "SSE_S3" },
      },
    },
  });
  const database = new aws.glue.CatalogDatabase("CostDatabase", {
    name: `${$app.name}_${$app.stage}_cost`.toLowerCase().replaceAll("-", "_"),
    description: "Bills as Headgate asks for them",
  });
  const data = `s3://${place.bucket}/${place.prefix}/data`;
  const table = new aws.glue.CatalogTable("CostExport", {
    name: "cost_export",
    databaseName: database.name,
    description: "FOCUS 1.0 as AWS Data Exports writes it, each month overwritten as a whole",
    tableType: "EXTERNAL_TABLE",
    parameters: {
      EXTERNAL: "TRUE",
      classification: "parquet",
      "projection.enabled": "true",
      "projection.billing_period.type": "date",
      "projection.billing_period.format": "yyyy-MM",
      "projection.billing_period.range": "2023-01,NOW",
      "projection.billing_period.interval": "1",
      "projection.billing_period.interval.unit": "MONTHS",
      // The last part is Athena's own placeholder.
      "storage.location.template": `${data}/BILLING_PERIOD=\${billing_period}`,
    },
    partitionKeys: [{ name: "billing_period", type: "string" }],
    storageDescriptor: {
      location: data,
      inputFormat: INPUT,
      outputFormat: OUTPUT,
      serDeInfo: { serializationLibrary: SERDE },
      columns: COLUMNS.map(([name, type]) => ({ name, type })),
    },
  });
  return { workgroup, database, table, place };
}
