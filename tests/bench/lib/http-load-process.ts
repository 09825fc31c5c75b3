/** The load of one round, in a thread of its own: reads the job, sends the requests over kept connections, answers the milliseconds. */
import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { LoadJob } from "./http-load.ts";

const { url, method, headers, body, requests, connections, expectedStatus }: LoadJob = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

function send(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sent = request(url, { agent, method, headers }, (res) => {
    res.on("end", () => {
      if (res.statusCode === expectedStatus) resolve();
      else reject(new Error(`answered ${res.statusCode}`));
    });
    res.resume();
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

async function sendInTurn(left: { count: number }): Promise<void> {
  while (left.count > 0) {
    left.count -= 1;
    await send();
  }
}

const left = { count: requests };
const startedAtMs = performance.now();
await Promise.all(Array.from({ length: connections }, () => sendInTurn(left)));
parentPort?.postMessage(performance.now() - startedAtMs);
agent.destroy();
