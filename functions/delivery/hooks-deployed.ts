import { otherRevision } from "../../shared/core/delivery/hooks/ecs-event.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { tellCodeDeploy } from "../../shared/edge/codedeploy.ts";
import { readDeployment } from "../../shared/edge/codedeploy-deployment.ts";
import { readRevisions, type ServiceRevision } from "../../shared/edge/ecs-revisions.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { askHook } from "./hook.ts";
import type { CodeDeployParts } from "./hooks-codedeploy.ts";
import type { EcsHookParts } from "./hooks-ecs.ts";
import type { DeliverySettings } from "./settings.ts";

const region = process.env["AWS_REGION"];
const clients = awsClients(region === undefined ? {} : { region });

/** Asks the smoke hook; an answer that is neither yes nor no is waited for. */
async function smoke(runtime: Runtime, { service, delivery }: DeliverySettings, version: string, run: string) {
  const { smoke: hook } = delivery.hooks;
  if (!hook) return { status: "passed" as const, detail: "no smoke hook is configured" };
  const asked = { hook: "smoke", url: hook.url, timeoutMs: hook.timeout, service, version, rollout: run };
  const { detail, values } = await askHook(runtime, asked);
  const status = values?.["status"];
  if (status === 200 || status === 204) return { status: "passed" as const, detail };
  return { status: status === 403 || status === 409 ? ("failed" as const) : ("waiting" as const), detail };
}

/** How the source of counts names a revision: by the slot of its target group, else by its task definition. */
function nameOf({ delivery }: DeliverySettings, revision: ServiceRevision | undefined): string | undefined {
  const groups = Object.entries(delivery.ecs?.targetGroups ?? {});
  const slot = groups.find(([, arn]) => revision?.targetGroups.includes(arn))?.[0];
  return slot ?? (delivery.counts === "cloudwatch" ? undefined : revision?.taskDefinition);
}

/** The other slot, where ECS names no other revision: with all the traffic on the target there is none to be named. */
const otherSlot = ({ delivery }: DeliverySettings, name: string): string | undefined =>
  Object.keys(delivery.ecs?.targetGroups ?? {}).find((slot) => slot !== name);

/** What the hook of ECS asks on AWS. */
export const ecsParts = (runtime: Runtime): EcsHookParts => ({
  smoke: (settings, event) => smoke(runtime, settings, event.target, event.executionId),
  pair: async (settings, event) => {
    const other = otherRevision(event);
    const asked = other === undefined ? [event.target] : [event.target, other];
    const revisions = await readRevisions(clients.ecs, asked, settings.target.ecs?.region);
    const canary = nameOf(settings, revisions.get(event.target));
    const baseline =
      (other === undefined ? undefined : nameOf(settings, revisions.get(other))) ??
      (canary === undefined ? undefined : otherSlot(settings, canary));
    if (canary === undefined || baseline === undefined)
      return {
        failure: "the target group of the new or the old revision is not named under delivery.ecs.targetGroups",
      };
    return { canary, baseline };
  },
});

/** What the hook of CodeDeploy asks on AWS. */
export const codeDeployParts = (runtime: Runtime): CodeDeployParts => ({
  look: (deploymentId) => readDeployment(clients.codeDeploy, deploymentId),
  tell: (status) => tellCodeDeploy(clients.codeDeploy, status),
  smoke: (settings, deploymentId) => smoke(runtime, settings, deploymentId, deploymentId),
});
