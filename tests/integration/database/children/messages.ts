/** What a child process tells its parent. */
export type ChildMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "locked" }
  | { readonly kind: "released" }
  /** A write was begun against a held lock; it failed, or it goes on waiting. */
  | { readonly kind: "attempted" }
  /** The write of this owner was acknowledged. */
  | { readonly kind: "acknowledged"; readonly name: string }
  | { readonly kind: "finished"; readonly acknowledged: number; readonly busyErrors: number };

/** What a parent asks of a child. */
export type ParentMessage = "start" | "continue" | "lock" | "release" | "exit";

/** Tells the parent; a child without a parent has nothing to do. */
export function tell(message: ChildMessage): void {
  if (process.send === undefined) throw new Error("This program is a child process of a test");
  process.send(message);
}

/** Runs the action for each message of the parent, one after the other. */
export function onMessage(action: (message: ParentMessage) => Promise<void> | void): void {
  let last: Promise<void> = Promise.resolve();
  process.on("message", (message: ParentMessage) => {
    last = last.then(() => action(message));
  });
}
