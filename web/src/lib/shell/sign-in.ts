/** How a try to sign in went; `message` is for the person. */
export type SignInOutcome = { readonly isSignedIn: true } | { readonly isSignedIn: false; readonly message: string };

const failed = (message: string): SignInOutcome => ({ isSignedIn: false, message });

/** Signs this browser in; the cookie is set by the answer. Never throws. */
export async function signIn(email: string, password: string): Promise<SignInOutcome> {
  const answer = await fetch("/api/auth/sign-in/email", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  }).catch(() => null);
  if (answer?.ok) return { isSignedIn: true };
  if (answer?.status === 401 || answer?.status === 400 || answer?.status === 422)
    return failed("The email address or the password is not right.");
  if (answer?.status === 429) return failed(describeWait(Number(answer.headers.get("retry-after"))));
  return failed("Switchboard does not answer. It may be restarting; try again in a moment.");
}

function describeWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (!(seconds > 0)) return "There were too many tries. Wait a little and try again.";
  const words = seconds < 60 ? `${seconds} seconds` : minutes === 1 ? "a minute" : `${minutes} minutes`;
  return `There were too many tries. Try again in ${words}.`;
}
