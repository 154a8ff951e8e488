/** Where the stack is deployed; the parts of an ARN. */
export const partition = () => aws.getPartitionOutput({}).partition;
export const region = () => aws.getRegionOutput({}).region;
export const accountId = () => aws.getCallerIdentityOutput({}).accountId;

/** ARNs of alarms of this stage in this region, those of our own tenants; `name` is what follows `headgate/<stage>/`. */
export const alarmArns = (name: string) =>
  $interpolate`arn:${partition()}:cloudwatch:${region()}:${accountId()}:alarm:headgate/${$app.stage}/${name}`;
