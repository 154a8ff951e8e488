import { accountId } from "./account.ts";
import { backupObjectLock, backupRegion, backupReplication } from "./backup-settings.ts";

/** Days in which an overwritten or deleted object can be had again; restore points themselves are pruned by Headgate, which knows who needs what. */
const SECOND_THOUGHT_DAYS = 7;

/**
 * Buckets of restore points: one here, one in the other region that was named. They outlive the stack, whatever stage it is: what takes the
 * installation away must not take away what it would be restored from.
 */
export function createBackupBuckets(): readonly sst.aws.Bucket[] {
  const primary = bucket("BackupPrimary");
  const elsewhere = backupRegion();
  if (elsewhere === undefined) {
    if (backupReplication()) throw new Error('HEADGATE_BACKUP_REPLICATION "on": HEADGATE_BACKUP_REGION says where to');
    return [primary];
  }
  const secondary = bucket("BackupSecondary", new aws.Provider("BackupRegion", { region: elsewhere as aws.Region }));
  if (backupReplication()) replicate(primary, secondary);
  return [primary, secondary];
}

function bucket(name: string, provider?: aws.Provider): sst.aws.Bucket {
  return new sst.aws.Bucket(
    name,
    {
      versioning: true,
      enforceHttps: true,
      cors: false,
      transform: {
        bucket: (args, opts) => {
          args.forceDestroy = false;
          if (backupObjectLock()) args.objectLockEnabled = true;
          opts.retainOnDelete = true;
        },
        lifecycle: (lifecycle) => {
          lifecycle.rules = [
            {
              id: "leftovers",
              status: "Enabled",
              filter: { prefix: "" },
              noncurrentVersionExpiration: { noncurrentDays: SECOND_THOUGHT_DAYS },
              // A deleted object leaves a mark, which is a version as well.
              expiration: { expiredObjectDeleteMarker: true },
              abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
            },
          ];
        },
      },
      // The component makes a lifecycle configuration only where a rule is given.
      lifecycle: [{ id: "leftovers", prefix: "", expiresIn: "365 days" }],
    },
    provider ? { provider } : {},
  );
}

/** S3 itself copies what is written, also what Headgate did not live to write twice. What is deleted here stays there. */
function replicate(from: sst.aws.Bucket, to: sst.aws.Bucket): void {
  const role = new aws.iam.Role("BackupReplicationRole", {
    description: "S3 copies restore points into the bucket of the other region; nothing else",
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "s3.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": accountId() } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: "copy",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource: [from.arn] },
            {
              Effect: "Allow",
              Action: [
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
                "s3:GetObjectRetention",
                "s3:GetObjectLegalHold",
              ],
              Resource: [$interpolate`${from.arn}/*`],
            },
            {
              Effect: "Allow",
              Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
              Resource: [$interpolate`${to.arn}/*`],
            },
          ],
        }),
      },
    ],
  });
  new aws.s3.BucketReplicationConfig("BackupReplication", {
    bucket: from.name,
    role: role.arn,
    rules: [
      {
        id: "points",
        status: "Enabled",
        filter: { prefix: "" },
        deleteMarkerReplication: { status: "Disabled" },
        destination: { bucket: to.arn, storageClass: "STANDARD" },
      },
    ],
  });
}
