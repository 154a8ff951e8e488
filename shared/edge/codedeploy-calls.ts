import {
  BatchGetDeploymentTargetsCommand,
  CodeDeployClient,
  type CodeDeployClientConfig,
  GetDeploymentCommand,
  ListDeploymentTargetsCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  type PutLifecycleEventHookExecutionStatusCommandInput,
} from "@aws-sdk/client-codedeploy";

// Reached through import() only, see ecs-calls.ts.
export const makeCodeDeploy = (config: CodeDeployClientConfig) => new CodeDeployClient(config);
export const putStatus = (client: CodeDeployClient, input: PutLifecycleEventHookExecutionStatusCommandInput) =>
  client.send(new PutLifecycleEventHookExecutionStatusCommand(input));
export const getDeployment = (client: CodeDeployClient, deploymentId: string) =>
  client.send(new GetDeploymentCommand({ deploymentId }));
export const listTargets = (client: CodeDeployClient, deploymentId: string) =>
  client.send(new ListDeploymentTargetsCommand({ deploymentId }));
export const getTargets = (client: CodeDeployClient, deploymentId: string, targetIds: string[]) =>
  client.send(new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds }));
