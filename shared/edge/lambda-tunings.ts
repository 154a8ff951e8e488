import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Tunings } from "../core/ports/tunings.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** Looks are done by a function of AWS Lambda, which is called without being waited for; Lambda keeps the call until the function is free. */
export const lambdaTunings = (source: ClientSource<LambdaClient>, functionName: string): Tunings => ({
  look: async ({ tenant, service, detail }) => {
    const [client, { invokeLater }] = await Promise.all([clientOf(source), import("./lambda-calls.ts")]);
    const event = { kind: "tuning", asked: { tenant, service, detail } };
    try {
      await invokeLater(client, functionName, JSON.stringify(event));
    } catch (error) {
      throw awsError("timers.unavailable", `the look at ${service} could not be handed over`, error);
    }
  },
});
