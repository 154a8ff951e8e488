import { FUNCTION, granted, ofType, ROLE, roleOf, statements } from "./read.ts";
import type { Rules } from "./rules.ts";
import type { Resource, Synth } from "./synth.ts";

const BASIC_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
/** What Lambda itself needs to put a function into subnets. */
const IN_SUBNETS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

/** Where IAM knows nothing narrower, or a name has a pattern on purpose. Everything else is named in full. */
const PATTERNS: { readonly action: RegExp; readonly resource: RegExp; readonly why: string }[] = [
  { action: /^cloudwatch:GetMetricData$/, resource: /^\*$/, why: "IAM has no resources for GetMetricData" },
  {
    action: /^ecs:(DescribeServices|ListTasks|DescribeTasks)$/,
    resource: /^arn:aws:ecs:\*:\d+:(service|task)\/\*\/\*$/,
    why: "any service may be looked at",
  },
  { action: /^ecs:ListTasks$/, resource: /^\*$/, why: "IAM has no resources for tasks of a service, see list-tasks" },
  {
    action: /^servicediscovery:DiscoverInstances$/,
    resource: /^\*$/,
    why: "IAM has no resources for it, see discover-namespace",
  },
  {
    action: /^elasticloadbalancing:Describe(Rules|Listeners)$/,
    resource: /^\*$/,
    why: "IAM has no resources for describing load balancers",
  },
  {
    action: /^kinesisanalytics:(Describe|Update)Application$/,
    resource: /^arn:aws:kinesisanalytics:\*:\d+:application\/[\w.-]+$/,
    why: "an application is named in full; a service says its region",
  },
  {
    action: /^ecs:UpdateService$/,
    resource: /^arn:aws:ecs:\*:\d+:service\/\*\/\*$/,
    why: "narrowed by a tag, see ecs-tag",
  },
  {
    action: /^(ecs:DescribeTaskDefinition|elasticloadbalancing:DescribeTargetHealth)$/,
    resource: /^\*$/,
    why: "IAM has no resources for either",
  },
  { action: /^ecs:RegisterTaskDefinition$/, resource: /^\*$/, why: "narrowed by the tag it has to give, see ecs-make" },
  {
    action: /^ecs:(CreateService|TagResource)$/,
    resource: /^arn:aws:ecs:\*:\d+:(service\/[\w-]+\/\*|service\/\*\/\*|task-definition\/\*:\*)$/,
    why: "narrowed by the tag it has to give or that is there, see ecs-make and ecs-tag",
  },
  {
    action: /^ecs:DescribeServiceRevisions$/,
    resource: /^arn:aws:ecs:\*:\d+:service-revision\/\*\/\*\/\*$/,
    why: "the revision is named by the event",
  },
  {
    action: /^logs:GetLogEvents$/,
    resource: /^arn:aws:logs:\*:\d+:log-group:[\w./#-]+:log-stream:\*$/,
    why: "streams of one group",
  },
  {
    action: /^codedeploy:\w+$/,
    resource: /^arn:aws:codedeploy:[\w-]+:\d+:deploymentgroup:[\w+=,.@-]+\/\*$/,
    why: "deployments of one application",
  },
  {
    action: /^cloudwatch:(DescribeAlarms|PutCompositeAlarm)$/,
    resource: /^\*$/,
    why: "CloudWatch refuses both for composite alarms where the permission has a narrower scope",
  },
  {
    action: /^cloudwatch:\w+$/,
    resource: /^arn:aws:cloudwatch:\*:\d+:alarm:headgate\/[\w-]+\/\*$/,
    why: "alarms of services",
  },
  {
    action: /^scheduler:\w+$/,
    resource: /^arn:aws:scheduler:[\w-]+:\d+:schedule\/[\w-]+\/\*$/,
    why: "schedules of one group",
  },
  {
    action: /^s3:\w+$/,
    resource: /^arn:aws:s3:::[\w.-]+\/(alerting|anomaly|athena|autoscaling|config|cost|journal)\/\*$/,
    why: "one prefix of one bucket",
  },
  {
    action:
      /^s3:(GetObject|PutObject|DeleteObject|AbortMultipartUpload|PutObjectRetention|GetObject(VersionForReplication|VersionAcl|VersionTagging|Retention|LegalHold)|Replicate(Object|Tags))$/,
    resource: /^arn:aws:s3:::[\w.-]*(backup|savepoints)[\w.-]*\/\*$/,
    why: "a bucket that holds restore points or savepoints and nothing else",
  },
  { action: /^ce:GetCostAndUsage$/, resource: /^\*$/, why: "IAM has no resources for the bills of an account" },
  {
    action: /^s3:(GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::[\w.-]+\/(\*cost\/reports|exports\/[\w./-]+)\/\*$/,
    why: "reports at a bucket, and one export of bills, each below one prefix",
  },
  {
    action: /^kafka-cluster:\w+$/,
    resource: /^arn:aws:kafka:[\w-]+:\d+:(topic|group|transactional-id)\/[\w-]+\/[\w-]+\/\*$/,
    why: "what one cluster holds",
  },
  {
    action: /^ssm:GetParameter(sByPath)?$/,
    resource: /^arn:aws:ssm:[\w-]+:\d+:parameter(\/[\w.-]+)+\/\*$/,
    why: "parameters below one path",
  },
  { action: /^secretsmanager:ListSecrets$/, resource: /^\*$/, why: "IAM has no resources for listing secrets" },
  {
    action: /^secretsmanager:GetSecretValue$/,
    resource: /^arn:aws:secretsmanager:[\w-]+:\d+:secret:[\w/+=.@-]{3,}\*$/,
    why: "secrets whose names begin so",
  },
  {
    action: /^ecs:ListServices$/,
    resource: /^\*$/,
    why: "IAM has no resources for services of a cluster, see list-tasks",
  },
  {
    action: /^ecs:DescribeServices$/,
    resource: /^arn:aws:ecs:\*:\d+:service\/[\w-]+\/\*$/,
    why: "services of one cluster",
  },
];

const isInSubnets = (synth: Synth, role: Resource): boolean =>
  ofType(synth, FUNCTION).some((fn) => roleOf(synth, fn) === role && fn.inputs["vpcConfig"] !== undefined);

const patternAllowed = (action: string, resource: string) =>
  PATTERNS.some((pattern) => pattern.action.test(action) && pattern.resource.test(resource));

/** What functions run on, who may take on their roles, and what those allow. */
export const ACCESS_RULES: Rules = {
  "function-platform": (synth) =>
    ofType(synth, FUNCTION).flatMap(({ name, inputs }) => [
      ...(inputs["runtime"] === "nodejs24.x" ? [] : [[name, `runtime ${inputs["runtime"]}`] as const]),
      ...(inputs["architectures"]?.join() === "arm64"
        ? []
        : [[name, `architecture ${inputs["architectures"]}`] as const]),
    ]),

  "function-logs": (synth) =>
    ofType(synth, FUNCTION).flatMap(({ name, inputs }) => {
      const group = ofType(synth, "aws:cloudwatch/logGroup:LogGroup").find(
        (group) => group.inputs["name"] === inputs["loggingConfig"]?.logGroup,
      );
      return [
        ...(inputs["loggingConfig"]?.logFormat === "JSON" ? [] : [[name, "logs are not JSON"] as const]),
        ...(group?.inputs["retentionInDays"] > 0 ? [] : [[name, "logs are kept for ever"] as const]),
      ];
    }),

  trust: (synth) =>
    ofType(synth, ROLE).flatMap((role) => {
      const principals = statements(role.inputs["assumeRolePolicy"]).flatMap((one) =>
        Object.entries(one.Principal ?? {}),
      );
      const services = principals.flatMap(([kind, who]) => (kind === "Service" ? [who].flat() : [`${kind} ${who}`]));
      const isFunctions = ofType(synth, FUNCTION).some((fn) => roleOf(synth, fn) === role);
      // Schedules send wakes; deployments of ECS call their hook and S3 copies a bucket, those of this account alone.
      const ofAccount = JSON.stringify(role.inputs["assumeRolePolicy"]).includes("aws:SourceAccount");
      const others = ["scheduler.amazonaws.com", ...(ofAccount ? ["ecs.amazonaws.com", "s3.amazonaws.com"] : [])];
      const wanted = isFunctions ? ["lambda.amazonaws.com"] : others;
      return services.length === 1 && wanted.includes(services[0] ?? "")
        ? []
        : [[role.name, `may be assumed by ${services}`] as const];
    }),

  wildcard: (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role).flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => [
          ...(action.includes("*") ? [[role.name, `action ${action}`] as const] : []),
          ...Resource.filter((resource) => resource.includes("*") && !patternAllowed(action, resource)).map(
            (resource) => [role.name, `${action} on ${resource}`] as const,
          ),
        ]),
      ),
    ),

  "managed-policy": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      ((role.inputs["managedPolicyArns"] ?? []) as string[])
        .filter((arn) => arn !== BASIC_LOGS && !(arn === IN_SUBNETS && isInSubnets(synth, role)))
        .map((arn) => [role.name, arn] as const),
    ),

  "ecs-tag": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) => Action.some((action) => action.startsWith("ecs:Update")))
        .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"aws:ResourceTag/headgate":["managed"]'))
        .map(() => [role.name, "changes services that carry no tag"] as const),
    ),

  "ecs-make": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) =>
          Action.some((action) => /^ecs:(RegisterTaskDefinition|CreateService|TagResource)$/.test(action)),
        )
        .filter(
          ({ Condition }) =>
            !/"(aws:RequestTag\/headgate|ecs:CreateAction|aws:ResourceTag\/headgate)"/.test(
              JSON.stringify(Condition ?? {}),
            ),
        )
        .map(() => [role.name, "makes or tags what carries no tag of Headgate's"] as const),
    ),

  "pass-role": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) => Action.includes("iam:PassRole"))
        .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"iam:PassedToService"'))
        .map(() => [role.name, "hands a role to any service"] as const),
    ),

  "list-tasks": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) => Action.some((action) => /^ecs:List(Tasks|Services)$/.test(action)))
        .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"ecs:cluster"'))
        .map(() => [role.name, "lists what is in clusters anywhere"] as const),
    ),

  "discover-namespace": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) => Action.includes("servicediscovery:DiscoverInstances"))
        .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"servicediscovery:NamespaceName"'))
        .map(() => [role.name, "discovers in every namespace"] as const),
    ),

  "invoke-source": (synth) =>
    ofType(synth, "aws:lambda/permission:Permission")
      .filter(({ inputs }) => inputs["principal"] === "*" || !inputs["sourceArn"])
      .map(({ name, inputs }) => [name, `anything of ${inputs["principal"]} may invoke`] as const),

  "open-url": (synth) =>
    ofType(synth, "aws:lambda/functionUrl:FunctionUrl")
      .filter(({ inputs }) => inputs["authorizationType"] !== "AWS_IAM")
      .map(({ name }) => [name, "a function answers the whole internet without throttling"] as const),
};
