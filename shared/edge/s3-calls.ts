import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
  type UploadPartCommandInput,
} from "@aws-sdk/client-s3";

// Reached through import() only, see ecs-calls.ts.
export const makeS3 = (config: S3ClientConfig) => new S3Client(config);
export const putObject = (client: S3Client, input: PutObjectCommandInput) => client.send(new PutObjectCommand(input));
export const getObject = (client: S3Client, input: GetObjectCommandInput) => client.send(new GetObjectCommand(input));
export const headObject = (client: S3Client, input: HeadObjectCommandInput) =>
  client.send(new HeadObjectCommand(input));
export const deleteObject = (client: S3Client, input: DeleteObjectCommandInput) =>
  client.send(new DeleteObjectCommand(input));
export const listObjects = (client: S3Client, input: ListObjectsV2CommandInput) =>
  client.send(new ListObjectsV2Command(input));
export const createUpload = (client: S3Client, input: CreateMultipartUploadCommandInput) =>
  client.send(new CreateMultipartUploadCommand(input));
export const uploadPart = (client: S3Client, input: UploadPartCommandInput) =>
  client.send(new UploadPartCommand(input));
export const completeUpload = (client: S3Client, input: CompleteMultipartUploadCommandInput) =>
  client.send(new CompleteMultipartUploadCommand(input));
export const abortUpload = (client: S3Client, input: AbortMultipartUploadCommandInput) =>
  client.send(new AbortMultipartUploadCommand(input));
export const listUploads = (client: S3Client, input: ListMultipartUploadsCommandInput) =>
  client.send(new ListMultipartUploadsCommand(input));
