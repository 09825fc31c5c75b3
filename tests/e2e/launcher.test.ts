import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { startProduct } from "./support/product.ts";

test("the launcher brings up all three processes, says where to look, and leaves nothing running", async () => {
  await using product = await startProduct();
  for (const url of [product.apiUrl, product.webUrl, product.workerUrl]) {
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  }
  const printed = product.logs.join("\n");
  expect(printed).toContain(`Dashboard  ${product.webUrl}`);
  expect(printed).toContain(`API        ${product.apiUrl}`);
  expect((await stat(product.dataDir)).mode & 0o777).toBe(0o700);
});

test("browsers reach the api through the web process", async () => {
  await using product = await startProduct();
  const throughWeb = await fetch(`${product.webUrl}/api/system/health`);
  expect(throughWeb.status).toBe(200);
  expect(await throughWeb.json()).toMatchObject({ status: "ok", database: { status: "ok" } });
});

test.each(["worker", "api", "web"] as const)("a %s that was killed is started again and works", async (name) => {
  await using product = await startProduct();
  const killed = product.pidOf(name);
  const url = { api: product.apiUrl, worker: product.workerUrl, web: product.webUrl }[name];
  process.kill(killed, "SIGKILL");
  await product.waitForLine(new RegExp(`^start +${name} ended \\(signal SIGKILL\\); it starts again`));
  await product.waitForLine(new RegExp(`^start +${name} started \\(process (?!${killed}\\))`));
  await expect.poll(() => answers(`${url}/ready`), { timeout: 60_000 }).toBe(true);
});

test("a port that is taken stops the start with a sentence and without a process left", async () => {
  await using first = await startProduct();
  const port = new URL(first.apiUrl).port;
  await expect(startProduct({ env: { API_PORT: port } })).rejects.toThrow(`Port ${port} is taken`);
});

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
