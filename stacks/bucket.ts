/** Configuration bodies, what forecasts have learned, and exported journals. Nothing in it is public and nothing is deleted with the stack. */
export function createBucket() {
  return new sst.aws.Bucket("Bucket", {
    versioning: true,
    enforceHttps: true,
    cors: false,
    lifecycle: [
      { id: "journal", prefix: "journal/", expiresIn: "400 days" },
      { id: "answers", prefix: "athena/", expiresIn: "1 day" },
    ],
    transform: {
      bucket: (bucket) => {
        // The component would empty the bucket when the stack is removed.
        bucket.forceDestroy = false;
      },
      lifecycle: (lifecycle) => {
        lifecycle.rules = $resolve([lifecycle.rules]).apply(([rules]) => [
          ...(rules ?? []),
          // Written anew each hour, and learned anew where it is lost. S3 takes the shorter of two spans.
          {
            id: "learned",
            status: "Enabled",
            filter: { prefix: "autoscaling/" },
            noncurrentVersionExpiration: { noncurrentDays: 1 },
          },
          {
            id: "leftovers",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: 90 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ]);
      },
    },
  });
}
