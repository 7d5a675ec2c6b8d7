// Talks to the server below this page's own address, which holds the key.

export class Unreachable extends Error {}

export class Refused extends Error {
  constructor(status, body) {
    super(body.error || `The server refused (${status}).`);
    this.status = status;
    this.current = body.current;
  }
}

async function answer(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, { cache: "no-store", ...options });
  } catch {
    throw new Unreachable("The server does not answer.");
  }
  const type = response.headers.get("content-type") || "";
  const body = type.startsWith("application/json") ? await response.json() : {};
  if (response.status >= 500) throw new Unreachable(body.error || "The server has failed.");
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

export const get = (path) => answer(path, {});

export const post = (path, body) =>
  answer(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
