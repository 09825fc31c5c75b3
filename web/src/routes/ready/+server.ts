import { json } from "@sveltejs/kit";

/** For the launcher and load balancers: this process serves pages. The api is not asked; pages tell when it is away. */
export function GET(): Response {
  return json({ status: "ready" }, { headers: { "cache-control": "no-store" } });
}
