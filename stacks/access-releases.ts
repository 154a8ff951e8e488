import { allServices, fleetAccess, listTasksAccess } from "./access.ts";
import { accountId, partition, region } from "./account.ts";
import { deliveryApplications, deliveryClusters, deliveryLogGroups, deliveryRoles } from "./delivery-settings.ts";

/** Looks at versions of services: their tasks, definitions and targets. IAM knows no resources for the last two. */
const releasesLook = () => [
  ...listTasksAccess(),
  { actions: ["ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeTargetHealth"], resources: ["*"] },
  ...deliveryLogGroups().map((group) => ({
    actions: ["logs:GetLogEvents"],
    resources: [$interpolate`arn:${partition()}:logs:*:${accountId()}:log-group:${group}:log-stream:*`],
  })),
];

/**
 * Runs versions side by side, beside {@link fleetAccess}. What is made carries the tag `headgate: managed` from its first moment; what is changed has to carry it already.
 * Services are made in the clusters, tasks run as the roles that were named at deploy, none without.
 */
export const releasesAccess = () => {
  const managed = (variable: string) => [{ test: "StringEquals", variable, values: ["managed"] }];
  const services = (cluster: string) => $interpolate`arn:${partition()}:ecs:*:${accountId()}:service/${cluster}/*`;
  const definitions = $interpolate`arn:${partition()}:ecs:*:${accountId()}:task-definition/*:*`;
  const clusters = deliveryClusters();
  const made = clusters.map(services);
  const roles = [...deliveryRoles()];
  return [
    ...releasesLook(),
    { actions: ["ecs:RegisterTaskDefinition"], resources: ["*"], conditions: managed("aws:RequestTag/headgate") },
    ...(made.length > 0
      ? [{ actions: ["ecs:CreateService"], resources: made, conditions: managed("aws:RequestTag/headgate") }]
      : []),
    {
      actions: ["ecs:TagResource"],
      resources: [definitions, ...made],
      conditions: [
        {
          test: "StringEquals",
          variable: "ecs:CreateAction",
          values: ["RegisterTaskDefinition", ...(made.length > 0 ? ["CreateService"] : [])],
        },
      ],
    },
    { actions: ["ecs:TagResource"], resources: [allServices()], conditions: managed("aws:ResourceTag/headgate") },
    ...(roles.length > 0
      ? [
          {
            actions: ["iam:PassRole"],
            resources: roles,
            conditions: [
              { test: "StringEquals", variable: "iam:PassedToService", values: ["ecs-tasks.amazonaws.com"] },
            ],
          },
        ]
      : []),
  ];
};

/** Revisions of services that a lifecycle hook of ECS is asked about. */
export const revisionsAccess = () => [
  {
    actions: ["ecs:DescribeServiceRevisions"],
    resources: [$interpolate`arn:${partition()}:ecs:*:${accountId()}:service-revision/*/*/*`],
  },
];

/** Deployments of the CodeDeploy applications that were named at deploy, and the verdicts they wait for. */
export const codeDeployAccess = () => {
  const codedeploy = (kind: string) => $interpolate`arn:${partition()}:codedeploy:${region()}:${accountId()}:${kind}`;
  const resources = deliveryApplications().map((name) => codedeploy(`deploymentgroup:${name}/*`));
  if (resources.length === 0) return [];
  return [
    {
      actions: [
        "codedeploy:GetDeployment",
        "codedeploy:ListDeploymentTargets",
        "codedeploy:BatchGetDeploymentTargets",
        "codedeploy:PutLifecycleEventHookExecutionStatus",
      ],
      resources,
    },
  ];
};
