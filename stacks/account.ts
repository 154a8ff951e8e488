/** Where the stack is deployed; the parts of an ARN. */
export const partition = () => aws.getPartitionOutput({}).partition;
export const region = () => aws.getRegionOutput({}).region;
export const accountId = () => aws.getCallerIdentityOutput({}).accountId;
