/** Ends this browser's sign-in. false: it did not work, and the person is signed in still. */
export async function signOut(): Promise<boolean> {
  const answer = await fetch("/api/auth/sign-out", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  }).catch(() => null);
  return answer?.ok === true || answer?.status === 401;
}
