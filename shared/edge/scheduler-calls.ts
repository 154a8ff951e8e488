import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  SchedulerClient,
  type SchedulerClientConfig,
} from "@aws-sdk/client-scheduler";

// Reached through import() only, see ecs-calls.ts.
export const makeScheduler = (config: SchedulerClientConfig) => new SchedulerClient(config);
export const createSchedule = (client: SchedulerClient, input: CreateScheduleCommandInput) =>
  client.send(new CreateScheduleCommand(input));
