/** Takes what AWS clients send, in any of their protocols, and remembers it. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sent {
  readonly operation: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface AwsEndpoint {
  readonly url: string;
  readonly sent: Sent[];
  /** Asked before each answer; what it gives is answered instead. */
  answer: (sent: Sent) => { readonly status: number; readonly body: string } | undefined | Promise<undefined>;
  close(): Promise<void>;
}

export async function awsEndpoint(): Promise<AwsEndpoint> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const target = request.headers["x-amz-target"]?.toString().split(".").at(-1);
      const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
      const path = (request.url ?? "").split("?")[0] ?? "";
      const one = {
        operation: target ?? action ?? `${request.method ?? ""} ${path}`,
        body: `${body}${request.url?.includes("?") ? `\n${request.url}` : ""}`,
        headers: request.headers,
      };
      sent.push(one);
      void Promise.resolve(endpoint.answer(one)).then((given) => {
        const xml = action !== undefined;
        response.writeHead(given?.status ?? 200, {
          "content-type": xml ? "text/xml" : (request.headers["content-type"] ?? "application/json"),
        });
        response.end(
          given?.body ?? (xml ? `<${action}Response><${action}Result/></${action}Response>` : "{}"),
        );
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint: AwsEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    answer: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return endpoint;
}
