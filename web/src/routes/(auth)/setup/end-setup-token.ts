/** The setup also signs in tools, by a token; a browser has its cookie and leaves nothing behind that nobody holds. */
export async function endSetupToken(token: string): Promise<void> {
  await fetch("/trpc/auth.signOut", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: "{}",
    credentials: "omit",
  }).catch(() => undefined);
}
