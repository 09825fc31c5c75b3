import type { ServerResponse } from "node:http";

/**
 * Sets what every answer of the dashboard carries. The content security policy comes from the framework, which knows the
 * nonce of each page; answers of the api bring their own headers.
 */
export function setSecurityHeaders(res: ServerResponse, protocol: "http" | "https"): void {
  res.setHeader("x-content-type-options", "nosniff");
  res.setHeader("x-frame-options", "DENY");
  res.setHeader("referrer-policy", "same-origin");
  res.setHeader("cross-origin-opener-policy", "same-origin");
  res.setHeader("cross-origin-resource-policy", "same-origin");
  res.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (protocol === "https") {
    res.setHeader("strict-transport-security", "max-age=31536000");
  }
}
