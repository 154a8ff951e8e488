import { ofType, statements } from "./read.ts";
import type { Rules } from "./rules.ts";

/** What holds data, and the door to it. */
export const STORAGE_RULES: Rules = {
  table: (synth) =>
    ofType(synth, "aws:dynamodb/table:Table").flatMap(({ name, inputs }) => [
      ...(inputs["pointInTimeRecovery"]?.enabled === true ? [] : [[name, "no point-in-time recovery"] as const]),
      ...(inputs["ttl"]?.enabled === true ? [] : [[name, "no time to live"] as const]),
      ...(synth.app.protect === true && inputs["deletionProtectionEnabled"] !== true
        ? [[name, "can be deleted in production"] as const]
        : []),
      ...(inputs["billingMode"] === "PAY_PER_REQUEST" ? [] : [[name, "costs money at rest"] as const]),
    ]),

  bucket: (synth) =>
    ofType(synth, "aws:s3/bucket:Bucket").flatMap(({ name, inputs }) => {
      const about = (type: string) =>
        ofType(synth, type).find((one) => one.inputs["bucket"] === inputs["bucket"])?.inputs;
      const block = about("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock") ?? {};
      const policy = about("aws:s3/bucketPolicy:BucketPolicy")?.["policy"];
      const closed = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
        (key) => block[key] === true,
      );
      const tls =
        policy &&
        statements(policy).some(
          (one) => one.Effect === "Deny" && JSON.stringify(one.Condition).includes('"aws:SecureTransport":["false"]'),
        );
      return [
        ...(inputs["forceDestroy"] === false ? [] : [[name, "is emptied when the stack is removed"] as const]),
        ...(closed ? [] : [[name, "can be made public"] as const]),
        ...(tls ? [] : [[name, "answers without TLS"] as const]),
        ...(about("aws:s3/bucketVersioning:BucketVersioning")?.["versioningConfiguration"]?.status === "Enabled"
          ? []
          : [[name, "overwrites for good"] as const]),
        ...(about("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")?.["rules"]?.length > 0
          ? []
          : [[name, "no lifecycle"] as const]),
        ...(about("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
          ? [[name, "answers browsers of any origin"] as const]
          : []),
      ];
    }),

  api: (synth) =>
    ofType(synth, "aws:apigatewayv2/stage:Stage").flatMap(({ name, inputs }) => {
      const group = ofType(synth, "aws:cloudwatch/logGroup:LogGroup").find((group) =>
        String(inputs["accessLogSettings"]?.destinationArn).endsWith(group.inputs["name"]),
      );
      const settings = inputs["defaultRouteSettings"];
      return [
        ...(settings?.throttlingRateLimit > 0 && settings?.throttlingBurstLimit > 0
          ? []
          : [[name, "is not throttled"] as const]),
        ...(group?.inputs["retentionInDays"] > 0 ? [] : [[name, "access logs are kept for ever"] as const]),
      ];
    }),
};
