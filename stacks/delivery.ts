import {
  alertSetsAccess,
  configRead,
  deadLetterAccess,
  deleteAccess,
  dueAccess,
  fleetAccess,
  listAccess,
  ownAlertsAccess,
  parametersAccess,
  prometheusAccess,
  queueAccess,
  samplesAccess,
  tableAccess,
  wakesAccess,
  weightsAccess,
} from "./access.ts";
import { codeDeployAccess, releasesAccess, revisionsAccess } from "./access-releases.ts";
import { accountId } from "./account.ts";
import { linkParameters } from "./alerting-settings.ts";
import { onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { createWakes } from "./queue.ts";

/** Seconds that the looks of a batch may take: each asks ECS, CloudWatch, and hooks that are slow to answer. */
const ROLLOUT_TIMEOUT_SECONDS = 60;

/** Timers of rollouts, with a queue, schedules and dead letters of their own. */
export const createRollouts = () => createWakes("Rollouts", ROLLOUT_TIMEOUT_SECONDS);

/** What brings releases about: looks at rollouts whose time has come, a tick for what no timer woke, and the hooks of ECS and CodeDeploy. */
export function createDelivery(parts: Parts, rollouts: ReturnType<typeof createRollouts>) {
  const { dead } = parts;
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const state = [...tableAccess(parts), ...listAccess(parts), ...configRead(parts), ...wakesAccess(rollouts)];
  const judge = [...samplesAccess(), ...prometheusAccess()];
  const tell = [
    ...ownAlertsAccess(parts),
    ...(parts.flushes ? [...alertSetsAccess(parts), ...parametersAccess(linkParameters())] : []),
  ];
  const release = [
    ...state,
    ...judge,
    ...tell,
    ...deleteAccess(parts),
    ...fleetAccess(),
    ...releasesAccess(),
    ...weightsAccess(),
    ...codeDeployAccess(),
  ];

  const rollout = new sst.aws.Function("Rollout", {
    handler: "functions/delivery/queue.handler",
    description: "Looks at the rollouts whose time has come: starts, shifts, judges, goes on or back",
    timeout: `${ROLLOUT_TIMEOUT_SECONDS} seconds`,
    permissions: [...release, ...queueAccess(rollouts.queue)],
    ...shared,
  });
  rollouts.queue.subscribe(rollout.arn, {
    batch: { size: 10, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // Twenty looks of a batch are made at once; more at a time would meet the rate of ECS's requests, not go faster.
        mapping.scalingConfig = { maximumConcurrency: 3 };
      },
    },
  });

  // One tick at a time: a second one would only lose every claim to the first.
  const tick = new sst.aws.Function("RolloutTick", {
    handler: "functions/delivery/schedule.handler",
    description: "Looks at the rollouts that are due and that no timer woke",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [...release, ...dueAccess(parts), ...deadLetterAccess(dead.arn)],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("RolloutTickEvery", tick, dead, { every: "rate(1 minute)", kind: "rollouts", maxAgeSeconds: 60 });

  const ecs = new sst.aws.Function("EcsHook", {
    handler: "functions/delivery/hooks-ecs.handler",
    description: "Lifecycle hook of ECS deployments: smoke, approval and gate",
    timeout: "30 seconds",
    permissions: [...state, ...judge, ...tell, ...revisionsAccess()],
    ...shared,
  });
  const codeDeploy = new sst.aws.Function("CodeDeployHook", {
    // AWS's managed policies for CodeDeploy let it invoke functions with this beginning, and no others.
    name: `CodeDeployHook_${$app.name}-${$app.stage}`,
    handler: "functions/delivery/hooks-codedeploy.handler",
    description: "Lifecycle hook of CodeDeploy deployments: smoke and gate",
    timeout: "30 seconds",
    permissions: [...state, ...judge, ...tell, ...codeDeployAccess(), ...deadLetterAccess(dead.arn)],
    ...shared,
    ...asyncFailures(dead.arn, 60 * 60),
  });
  return {
    functions: { Rollout: rollout, RolloutTick: tick, EcsHook: ecs, CodeDeployHook: codeDeploy },
    outputs: { ecsHook: ecs.arn, ecsHookRole: ecsHookRole(ecs).arn, codeDeployHook: codeDeploy.name },
  };
}

/** What ECS takes on to call the hook; a service's deployment configuration names it beside the function. */
function ecsHookRole(hook: sst.aws.Function): aws.iam.Role {
  return new aws.iam.Role("EcsHookCaller", {
    description: "Deployments of ECS services of this account call Headgate's lifecycle hook; nothing else",
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "ecs.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": accountId() } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: "invoke",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [hook.arn] }],
        }),
      },
    ],
  });
}
