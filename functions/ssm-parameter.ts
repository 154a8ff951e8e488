/** A parameter of Systems Manager, decrypted, with this process's credentials. What it needs is loaded when it is asked for. */
export async function ssmParameter(path: string): Promise<string> {
  const [{ parameter }, { awsClients }] = await Promise.all([
    import("./parameter.ts"),
    import("../shared/edge/aws-clients.ts"),
  ]);
  const { AWS_REGION: region, HEADGATE_AWS_ENDPOINT: endpoint } = process.env;
  const where = endpoint === undefined ? {} : { endpoint };
  return parameter({ clients: awsClients({ ...(region === undefined ? {} : { region }) }), region, ...where }, path);
}
